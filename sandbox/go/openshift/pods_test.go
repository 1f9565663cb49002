package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	securityv1 "github.com/openshift/api/security/v1"
	securityfake "github.com/openshift/client-go/security/clientset/versioned/fake"
	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	admissionv1 "k8s.io/api/admission/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	listers "k8s.io/client-go/listers/core/v1"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/cache"
	"sigs.k8s.io/yaml"
)

const (
	sccOf     = securityv1.ValidatedSCCAnnotation
	subjectOf = securityv1.ValidatedSCCSubjectTypeAnnotation
)

// object is an object in JSON.
type object = map[string]any

// podCase is a case of testdata/pods.yaml, which describes the fields.
type podCase struct {
	Name, Namespace, Account, As, Created string

	Pod, Container, Spec, Update, Ephemeral object
	Annotations                             map[string]string

	SCC, By, PodSecurity string
	Gets                 struct{ Pod, Container object }
	Refused              []string
}

// cluster is what the webhook sees of a cluster: namespaces, SCCs, and what RBAC grants.
type cluster struct {
	t       *testing.T
	handler *podAdmission
}

// newCluster has the table's namespaces with the given annotations, and the SCCs that the sandbox ships beside the
// given ones.
func newCluster(t *testing.T, annotations map[string]string, sccs ...object) *cluster {
	t.Helper()
	manifest, err := os.ReadFile("../../manifests/security.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var builtin struct{ Items []object }
	if err := yaml.Unmarshal(bytes.Split(manifest, []byte("\n---\n"))[0], &builtin); err != nil {
		t.Fatal(err)
	}
	client := securityfake.NewClientset()
	for _, object := range append(builtin.Items, sccs...) {
		if object["kind"] == "SecurityContextConstraints" {
			scc := &constraints{}
			err := runtime.DefaultUnstructuredConverter.FromUnstructured(object, scc)
			if err := errors.Join(err, client.Tracker().Create(constraintsResource, scc, "")); err != nil {
				t.Fatal(err)
			}
		}
	}
	rbac := fake.NewClientset()
	rbac.PrependReactor("create", "subjectaccessreviews", func(action clienttesting.Action) (bool, runtime.Object, error) {
		review := action.(clienttesting.CreateAction).GetObject().(*authorizationv1.SubjectAccessReview)
		review.Status.Allowed = isGranted(review.Spec)
		return true, review, nil
	})
	indexer := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{})
	for _, name := range []string{"pods", "pods-baseline", "pods-restricted"} {
		if err := indexer.Add(namespace(name, annotations)); err != nil {
			t.Fatal(err)
		}
	}
	return &cluster{t, &podAdmission{listers.NewNamespaceLister(indexer), client.SecurityV1(), rbac, 10 * time.Millisecond}}
}

// isGranted is the cluster's RBAC: everybody may use restricted-v2, administrators all SCCs, and a ServiceAccount the
// SCC of its name in its namespace.
func isGranted(spec authorizationv1.SubjectAccessReviewSpec) bool {
	use := spec.ResourceAttributes
	if use.Verb != "use" || use.Group != "security.openshift.io" || use.Resource != "securitycontextconstraints" {
		return false
	}
	return use.Name == "restricted-v2" && slices.Contains(spec.Groups, "system:authenticated") ||
		slices.Contains(spec.Groups, "system:masters") || spec.User == "system:serviceaccount:"+use.Namespace+":"+use.Name
}

