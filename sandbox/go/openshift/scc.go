package main

import (
	"cmp"
	"fmt"
	"slices"

	securityv1 "github.com/openshift/api/security/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/utils/ptr"
)

type constraints = securityv1.SecurityContextConstraints

// fill sets a field that is unset.
func fill[T any](field **T, value *T) {
	if *field == nil {
		*field = value
	}
}

// resolve returns a copy of the constraints in which every value that they leave to the namespace is the namespace's
// own: what follows need not know where a value comes from.
func resolve(unresolved *constraints, namespace *corev1.Namespace) (*constraints, error) {
	uids, err := parseBlocks(namespace.Annotations[securityv1.UIDRangeAnnotation])
	groups := uids
	if text, ok := namespace.Annotations[securityv1.SupplementalGroupsAnnotation]; ok && err == nil {
		groups, err = parseBlocks(text)
	}
	if err != nil {
		return nil, fmt.Errorf("annotations openshift.io/sa.scc.* of namespace %s: %w", namespace.Name, err)
	}
	scc := unresolved.DeepCopy()
	if user := &scc.RunAsUser; user.Type == securityv1.RunAsUserStrategyMustRunAsRange {
		fill(&user.UIDRangeMin, &uids[0].first)
		fill(&user.UIDRangeMax, &uids[0].last)
		user.UID = user.UIDRangeMin
	}
	if selinux := &scc.SELinuxContext; selinux.Type == securityv1.SELinuxStrategyMustRunAs {
		fill(&selinux.SELinuxOptions, &corev1.SELinuxOptions{})
		level := &selinux.SELinuxOptions.Level
		*level = cmp.Or(*level, namespace.Annotations[securityv1.MCSAnnotation])
	}
	if group := &scc.FSGroup; group.Type == securityv1.FSGroupStrategyMustRunAs && len(group.Ranges) == 0 {
		group.Ranges = []securityv1.IDRange{{Min: groups[0].first, Max: groups[0].first}} // one group, not the whole range
	}
	return scc, nil
}

// fillDefaults sets what the pod leaves open to what the resolved constraints demand. It changes nothing that is set.
func fillDefaults(scc *constraints, pod *corev1.Pod) {
	fill(&pod.Spec.SecurityContext, &corev1.PodSecurityContext{})
	sc := pod.Spec.SecurityContext
	if scc.FSGroup.Type == securityv1.FSGroupStrategyMustRunAs {
		fill(&sc.FSGroup, &scc.FSGroup.Ranges[0].Min)
	}
	if scc.SELinuxContext.Type == securityv1.SELinuxStrategyMustRunAs {
		fill(&sc.SELinuxOptions, scc.SELinuxContext.SELinuxOptions)
	}
	if slices.Contains(scc.SeccompProfiles, "runtime/default") {
		fill(&sc.SeccompProfile, &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault})
	}
	for _, containers := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range containers {
			fillContainer(scc, sc, &containers[i].SecurityContext)
		}
	}
}

// fillContainer is fillDefaults for one container, whose pod's own security context is filled.
func fillContainer(scc *constraints, pod *corev1.PodSecurityContext, container **corev1.SecurityContext) {
	sc := ptr.Deref(*container, corev1.SecurityContext{})
	if pod.RunAsUser == nil && scc.RunAsUser.Type != securityv1.RunAsUserStrategyRunAsAny {
		fill(&sc.RunAsUser, scc.RunAsUser.UID)
	}
	unknown := int64(0)
	if scc.RunAsUser.Type == securityv1.RunAsUserStrategyMustRunAsNonRoot {
		unknown = 1 // the image's user counts, and kubelet refuses to start the container if that is root
	}
	if pod.RunAsNonRoot == nil && ptr.Deref(sc.RunAsUser, ptr.Deref(pod.RunAsUser, unknown)) > 0 {
		fill(&sc.RunAsNonRoot, ptr.To(true))
	}
	if !ptr.Deref(scc.AllowPrivilegeEscalation, true) {
		fill(&sc.AllowPrivilegeEscalation, ptr.To(false))
	}
	given := ptr.Deref(sc.Capabilities, corev1.Capabilities{})
	dropped := sets.New(given.Drop...)
	if required := sets.New(scc.RequiredDropCapabilities...); !dropped.IsSuperset(required) {
		given.Drop = sets.List(dropped.Union(required))
		sc.Capabilities = &given
	}
	if !equality.Semantic.DeepEqual(sc, corev1.SecurityContext{}) {
		*container = &sc
	}
}
