package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

const (
	provisionerName = "datalyptica.sandbox/local"
	// kwok marks the nodes that it simulates: no kubelet ever mounts a volume there.
	simulatedNodeAnnotation = "kwok.x-k8s.io/node"
	// pvc-<uid>: only such folders are ours to remove, whatever --volumes points to.
	volumePattern = "pvc-????????-????-????-????-????????????"
)

// volumeProvisioner makes a folder on this machine for each claim. All real nodes of a sandbox share the machine; that
// the volume still belongs to one node, as a disk does, is kept by the node affinity of its PersistentVolume.
type volumeProvisioner struct {
	client kubernetes.Interface
	folder string
}

// run provisions and deletes volumes until ctx ends.
func (p *volumeProvisioner) run(ctx context.Context) error {
	if err := p.removeStrays(ctx); err != nil {
		return err
	}
	var workers sync.WaitGroup
	provisioning := controller.NewProvisionController(ctx, p.client, provisionerName, p,
		controller.LeaderElection(false),
		controller.AddFinalizer(true), // a volume deleted by hand takes its folder along
		controller.RateLimiter(workqueue.NewTypedItemExponentialFailureRateLimiter[string](time.Second, time.Minute)),
	)
	provisioning.ControllerWaitGroup(&workers)
	provisioning.Run(ctx)
	workers.Wait()
	return nil
}

// removeStrays removes the folders of volumes that exist no more: of an earlier cluster, or deleted while this process
// was down.
func (p *volumeProvisioner) removeStrays(ctx context.Context) error {
	if err := os.MkdirAll(p.folder, 0o711); err != nil {
		return err
	}
	paths, err := filepath.Glob(filepath.Join(p.folder, volumePattern))
	if err != nil {
		return err
	}
	for _, path := range paths {
		_, err := p.client.CoreV1().PersistentVolumes().Get(ctx, filepath.Base(path), metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			err = os.RemoveAll(path)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Provision creates the claim's folder and returns its PersistentVolume. It may be repeated.
func (p *volumeProvisioner) Provision(ctx context.Context, options controller.ProvisionOptions) (
	*corev1.PersistentVolume, controller.ProvisioningState, error,
) {
	if err := checkClaim(options.StorageClass, options.PVC.Spec); err != nil {
		return nil, controller.ProvisioningFinished, err
	}
	node, err := p.client.CoreV1().Nodes().Get(ctx, options.SelectedNodeName, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, controller.ProvisioningReschedule, err
	} else if err != nil {
		return nil, controller.ProvisioningFinished, err
	}
	path := filepath.Join(p.folder, options.PVName)
	if _, simulated := node.Annotations[simulatedNodeAnnotation]; !simulated {
		// Writable for root's group until kubelet hands it to the pod's fsGroup. Mkdir's mode is subject to the umask.
		if err := errors.Join(os.MkdirAll(path, 0o770), os.Chmod(path, 0o770)); err != nil {
			return nil, controller.ProvisioningFinished, err
		}
	}
	return persistentVolume(options, path, node.Labels[corev1.LabelHostname]), controller.ProvisioningFinished, nil
}

// Delete removes the volume's folder; the controller removes the PersistentVolume afterwards, so that an interrupted
// removal is taken up again.
func (p *volumeProvisioner) Delete(_ context.Context, volume *corev1.PersistentVolume) error {
	return os.RemoveAll(filepath.Join(p.folder, volume.Name))
}

// checkClaim returns why a claim cannot be served and what to change.
func checkClaim(class *storagev1.StorageClass, claim corev1.PersistentVolumeClaimSpec) error {
	immediate := storagev1.VolumeBindingImmediate
	if ptr.Deref(class.VolumeBindingMode, immediate) == immediate {
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
// hostPath not. The controller adds the claim's reference, the class and the provisioner's annotation.
func persistentVolume(options controller.ProvisionOptions, path, hostname string) *corev1.PersistentVolume {
	size := options.PVC.Spec.Resources.Requests[corev1.ResourceStorage]
	node := corev1.NodeSelectorRequirement{
		Key: corev1.LabelHostname, Operator: corev1.NodeSelectorOpIn, Values: []string{hostname},
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
