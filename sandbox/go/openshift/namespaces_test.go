package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	securityv1 "github.com/openshift/api/security/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
)

const (
	uids   = securityv1.UIDRangeAnnotation
	groups = securityv1.SupplementalGroupsAnnotation
	mcs    = securityv1.MCSAnnotation
)

func namespace(name string, annotations map[string]string) *corev1.Namespace {
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: annotations}}
}

// synced runs the controller once over the namespaces and returns what they look like afterwards.
func synced(t *testing.T, c *namespaceController, namespaces ...*corev1.Namespace) map[string]map[string]string {
	t.Helper()
	client := fake.NewClientset()
	c.client, c.informer = client, informers.NewSharedInformerFactory(client, 0).Core().V1().Namespaces()
	for _, namespace := range namespaces {
		if _, err := client.CoreV1().Namespaces().Create(context.Background(), namespace, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		if err := c.informer.Informer().GetStore().Add(namespace); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.sync(context.Background()); err != nil {
		t.Fatal(err)
	}
	list, err := client.CoreV1().Namespaces().List(context.Background(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]map[string]string{}
	for _, namespace := range list.Items {
		found[namespace.Name] = namespace.Annotations
	}
	return found
}

func TestRangesNeverOverlap(t *testing.T) {
	namespaces := []*corev1.Namespace{
		namespace("pinned", map[string]string{uids: "1000670000/10000", groups: "1000670000/10000", mcs: "s0:c1,c0"}),
		namespace("askew", map[string]string{uids: "1000655000-1000655009", groups: "1000699999/1,1000700001/1"}),
		namespace("unreadable", map[string]string{uids: "many"}),
	}
	for i := range 20 {
		namespaces = append(namespaces, namespace(fmt.Sprintf("n%d", i), nil))
	}
	var taken []block
	for name, annotations := range synced(t, &namespaceController{}, namespaces...) {
		if name == "unreadable" {
			continue
		}
		blocks, err := parseBlocks(annotations[uids])
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if slices.ContainsFunc(taken, func(other block) bool { return overlap(blocks[0], other) }) {
			t.Errorf("%s: %v is taken", name, blocks[0])
		}
		taken = append(taken, blocks...)
	}
	if len(taken) != 22 {
		t.Errorf("%d namespaces have a range, want 22", len(taken))
	}
}

func TestNamespaceAnnotations(t *testing.T) {
	full := map[string]string{uids: "1000650000/10000", groups: "1000650000/10000", mcs: "s0:c26,c0"}
	for name, c := range map[string]struct{ given, want map[string]string }{
		"new":             {nil, full},
		"others are kept": {map[string]string{"a": "b"}, map[string]string{"a": "b", uids: full[uids], groups: full[groups], mcs: full[mcs]}},
		"level pinned":    {map[string]string{mcs: "s0:c9,c8"}, map[string]string{uids: full[uids], groups: full[groups], mcs: "s0:c9,c8"}},
		"half pinned":     {map[string]string{uids: "1000000000/10000"}, map[string]string{uids: "1000000000/10000"}},
		"groups pinned":   {map[string]string{groups: "5/1"}, map[string]string{groups: "5/1"}},
	} {
		if got := synced(t, &namespaceController{}, namespace("n", c.given))["n"]; !maps.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

func TestRecreatedNamespaceGetsAnotherRange(t *testing.T) {
	c := &namespaceController{}
	first, second := synced(t, c, namespace("n", nil))["n"], synced(t, c, namespace("n", nil))["n"]
	if first[uids] == second[uids] || first[mcs] == second[mcs] {
		t.Errorf("the same twice: %v", first)
	}
}

// The pairs were seen on OpenShift clusters.
func TestMCSLabel(t *testing.T) {
	for first, want := range map[int64]string{
		1_000_000_000: "s0:c1,c0",
		1_000_650_000: "s0:c26,c0",
		1_000_700_000: "s0:c26,c25",
		1_999_990_000: "s0:c1000,c495",
	} {
		if got := mcsLabel(block{Min: first, Max: first + blockSize - 1}); got != want {
			t.Errorf("%d: got %s, want %s", first, got, want)
		}
	}
}