// review sends a request through the webhook and returns the patched object, or why it was refused.
func (c *cluster) review(request admissionv1.AdmissionRequest, pod, old []byte) (patched []byte, refused string) {
	c.t.Helper()
	request.UID, request.Object.Raw, request.OldObject.Raw = "u", pod, old
	body, err := json.Marshal(admissionv1.AdmissionReview{Request: &request})
	if err != nil {
		c.t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	c.handler.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/pods", bytes.NewReader(body)))
	var review admissionv1.AdmissionReview
	if err := json.Unmarshal(answer.Body.Bytes(), &review); err != nil || review.Response.UID != "u" {
		c.t.Fatalf("answer %d %s: %v", answer.Code, answer.Body, err)
	}
	if !review.Response.Allowed {
		return nil, review.Response.Result.Message
	}
	patch, err := jsonpatch.DecodePatch(review.Response.Patch)
	if err != nil {
		c.t.Fatal(err)
	}
	if patched, err = patch.Apply(pod); err != nil {
		c.t.Fatalf("%v: %s", err, review.Response.Patch)
	}
	return patched, ""
}

// admit does what the case says and returns the pod of its last request.
func (c *cluster) admit(p podCase) (pod []byte, refused string) {
	c.t.Helper()
	spec := object{
		"serviceAccountName": cmp.Or(p.Account, "default"),
		"containers":         []any{object{"name": "c"}},
		// A field of a later Kubernetes must come through.
		"fromTheFuture": true,
	}
	maps.Copy(spec, p.Spec)
	if p.Pod != nil {
		spec["securityContext"] = p.Pod
	}
	if p.Container != nil {
		spec["containers"].([]any)[0].(object)["securityContext"] = p.Container
	}
	metadata := object{"name": regexp.MustCompile("[^a-z0-9]+").ReplaceAllString(strings.ToLower(p.Name), "-")}
	if p.Annotations != nil {
		metadata["annotations"] = p.Annotations
	}
	request := admissionv1.AdmissionRequest{Namespace: cmp.Or(p.Namespace, "pods"), Operation: admissionv1.Create}
	isUpdate := p.Update != nil || p.Ephemeral != nil
	if request.UserInfo = user(p.As); isUpdate {
		request.UserInfo = user(p.Created)
	}
	raw := c.marshal(object{"metadata": metadata, "spec": spec})
	if pod, refused = c.review(request, raw, nil); refused != "" || !isUpdate {
		return pod, refused
	}
	patch := p.Update
	if p.Ephemeral != nil {
		request.SubResource = "ephemeralcontainers"
		ephemeral := []any{object{"name": "e", "securityContext": p.Ephemeral}}
		patch = object{"spec": object{"ephemeralContainers": ephemeral}}
	}
	changed, err := jsonpatch.MergePatch(pod, c.marshal(patch))
	if err != nil {
		c.t.Fatal(err)
	}
	request.UserInfo, request.Operation = user(p.As), admissionv1.Update
	return c.review(request, changed, pod)
}

func (c *cluster) marshal(value any) []byte {
	raw, err := json.Marshal(value)
	if err != nil {
		c.t.Fatal(err)
	}
	return raw
}

// user is who a case's "as" means.
func user(as string) authenticationv1.UserInfo {
	if as == "admin" {
		return authenticationv1.UserInfo{Username: as, Groups: []string{"system:masters", "system:authenticated"}}
	}
	name := "system:serviceaccount:kube-system:replicaset-controller"
	if as != "" {
		name = "system:serviceaccount:pods:" + as
	}
	return authenticationv1.UserInfo{Username: name, Groups: []string{"system:serviceaccounts", "system:authenticated"}}
}

type container struct{ SecurityContext object }

// admittedPod is the part of a pod that tests look at.
type admittedPod struct {
	Metadata struct{ Annotations object }
	Spec     struct {
		SecurityContext                                 object
		InitContainers, Containers, EphemeralContainers []container
		FromTheFuture                                   bool
	}
}

// admitted reads a pod and which of its containers are new.
func admitted(t *testing.T, raw []byte) (pod admittedPod, containers []container) {
	t.Helper()
	if err := json.Unmarshal(raw, &pod); err != nil {
		t.Fatal(err)
	}
	if !pod.Spec.FromTheFuture {
		t.Error("the patch drops a field that this build does not know")
	}
	if ephemeral := pod.Spec.EphemeralContainers; ephemeral != nil {
		return pod, ephemeral
	}
	return pod, append(pod.Spec.InitContainers, pod.Spec.Containers...)
}

// has tells whether all that is wanted is there; null is wanted where nothing may be.
func has(got, want any) bool {
	wanted, ok := want.(object)
	if !ok {
		return reflect.DeepEqual(got, want)
	}
	have, _ := got.(object)
	for key, value := range wanted {
		if !has(have[key], value) {
			return false
		}
	}
	return true
}

func TestPods(t *testing.T) {
	table, err := os.ReadFile("testdata/pods.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var data struct {
		Ranges map[string]string
		SCCs   []object
		Cases  []podCase
	}
	if table, err = yaml.YAMLToJSON(table); err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(table))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&data); err != nil {
		t.Fatal(err)
	}
	for _, p := range data.Cases {
		t.Run(p.Name, func(t *testing.T) {
			raw, refused := newCluster(t, data.Ranges, data.SCCs...).admit(p)
			if (refused == "") != (p.Refused == nil) {
				t.Fatalf("refused %q", refused)
			}
			for _, part := range p.Refused {
				if !strings.Contains(refused, part) {
					t.Errorf("refused %q, want %q", refused, part)
				}
			}
			if refused != "" {
				return
			}
			got, containers := admitted(t, raw)
			annotations := object{sccOf: nil, subjectOf: nil}
			if p.SCC != "" {
				annotations = object{sccOf: p.SCC, subjectOf: cmp.Or(p.By, "serviceaccount")}
			}
			if !has(got.Metadata.Annotations, annotations) {
				t.Errorf("annotations %v, want %v", got.Metadata.Annotations, annotations)
			}
			if !has(got.Spec.SecurityContext, p.Gets.Pod) {
				t.Errorf("pod %v, want %v", got.Spec.SecurityContext, p.Gets.Pod)
			}
			for _, container := range containers {
				if !has(container.SecurityContext, p.Gets.Container) {
					t.Errorf("container %v, want %v", container.SecurityContext, p.Gets.Container)
				}
			}
		})
	}
}

