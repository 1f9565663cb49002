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
	securityclient "github.com/openshift/client-go/security/clientset/versioned/typed/security/v1"
	"gomodules.xyz/jsonpatch/v2"
	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	listers "k8s.io/client-go/listers/core/v1"
	"k8s.io/klog/v2"
	"k8s.io/utils/ptr"
)

const (
	// How long a pod may wait for its namespace's ID range; the webhook configuration must allow a few seconds more.
	rangeTimeout = 10 * time.Second
	maxReview    = 4 << 20 // bytes; an object is at most 1.5 MiB, and an update brings two
)

// podAdmission is OpenShift's SCC admission as a mutating webhook: a pod gets what the first security context
// constraints that it fits demand, or is refused. Left out: seccomp annotations (Kubernetes ignores them since 1.27) and
// defaults other than runtime/default, drivers of flexVolumes, SELinux categories in another order, token volumes where
// only secrets are allowed, and OpenShift's refusal to exec into pods that one could not create.
type podAdmission struct {
	namespaces listers.NamespaceLister
	sccs       securityclient.SecurityContextConstraintsGetter
	client     kubernetes.Interface
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
		response.Patch, err = a.patch(r.Context(), request, &pod)
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

// patch returns the JSON patch that makes the pod what the constraints that it fits demand.
func (a *podAdmission) patch(ctx context.Context, request *admissionv1.AdmissionRequest, pod *corev1.Pod) ([]byte, error) {
	admitted, err := a.admit(ctx, request, pod)
	if err != nil {
		return nil, err
	}
	// Both sides are marshalled from one type: a field that this build does not know is in neither, and survives.
	before, err1 := json.Marshal(pod)
	after, err2 := json.Marshal(admitted)
	operations, err3 := jsonpatch.CreatePatch(before, after)
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	return json.Marshal(operations)
}

// admit returns the pod as the first constraints that it fits make it, or why it fits none. A pod that is updated must
// fit as it is, except for new ephemeral containers.
func (a *podAdmission) admit(
	ctx context.Context, request *admissionv1.AdmissionRequest, pod *corev1.Pod,
) (*corev1.Pod, error) {
	const requiredSCC = securityv1.RequiredSCCAnnotation
	isUpdate := request.Operation == admissionv1.Update
	if isUpdate {
		var old corev1.Pod
		if err := json.Unmarshal(request.OldObject.Raw, &old); err != nil {
			return nil, err
		}
		same := pod.DeepCopy()
		same.OwnerReferences, same.Finalizers, same.ManagedFields = old.OwnerReferences, old.Finalizers, old.ManagedFields
		if equality.Semantic.DeepEqual(same, &old) {
			return pod, nil // whatever constraints say: its owner's controller must be able to let it go
		}
		if old.Annotations[requiredSCC] != pod.Annotations[requiredSCC] {
			return nil, fmt.Errorf("invalid change of required security context constraint annotation: %s", requiredSCC)
		}
	}
	if os := pod.Spec.OS; os != nil && os.Name == corev1.Windows {
		return pod, nil
	}
	namespace, err1 := a.namespace(ctx, request.Namespace)
	sccs, err2 := a.constraints(ctx, pod.Annotations[requiredSCC])
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	var refusals field.ErrorList
	for _, scc := range sccs {
		subject, err1 := a.subject(ctx, request, pod.Spec.ServiceAccountName, scc)
		scc, err2 := resolve(scc, namespace)
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		if subject == "" {
			provider := field.NewPath(fmt.Sprintf("provider %q", scc.Name))
			refusals = append(refusals, field.Forbidden(provider, "not usable by user or serviceaccount"))
			continue
		}
		admitted := pod.DeepCopy()
		violations := assign(scc, admitted)
		refusals = append(refusals, violations...)
		same := admitted.DeepCopy()
		same.Spec.EphemeralContainers = pod.Spec.EphemeralContainers
		if len(violations) > 0 || isUpdate && !equality.Semantic.DeepEqual(same, pod) {
			continue
		}
		metav1.SetMetaDataAnnotation(&admitted.ObjectMeta, securityv1.ValidatedSCCAnnotation, scc.Name)
		metav1.SetMetaDataAnnotation(&admitted.ObjectMeta, securityv1.ValidatedSCCSubjectTypeAnnotation, subject)
		return admitted, nil
	}
	return nil, fmt.Errorf("unable to validate against any security context constraint: %v", refusals.ToAggregate())
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
	if err != nil { // the last attempt's error says more than "timed out"
		return nil, fmt.Errorf("error fetching namespace %q: %w", name, err)
	}
	return namespace, nil
}
