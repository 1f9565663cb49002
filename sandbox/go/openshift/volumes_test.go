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
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

const volume = "pvc-0c5b1a70-1111-4222-8333-444455556666"

func node(name string, annotations map[string]string) *corev1.Node {
	labels := map[string]string{corev1.LabelHostname: "host-" + name}
	return &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels, Annotations: annotations}}
}

func claim(nodeName string) controller.ProvisionOptions {
	return controller.ProvisionOptions{
		PVName:           volume,
		SelectedNodeName: nodeName,
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
	client := fake.NewClientset(node("real", nil), node("simulated", map[string]string{simulatedNodeAnnotation: "fake"}))
	for name, hasFolder := range map[string]bool{"simulated": false, "real": true} {
		p := &volumeProvisioner{client, t.TempDir()}
		for range 2 { // the second time as after a restart
			pv, state, err := p.Provision(context.Background(), claim(name))
			if err != nil || state != controller.ProvisioningFinished {
				t.Fatal(state, err)
			}
			path := filepath.Join(p.folder, volume)
			term := pv.Spec.NodeAffinity.Required.NodeSelectorTerms[0].MatchExpressions[0]
			size := pv.Spec.Capacity[corev1.ResourceStorage]
			if pv.Name != volume || pv.Spec.Local.Path != path || pv.Spec.AccessModes[0] != "ReadWriteOnce" || size.String() != "2Gi" ||
				pv.Spec.PersistentVolumeReclaimPolicy != "Retain" || term.Key != "kubernetes.io/hostname" || term.Values[0] != "host-"+name {
				t.Errorf("%s: %v", name, pv)
			}
			info, err := os.Stat(path)
			if (err == nil) != hasFolder || hasFolder && info.Mode() != os.ModeDir|0o770 {
				t.Errorf("%s: folder %v %v", name, info, err)
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
}

func TestProvisionRefused(t *testing.T) {
	p := &volumeProvisioner{fake.NewClientset(node("real", nil)), t.TempDir()}
	for want, edit := range map[string]func(*controller.ProvisionOptions){
		"WaitForFirstConsumer": func(o *controller.ProvisionOptions) { o.StorageClass.VolumeBindingMode = nil },
		"use ReadWriteOnce":    func(o *controller.ProvisionOptions) { o.PVC.Spec.AccessModes[0] = corev1.ReadWriteMany },
		"leave out selector":   func(o *controller.ProvisionOptions) { o.PVC.Spec.Selector = &metav1.LabelSelector{} },
		`"gone" not found`:     func(o *controller.ProvisionOptions) { o.SelectedNodeName = "gone" },
	} {
		options := claim("real")
		edit(&options)
		if _, _, err := p.Provision(context.Background(), options); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if left, _ := os.ReadDir(p.folder); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestRemoveStrays(t *testing.T) {
	stray := strings.Replace(volume, "0c", "ff", 1)
	p := &volumeProvisioner{fake.NewClientset(&corev1.PersistentVolume{ObjectMeta: metav1.ObjectMeta{Name: volume}}), t.TempDir()}
	for _, name := range []string{volume, stray, "home", "pvc-other"} {
		if err := os.MkdirAll(filepath.Join(p.folder, name, "data"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.removeStrays(context.Background()); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{volume: true, stray: false, "home": true, "pvc-other": true} {
		if _, err := os.Stat(filepath.Join(p.folder, name)); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