func TestPodGroupsFallBackToUIDRange(t *testing.T) {
	raw, refused := newCluster(t, map[string]string{uids: "7000/10", mcs: "s0"}).admit(podCase{})
	if refused != "" {
		t.Fatal(refused)
	}
	if pod, _ := admitted(t, raw); !has(pod.Spec.SecurityContext, object{"fsGroup": 7000.0}) {
		t.Errorf("pod %s", raw)
	}
}

func TestNamespaceWithoutRanges(t *testing.T) {
	for name, c := range map[string]struct {
		annotations map[string]string
		want        string
	}{
		"no ranges":         {nil, `pods "p" is forbidden: error fetching namespace "pods": unable to find annotation openshift.io/sa.scc.uid-range`},
		"half pinned":       {map[string]string{uids: "1/1"}, `unable to find annotation openshift.io/sa.scc.mcs`},
		"unreadable ranges": {map[string]string{uids: "many", mcs: "s0"}, `ID range "many" is neither <start>/<length> nor <start>-<end>`},
	} {
		if _, refused := newCluster(t, c.annotations).admit(podCase{Name: "p"}); !strings.Contains(refused, c.want) {
			t.Errorf("%s: got %q, want %q", name, refused, c.want)
		}
	}
}

// The sums of OpenShift's weights, by hand.
func TestPoints(t *testing.T) {
	sccs, err := newCluster(t, nil).handler.constraints(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, scc := range sccs {
		got[scc.Name] = points(&scc)
	}
	want := map[string]int{"restricted-v2": 132_010, "nonroot-v2": 142_010, "anyuid": 154_950, "privileged": 3_089_000}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestNoReview(t *testing.T) {
	for _, body := range []string{"", "{}", "[]"} {
		answer := httptest.NewRecorder()
		(&podAdmission{}).ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/pods", strings.NewReader(body)))
		if answer.Code != http.StatusBadRequest {
			t.Errorf("%q: status %d", body, answer.Code)
		}
	}
}
