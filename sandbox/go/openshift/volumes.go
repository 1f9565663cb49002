package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

const provisionerName = "datalyptica.sandbox/local"

// volumeProvisioner makes a folder on this machine for each claim. All real nodes of a sandbox share the machine; that
// the volume still belongs to one node, as a disk does, is kept by the node affinity of its PersistentVolume.
type volumeProvisioner struct {
	client kubernetes.Interface
	folder string
}

// run provisions and deletes volumes until ctx ends.
func (p *volumeProvisioner) run(ctx context.Context) error {
	controller.NewProvisionController(ctx, p.client, provisionerName, p,
		controller.LeaderElection(false),
		controller.AddFinalizer(true), // a volume deleted by hand, or while this was down, takes its folder along
		controller.RateLimiter(workqueue.NewTypedItemExponentialFailureRateLimiter[string](time.Second, time.Minute)),
	).Run(ctx)
	return nil
}

// Provision creates the claim's folder and returns its PersistentVolume. It may be repeated.
func (p *volumeProvisioner) Provision(_ context.Context, options controller.ProvisionOptions) (
	*corev1.PersistentVolume, controller.ProvisioningState, error,
) {
	path := filepath.Join(p.folder, options.PVName)
	err := checkClaim(options.StorageClass, options.PVC.Spec)
	if err == nil {
		// Writable for root's group until kubelet hands it to the pod's fsGroup. Mkdir's mode is subject to the umask.
		err = errors.Join(os.MkdirAll(path, 0o770), os.Chmod(path, 0o770))
	}
	if err != nil {
		return nil, controller.ProvisioningFinished, err
	}
	return persistentVolume(options, path), controller.ProvisioningFinished, nil
}

// Delete removes the volume's folder; the controller removes the PersistentVolume afterwards, so that an interrupted
// removal is taken up again.
func (p *volumeProvisioner) Delete(_ context.Context, volume *corev1.PersistentVolume) error {
	return os.RemoveAll(filepath.Join(p.folder, volume.Name))
}

// checkClaim returns why a claim cannot be served and what to change.
func checkClaim(class *storagev1.StorageClass, claim corev1.PersistentVolumeClaimSpec) error {
	if mode := class.VolumeBindingMode; mode == nil || *mode == storagev1.VolumeBindingImmediate {
		return fmt.Errorf("StorageClass %s has volumeBindingMode Immediate, but a local volume must know its pod's node: "+
			"create the class again with volumeBindingMode WaitForFirstConsumer", class.Name)
	}
	for _, mode := range claim.AccessModes {
		if mode != corev1.ReadWriteOnce && mode != corev1.ReadWriteOncePod {
			return fmt.Errorf("accessModes has %s, but a local volume belongs to one node: use ReadWriteOnce", mode)
		}
	}
	if claim.Selector != nil || claim.DataSource != nil || claim.DataSourceRef != nil {
		return errors.New("local volumes start empty and have no labels: leave out selector, dataSource, dataSourceRef")
	}
	return nil
}

// persistentVolume describes a volume of type local, because kubelet hands a local volume to the pod's fsGroup and a
// hostPath not. All nodes of a sandbox have their names as host names. The controller adds the claim's reference, the class and the provisioner's annotation.
func persistentVolume(options controller.ProvisionOptions, path string) *corev1.PersistentVolume {
	size := options.PVC.Spec.Resources.Requests[corev1.ResourceStorage]
	node := corev1.NodeSelectorRequirement{
		Key: corev1.LabelHostname, Operator: corev1.NodeSelectorOpIn, Values: []string{options.SelectedNodeName},
	}
	return &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: options.PVName},
		Spec: corev1.PersistentVolumeSpec{
			AccessModes:                   options.PVC.Spec.AccessModes,
			Capacity:                      corev1.ResourceList{corev1.ResourceStorage: size},
			PersistentVolumeReclaimPolicy: ptr.Deref(options.StorageClass.ReclaimPolicy, corev1.PersistentVolumeReclaimDelete),
			PersistentVolumeSource:        corev1.PersistentVolumeSource{Local: &corev1.LocalVolumeSource{Path: path}},
			NodeAffinity: &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{
				NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchExpressions: []corev1.NodeSelectorRequirement{node}}},
			}},
		},
	}
}
