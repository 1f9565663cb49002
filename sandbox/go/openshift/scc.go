package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	securityv1 "github.com/openshift/api/security/v1"
	admissionv1 "k8s.io/api/admission/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/utils/ptr"
)

type constraints = securityv1.SecurityContextConstraints

var (
	constraintsResource = securityv1.GroupVersion.WithResource("securitycontextconstraints")
	// Volumes that hold nothing but what the pod or its namespace made.
	trivialVolumes = sets.New(securityv1.FSTypeConfigMap, securityv1.FSTypeDownwardAPI, securityv1.FSTypeEmptyDir,
		securityv1.FSTypeNone, securityv1.FSProjected, securityv1.FSTypeSecret)
)

// constraints returns the SCCs to try, in order: the required one alone if any is, else all: those of a higher priority
// first, of these the more restrictive first, then by name.
func (a *podAdmission) constraints(ctx context.Context, required string) ([]constraints, error) {
	sccs, err := a.sccs.SecurityContextConstraints().List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	if required != "" {
		sccs.Items = slices.DeleteFunc(sccs.Items, func(scc constraints) bool { return scc.Name != required })
		if len(sccs.Items) == 0 {
			err := apierrors.NewNotFound(constraintsResource.GroupResource(), required)
			return nil, fmt.Errorf("failed to retrieve the required SCC %q: %w", required, err)
		}
	}
	slices.SortFunc(sccs.Items, func(a, b constraints) int {
		byPriority := cmp.Compare(ptr.Deref(b.Priority, 0), ptr.Deref(a.Priority, 0))
		return cmp.Or(byPriority, cmp.Compare(points(&a), points(&b)), strings.Compare(a.Name, b.Name))
	})
	return sccs.Items, nil
}

// points weighs what constraints allow, as OpenShift does: fewer are more restrictive.
func points(scc *constraints) int {
	strategies := map[string]int{
		"RunAsAny": 40_000, "MustRunAsNonRoot": 30_000, "MustRunAsRange": 20_000, "MustRunAs": 10_000,
	}
	capabilities := func(list []corev1.Capability, each, all int) int {
		if slices.Contains(list, "ALL") || slices.Contains(list, securityv1.AllowAllCapabilities) {
			return all
		}
		return each * len(list)
	}
	sum := 5_000 + 300*len(scc.DefaultAddCapabilities)
	sum += capabilities(scc.AllowedCapabilities, 10, 4_000) + capabilities(scc.RequiredDropCapabilities, -50, -3_000)
	sum = min(max(sum, 0), 9_999)
	sum += strategies[string(scc.SELinuxContext.Type)] + strategies[string(scc.RunAsUser.Type)]
	for weight, allowed := range map[int]bool{
		1_600_000: scc.AllowPrivilegedContainer,
		800_000:   scc.AllowHostPorts,
		400_000:   scc.AllowHostNetwork,
		200_000:   scc.AllowHostDirVolumePlugin,
		100_000:   !scc.AllowHostDirVolumePlugin && (scc.Volumes == nil || !trivialVolumes.HasAll(scc.Volumes...)),
	} {
		if allowed {
			sum += weight
		}
	}
	return sum
}

// subject tells who may use the constraints in the pod's namespace, because they name it or RBAC grants it: the pod's
// "serviceaccount", else the "user" who sent the request, else nobody, "". So an administrator's own pods get any
// constraints, and a controller's pods, whose user is that controller, only what their ServiceAccount may use.
func (a *podAdmission) subject(
	ctx context.Context, request *admissionv1.AdmissionRequest, account string, scc constraints,
) (string, error) {
	for _, subject := range []struct {
		kind, name string
		groups     []string
	}{
		{"serviceaccount", "system:serviceaccount:" + request.Namespace + ":" + account,
			[]string{"system:serviceaccounts", "system:serviceaccounts:" + request.Namespace, "system:authenticated"}},
		{"user", request.UserInfo.Username, request.UserInfo.Groups},
	} {
		if slices.Contains(scc.Users, subject.name) || sets.New(scc.Groups...).HasAny(subject.groups...) {
			return subject.kind, nil
		}
		review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
			User: subject.name, Groups: subject.groups, ResourceAttributes: &authorizationv1.ResourceAttributes{
				Namespace: request.Namespace, Verb: "use", Name: scc.Name,
				Group: constraintsResource.Group, Resource: constraintsResource.Resource,
			},
		}}
		answer, err := a.client.AuthorizationV1().SubjectAccessReviews().Create(ctx, review, metav1.CreateOptions{})
		if err != nil {
			return "", err
		}
		if answer.Status.Allowed {
			return subject.kind, nil
		}
	}
	return "", nil
}

// resolve returns a copy of the constraints in which every value that they leave to the namespace is the namespace's
// own: what follows need not know where a value comes from.
func resolve(unresolved constraints, namespace *corev1.Namespace) (*constraints, error) {
	uids, err := parseBlocks(namespace.Annotations[securityv1.UIDRangeAnnotation])
	groups := uids
	if text, ok := namespace.Annotations[securityv1.SupplementalGroupsAnnotation]; ok && err == nil {
		groups, err = parseBlocks(text)
	}
	if err != nil {
		return nil, fmt.Errorf("annotations openshift.io/sa.scc.* of namespace %s: %w", namespace.Name, err)
	}
	scc := unresolved.DeepCopy()
	switch user := &scc.RunAsUser; user.Type {
	case securityv1.RunAsUserStrategyMustRunAs:
		fill(&user.UID, &uids[0].Min)
	case securityv1.RunAsUserStrategyMustRunAsRange:
		fill(&user.UIDRangeMin, &uids[0].Min)
		fill(&user.UIDRangeMax, &uids[0].Max)
		user.UID = user.UIDRangeMin
	default:
		user.UID = nil
	}
	if selinux := &scc.SELinuxContext; selinux.Type == securityv1.SELinuxStrategyMustRunAs {
		fill(&selinux.SELinuxOptions, &corev1.SELinuxOptions{})
		level := &selinux.SELinuxOptions.Level
		*level = cmp.Or(*level, namespace.Annotations[securityv1.MCSAnnotation])
	}
	if len(scc.FSGroup.Ranges) == 0 {
		scc.FSGroup.Ranges = []securityv1.IDRange{{Min: groups[0].Min, Max: groups[0].Min}} // one, not the whole range
	}
	if len(scc.SupplementalGroups.Ranges) == 0 {
		scc.SupplementalGroups.Ranges = groups
	}
	return scc, nil
}
