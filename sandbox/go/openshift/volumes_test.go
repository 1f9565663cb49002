package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

const volume = "pvc-0c5b1a70-1111-4222-8333-444455556666"

func claim() controller.ProvisionOptions {
	return controller.ProvisionOptions{
		PVName:           volume,
		SelectedNodeName: "node-1",
		StorageClass: &storagev1.StorageClass{
			ObjectMeta:        metav1.ObjectMeta{Name: "class"},
			VolumeBindingMode: ptr.To(storagev1.VolumeBindingWaitForFirstConsumer),
			ReclaimPolicy:     ptr.To(corev1.PersistentVolumeReclaimRetain),
		},
		PVC: &corev1.PersistentVolumeClaim{Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{"storage": resource.MustParse("2Gi")}},
		}},
	}
}

func TestProvision(t *testing.T) {
	p := &volumeProvisioner{nil, filepath.Join(t.TempDir(), "new")}
	path := filepath.Join(p.folder, volume)
	for range 2 { // the second time as after a restart
		pv, state, err := p.Provision(context.Background(), claim())
		if err != nil || state != controller.ProvisioningFinished {
			t.Fatal(state, err)
		}
		term := pv.Spec.NodeAffinity.Required.NodeSelectorTerms[0].MatchExpressions[0]
		size := pv.Spec.Capacity[corev1.ResourceStorage]
		if pv.Name != volume || pv.Spec.Local.Path != path || pv.Spec.AccessModes[0] != "ReadWriteOnce" || size.String() != "2Gi" ||
			pv.Spec.PersistentVolumeReclaimPolicy != "Retain" || term.Key != "kubernetes.io/hostname" || term.Values[0] != "node-1" {
			t.Errorf("%v", pv)
		}
		if info, err := os.Stat(path); err != nil || info.Mode() != os.ModeDir|0o770 {
			t.Errorf("folder %v %v", info, err)
		}
	}
	for range 2 {
		if err := p.Delete(context.Background(), &corev1.PersistentVolume{ObjectMeta: metav1.ObjectMeta{Name: volume}}); err != nil {
			t.Error(err)
		}
	}
	if left, _ := os.ReadDir(p.folder); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestProvisionRefused(t *testing.T) {
	p := &volumeProvisioner{nil, t.TempDir()}
	for want, edit := range map[string]func(*controller.ProvisionOptions){
		"WaitForFirstConsumer": func(o *controller.ProvisionOptions) { o.StorageClass.VolumeBindingMode = nil },
		"use ReadWriteOnce":    func(o *controller.ProvisionOptions) { o.PVC.Spec.AccessModes[0] = corev1.ReadWriteMany },
		"leave out selector":   func(o *controller.ProvisionOptions) { o.PVC.Spec.Selector = &metav1.LabelSelector{} },
	} {
		options := claim()
		edit(&options)
		if _, _, err := p.Provision(context.Background(), options); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if left, _ := os.ReadDir(p.folder); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}
