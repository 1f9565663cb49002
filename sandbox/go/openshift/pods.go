package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	securityv1 "github.com/openshift/api/security/v1"
	"gomodules.xyz/jsonpatch/v2"
	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/dynamic"
	listers "k8s.io/client-go/listers/core/v1"
	"k8s.io/klog/v2"
	"k8s.io/utils/ptr"
)

const (
	// Every authenticated subject may use it: the constraints of a pod that asks for none.
	defaultConstraints = "restricted-v2"
	// How long a pod may wait for its namespace's ID range; the webhook configuration must allow a few seconds more.
	rangeTimeout = 10 * time.Second
	maxReview    = 4 << 20 // bytes; an object is at most 1.5 MiB
)

var constraintsResource = securityv1.GroupVersion.WithResource("securitycontextconstraints")

// podAdmission is the mutating webhook that gives pods what their security context constraints demand.
type podAdmission struct {
	namespaces listers.NamespaceLister
	client     dynamic.Interface
	timeout    time.Duration
}

// ServeHTTP answers an admission.k8s.io/v1 review of a pod: a patch, or a refusal in the words of OpenShift's admission.
func (a *podAdmission) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var review admissionv1.AdmissionReview
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxReview)).Decode(&review); err != nil || review.Request == nil {
		http.Error(w, fmt.Sprintf("the body is no AdmissionReview with a request (%v)", err), http.StatusBadRequest)
		return
	}
	request, response := review.Request, &admissionv1.AdmissionResponse{UID: review.Request.UID}
	review.Request, review.Response = nil, response

	var pod corev1.Pod
	err := json.Unmarshal(request.Object.Raw, &pod)
	if err == nil {
		response.Patch, err = a.patch(r.Context(), request.Namespace, &pod)
	}
	if response.Allowed = err == nil; response.Allowed {
		response.PatchType = ptr.To(admissionv1.PatchTypeJSONPatch)
	} else {
		name := cmp.Or(pod.Name, pod.GenerateName)
		klog.InfoS("Pod refused", "namespace", request.Namespace, "pod", name, "reason", err)
		message := fmt.Sprintf("pods %q is forbidden: %v", name, err)
		response.Result = &metav1.Status{Reason: metav1.StatusReasonForbidden, Code: http.StatusForbidden, Message: message}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(review) // fails when the API server has hung up
}

// patch returns the JSON patch that makes the pod what its constraints demand.
func (a *podAdmission) patch(ctx context.Context, namespaceName string, pod *corev1.Pod) ([]byte, error) {
	namespace, err := a.namespace(ctx, namespaceName)
	if err != nil {
		return nil, fmt.Errorf("error fetching namespace %q: %w", namespaceName, err)
	}
	unresolved, err := a.constraints(ctx, pod)
	if err != nil {
		return nil, err
	}
	scc, err := resolve(unresolved, namespace)
	if err != nil {
		return nil, err
	}
	// Both sides are marshalled from one type: a field that this build does not know is in neither, and survives.
	before, err1 := json.Marshal(pod)
	fillDefaults(scc, pod)
	metav1.SetMetaDataAnnotation(&pod.ObjectMeta, securityv1.ValidatedSCCAnnotation, scc.Name)
	metav1.SetMetaDataAnnotation(&pod.ObjectMeta, securityv1.ValidatedSCCSubjectTypeAnnotation, "serviceaccount")
	after, err2 := json.Marshal(pod)
	operations, err3 := jsonpatch.CreatePatch(before, after)
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	return json.Marshal(operations)
}

// namespace waits until the namespace has its ranges: they are written a moment after it was created.
func (a *podAdmission) namespace(ctx context.Context, name string) (namespace *corev1.Namespace, err error) {
	err = fmt.Errorf("not known yet")
	_ = wait.PollUntilContextTimeout(ctx, 100*time.Millisecond, a.timeout, true, func(context.Context) (bool, error) {
		if namespace, err = a.namespaces.Get(name); err != nil {
			return false, nil
		}
		for _, key := range []string{securityv1.UIDRangeAnnotation, securityv1.MCSAnnotation} {
			if _, ok := namespace.Annotations[key]; !ok {
				err = fmt.Errorf("unable to find annotation %s", key)
				return false, nil
			}
		}
		return true, nil
	})
	return namespace, err // the last attempt's error says more than "timed out"
}

// constraints reads the SCC that the pod asks for, or restricted-v2.
func (a *podAdmission) constraints(ctx context.Context, pod *corev1.Pod) (*constraints, error) {
	name := cmp.Or(pod.Annotations[securityv1.RequiredSCCAnnotation], defaultConstraints)
	scc := &constraints{}
	object, err := a.client.Resource(constraintsResource).Get(ctx, name, metav1.GetOptions{})
	if err == nil {
		err = runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, scc)
	}
	if err != nil {
		return nil, fmt.Errorf("failed to retrieve the required SCC %q: %w", name, err)
	}
	return scc, nil
}
