package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	securityv1 "github.com/openshift/api/security/v1"
	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	listers "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/utils/ptr"
)

var ranges = map[string]string{uids: "1000650000/10000", groups: "1000660000/10000", mcs: "s0:c26,c0"}

// scc is restricted-v2 without the fields that play no role here, changed by edit.
func scc(name string, edit func(*constraints)) *constraints {
	s := &constraints{
		TypeMeta:                 metav1.TypeMeta{APIVersion: "security.openshift.io/v1", Kind: "SecurityContextConstraints"},
		ObjectMeta:               metav1.ObjectMeta{Name: name},
		RunAsUser:                securityv1.RunAsUserStrategyOptions{Type: "MustRunAsRange"},
		SELinuxContext:           securityv1.SELinuxContextStrategyOptions{Type: "MustRunAs"},
		FSGroup:                  securityv1.FSGroupStrategyOptions{Type: "MustRunAs"},
		RequiredDropCapabilities: []corev1.Capability{"ALL"},
		AllowPrivilegeEscalation: ptr.To(false),
		SeccompProfiles:          []string{"runtime/default"},
	}
	edit(s)
	return s
}

// admit sends the pod through the webhook and returns it patched, or why it was refused.
func admit(t *testing.T, annotations map[string]string, pod *corev1.Pod) (*corev1.Pod, string) {
	t.Helper()
	client := dynamicfake.NewSimpleDynamicClient(runtime.NewScheme())
	for _, s := range []*constraints{
		scc("restricted-v2", func(*constraints) {}),
		scc("any", func(s *constraints) {
			s.RunAsUser.Type, s.FSGroup.Type, s.SELinuxContext.Type = "RunAsAny", "RunAsAny", "RunAsAny"
			s.RunAsUser.UID = ptr.To[int64](9) // of no meaning under RunAsAny
			s.RequiredDropCapabilities, s.AllowPrivilegeEscalation, s.SeccompProfiles = nil, nil, []string{"*"}
		}),
		scc("nonroot", func(s *constraints) { s.RunAsUser.Type, s.FSGroup.Type = "MustRunAsNonRoot", "RunAsAny" }),
		scc("fixed", func(s *constraints) {
			s.RunAsUser = securityv1.RunAsUserStrategyOptions{Type: "MustRunAs", UID: ptr.To[int64](70)}
			s.FSGroup.Ranges = []securityv1.IDRange{{Min: 71, Max: 79}}
			s.SELinuxContext.SELinuxOptions = &corev1.SELinuxOptions{Level: "s0:c2,c1"}
		}),
	} {
		object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(s)
		if err == nil {
			err = client.Tracker().Create(constraintsResource, &unstructured.Unstructured{Object: object}, "")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	indexer := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{})
	if err := indexer.Add(namespace("n", annotations)); err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(pod)
	if err != nil {
		t.Fatal(err)
	}
	// A field of a later Kubernetes must come through.
	raw = bytes.Replace(raw, []byte(`"spec":{`), []byte(`"spec":{"fromTheFuture":true,`), 1)
	body, err := json.Marshal(admissionv1.AdmissionReview{Request: &admissionv1.AdmissionRequest{
		UID: "u", Namespace: "n", Object: runtime.RawExtension{Raw: raw},
	}})
	if err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	handler := &podAdmission{listers.NewNamespaceLister(indexer), client, 10 * time.Millisecond}
	handler.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/pods", bytes.NewReader(body)))
	var review admissionv1.AdmissionReview
	if err := json.Unmarshal(answer.Body.Bytes(), &review); err != nil || review.Response.UID != "u" {
		t.Fatalf("answer %d %s: %v", answer.Code, answer.Body, err)
	}
	if !review.Response.Allowed {
		return nil, review.Response.Result.Message
	}
	patch, err := jsonpatch.DecodePatch(review.Response.Patch)
	if err != nil {
		t.Fatal(err)
	}
	if raw, err = patch.Apply(raw); err != nil {
		t.Fatalf("%v: %s", err, review.Response.Patch)
	}
	if !strings.Contains(string(raw), "fromTheFuture") {
		t.Error("the patch drops a field that this build does not know")
	}
	patched := &corev1.Pod{}
	if err := json.Unmarshal(raw, patched); err != nil {
		t.Fatal(err)
	}
	return patched, ""
}

func podFor(scc string, pod *corev1.PodSecurityContext, container *corev1.SecurityContext) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p"}, Spec: corev1.PodSpec{
		SecurityContext: pod,
		InitContainers:  []corev1.Container{{Name: "i", SecurityContext: container.DeepCopy()}},
		Containers:      []corev1.Container{{Name: "c", SecurityContext: container.DeepCopy()}},
	}}
	if scc != "" {
		p.Annotations = map[string]string{securityv1.RequiredSCCAnnotation: scc}
	}
	return p
}

func TestPodDefaults(t *testing.T) {
	runtimeDefault := &corev1.SeccompProfile{Type: "RuntimeDefault"}
	level := &corev1.SELinuxOptions{Level: "s0:c26,c0"}
	drop := &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}}
	restricted := &corev1.SecurityContext{
		RunAsUser: ptr.To[int64](1000650000), RunAsNonRoot: ptr.To(true), AllowPrivilegeEscalation: ptr.To(false), Capabilities: drop,
	}
	restrictedPod := &corev1.PodSecurityContext{FSGroup: ptr.To[int64](1000660000), SELinuxOptions: level, SeccompProfile: runtimeDefault}
	own := &corev1.SecurityContext{
		RunAsUser: ptr.To[int64](5), RunAsNonRoot: ptr.To(false), AllowPrivilegeEscalation: ptr.To(true),
		Capabilities: &corev1.Capabilities{Add: []corev1.Capability{"NET_BIND_SERVICE"}, Drop: []corev1.Capability{"ALL"}},
	}
	ownPod := &corev1.PodSecurityContext{
		FSGroup: ptr.To[int64](6), SELinuxOptions: &corev1.SELinuxOptions{Level: "s0"}, SeccompProfile: &corev1.SeccompProfile{Type: "Unconfined"},
	}
	for name, c := range map[string]struct {
		scc                string
		pod, wantPod       *corev1.PodSecurityContext
		container, wantAll *corev1.SecurityContext
	}{
		"restricted-v2 fills all": {"", nil, restrictedPod, nil, restricted},
		"restricted-v2 by name":   {"restricted-v2", &corev1.PodSecurityContext{}, restrictedPod, &corev1.SecurityContext{}, restricted},
		"nothing is overridden":   {"", ownPod, ownPod, own, own},
		"drops are merged": {"", nil, restrictedPod,
			&corev1.SecurityContext{Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"NET_RAW"}}},
			&corev1.SecurityContext{
				RunAsUser: restricted.RunAsUser, RunAsNonRoot: ptr.To(true), AllowPrivilegeEscalation: ptr.To(false),
				Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL", "NET_RAW"}},
			}},
		"pod's user and non-root count": {"",
			&corev1.PodSecurityContext{RunAsUser: ptr.To[int64](8), RunAsNonRoot: ptr.To(true)},
			&corev1.PodSecurityContext{RunAsUser: ptr.To[int64](8), RunAsNonRoot: ptr.To(true), FSGroup: restrictedPod.FSGroup, SELinuxOptions: level, SeccompProfile: runtimeDefault},
			nil, &corev1.SecurityContext{AllowPrivilegeEscalation: ptr.To(false), Capabilities: drop}},
		"RunAsAny fills nothing": {"any", nil, &corev1.PodSecurityContext{}, nil, nil},
		"RunAsAny with a user":   {"any", nil, &corev1.PodSecurityContext{}, &corev1.SecurityContext{RunAsUser: ptr.To[int64](8)}, &corev1.SecurityContext{RunAsUser: ptr.To[int64](8), RunAsNonRoot: ptr.To(true)}},
		"MustRunAsNonRoot": {"nonroot", nil, &corev1.PodSecurityContext{SELinuxOptions: level, SeccompProfile: runtimeDefault},
			nil, &corev1.SecurityContext{RunAsNonRoot: ptr.To(true), AllowPrivilegeEscalation: ptr.To(false), Capabilities: drop}},
		"MustRunAs with values": {"fixed", nil,
			&corev1.PodSecurityContext{FSGroup: ptr.To[int64](71), SELinuxOptions: &corev1.SELinuxOptions{Level: "s0:c2,c1"}, SeccompProfile: runtimeDefault},
			nil, &corev1.SecurityContext{RunAsUser: ptr.To[int64](70), RunAsNonRoot: ptr.To(true), AllowPrivilegeEscalation: ptr.To(false), Capabilities: drop}},
	} {
		t.Run(name, func(t *testing.T) {
			got, refused := admit(t, ranges, podFor(c.scc, c.pod, c.container))
			if refused != "" {
				t.Fatal(refused)
			}
			if !equality.Semantic.DeepEqual(got.Spec.SecurityContext, c.wantPod) {
				t.Errorf("pod: got %v, want %v", got.Spec.SecurityContext, c.wantPod)
			}
			for _, sc := range []*corev1.SecurityContext{
				got.Spec.InitContainers[0].SecurityContext, got.Spec.Containers[0].SecurityContext,
			} {
				if !equality.Semantic.DeepEqual(sc, c.wantAll) {
					t.Errorf("container: got %v, want %v", sc, c.wantAll)
				}
			}
			want := c.scc
			if want == "" {
				want = "restricted-v2"
			}
			if got.Annotations["openshift.io/scc"] != want || got.Annotations["security.openshift.io/validated-scc-subject-type"] != "serviceaccount" {
				t.Errorf("annotations %v", got.Annotations)
			}
		})
	}
}

func TestPodGroupsFallBackToUIDRange(t *testing.T) {
	got, refused := admit(t, map[string]string{uids: "7000/10", mcs: "s0"}, podFor("", nil, nil))
	if refused != "" || *got.Spec.SecurityContext.FSGroup != 7000 {
		t.Errorf("refused %q, pod %v", refused, got)
	}
}

func TestPodRefused(t *testing.T) {
	for name, c := range map[string]struct {
		annotations map[string]string
		scc, want   string
	}{
		"no ranges":         {nil, "", `pods "p" is forbidden: error fetching namespace "n": unable to find annotation openshift.io/sa.scc.uid-range`},
		"half pinned":       {map[string]string{uids: "1/1"}, "", `unable to find annotation openshift.io/sa.scc.mcs`},
		"unreadable ranges": {map[string]string{uids: "many", mcs: "s0"}, "", `ID range "many" is neither <start>/<length> nor <start>-<end>`},
		"unknown SCC":       {ranges, "none", `failed to retrieve the required SCC "none": securitycontextconstraints.security.openshift.io "none" not found`},
	} {
		if _, refused := admit(t, c.annotations, podFor(c.scc, nil, nil)); !strings.Contains(refused, c.want) {
			t.Errorf("%s: got %q, want %q", name, refused, c.want)
		}
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
