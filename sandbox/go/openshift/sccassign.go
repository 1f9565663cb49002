package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	securityv1 "github.com/openshift/api/security/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"
)

// safeSysctls may be set by every pod whose constraints do not forbid them.
var safeSysctls = []string{
	"kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_local_reserved_ports",
	"net.ipv4.ip_unprivileged_port_start", "net.ipv4.ping_group_range", "net.ipv4.tcp_fin_timeout",
	"net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_rmem",
	"net.ipv4.tcp_syncookies", "net.ipv4.tcp_wmem",
}

// seccompNames are the names of profiles in constraints; to that of Localhost the profile's file is added.
var seccompNames = map[corev1.SeccompProfileType]string{
	corev1.SeccompProfileTypeLocalhost:      corev1.SeccompLocalhostProfileNamePrefix,
	corev1.SeccompProfileTypeRuntimeDefault: corev1.SeccompProfileRuntimeDefault,
	corev1.SeccompProfileTypeUnconfined:     corev1.SeccompProfileNameUnconfined,
}

// fill sets a field that is unset.
func fill[T any](field **T, value *T) {
	if *field == nil {
		*field = value
	}
}

// assignment gives a pod what constraints demand and collects where the pod violates them. It changes nothing that is
// set, and does not look for what it has just set right.
type assignment struct {
	*constraints
	pod        *corev1.Pod
	violations field.ErrorList
}

// assign fills the pod with what the resolved constraints demand, and returns where the pod violates them, in
// OpenShift's words: nothing if it fits.
func assign(scc *constraints, pod *corev1.Pod) field.ErrorList {
	a := &assignment{constraints: scc, pod: pod}
	spec, path := &pod.Spec, field.NewPath(fmt.Sprintf("provider %s: ", scc.Name))
	a.assignPod(path.Child("spec", "securityContext"))
	for i := range spec.InitContainers {
		a.assignContainer(path.Child("initContainers").Index(i), &spec.InitContainers[i])
	}
	for i := range spec.Containers {
		a.assignContainer(path.Child("containers").Index(i), &spec.Containers[i])
	}
	for i := range spec.EphemeralContainers {
		common := &spec.EphemeralContainers[i].EphemeralContainerCommon
		a.assignContainer(path.Child("ephemeralContainers").Index(i), (*corev1.Container)(common))
	}
	return a.violations
}

func (a *assignment) must(ok bool, path *field.Path, value any, format string, args ...any) {
	if !ok {
		a.violations = append(a.violations, field.Invalid(path, value, fmt.Sprintf(format, args...)))
	}
}

func (a *assignment) forbid(path *field.Path, format string, args ...any) {
	a.violations = append(a.violations, field.Forbidden(path, fmt.Sprintf(format, args...)))
}

func (a *assignment) assignPod(path *field.Path) {
	fill(&a.pod.Spec.SecurityContext, &corev1.PodSecurityContext{})
	spec, sc := &a.pod.Spec, a.pod.Spec.SecurityContext
	if a.FSGroup.Type == securityv1.FSGroupStrategyMustRunAs {
		fill(&sc.FSGroup, &a.FSGroup.Ranges[0].Min)
		a.validateGroups(path.Child("fsGroup"), a.FSGroup.Ranges, *sc.FSGroup)
	}
	if ranges := a.SupplementalGroups.Ranges; a.SupplementalGroups.Type == securityv1.SupplementalGroupsStrategyMustRunAs {
		if len(sc.SupplementalGroups) == 0 {
			sc.SupplementalGroups = []int64{ranges[0].Min}
		}
		a.validateGroups(path.Child("supplementalGroups"), ranges, sc.SupplementalGroups...)
	}
	if slices.Contains(a.SeccompProfiles, corev1.SeccompProfileRuntimeDefault) {
		fill(&sc.SeccompProfile, &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault})
	}
	a.validateSeccomp(corev1.SeccompPodAnnotationKey, sc.SeccompProfile)
	if a.SELinuxContext.Type == securityv1.SELinuxStrategyMustRunAs {
		fill(&sc.SELinuxOptions, a.SELinuxContext.SELinuxOptions)
	}
	a.validateShared(path, sc.SELinuxOptions)
	needsUserNamespace := a.UserNamespaceLevel == securityv1.NamespaceLevelRequirePod
	a.must(!needsUserNamespace || !ptr.Deref(spec.HostUsers, true), path.Child("hostUsers"), spec.HostUsers,
		"Host Users must be set to false")
	for i, sysctl := range sc.Sysctls {
		at := field.NewPath("pod", "spec", "securityContext", "sysctls").Index(i)
		if matches(a.ForbiddenSysctls, sysctl.Name) {
			a.forbid(at, "sysctl %q is not allowed", sysctl.Name)
		} else if !slices.Contains(safeSysctls, sysctl.Name) && !matches(a.AllowedUnsafeSysctls, sysctl.Name) {
			a.forbid(at, "unsafe sysctl %q is not allowed", sysctl.Name)
		}
	}
	for i, volume := range spec.Volumes {
		// The type's name is that of the one field of the source that is set. (Conversion fails for no Kubernetes type.)
		source, _ := runtime.DefaultUnstructuredConverter.ToUnstructured(&volume.VolumeSource)
		for kind := range source {
			at := field.NewPath("spec", "volumes").Index(i)
			a.must(a.allowsVolume(kind), at, kind, "%s volumes are not allowed to be used", kind)
		}
	}
}

// allowsVolume tells whether volumes of a type may be used. For host paths, their own switch wins over the list.
func (a *assignment) allowsVolume(kind string) bool {
	if kind == string(securityv1.FSTypeHostPath) {
		return a.AllowHostDirVolumePlugin
	}
	return a.Volumes == nil || sets.New(a.Volumes...).HasAny(securityv1.FSType(kind), securityv1.FSTypeAll)
}

func (a *assignment) assignContainer(path *field.Path, container *corev1.Container) {
	pod, sc := a.pod.Spec.SecurityContext, ptr.Deref(container.SecurityContext, corev1.SecurityContext{})
	if pod.RunAsUser == nil {
		fill(&sc.RunAsUser, a.RunAsUser.UID)
	}
	user, unknown := cmp.Or(sc.RunAsUser, pod.RunAsUser), int64(0)
	if a.RunAsUser.Type == securityv1.RunAsUserStrategyMustRunAsNonRoot {
		unknown = 1 // the image's user counts, and kubelet refuses to start the container if that is root
	}
	if pod.RunAsNonRoot == nil && ptr.Deref(user, unknown) > 0 {
		fill(&sc.RunAsNonRoot, ptr.To(true))
	}
	a.validateUser(path, user, cmp.Or(sc.RunAsNonRoot, pod.RunAsNonRoot))
	annotation := corev1.SeccompContainerAnnotationKeyPrefix + container.Name
	a.validateSeccomp(annotation, cmp.Or(sc.SeccompProfile, pod.SeccompProfile))
	a.validateShared(path, cmp.Or(sc.SELinuxOptions, pod.SELinuxOptions))

	given := ptr.Deref(sc.Capabilities, corev1.Capabilities{})
	added, dropped := sets.New(given.Add...), sets.New(given.Drop...)
	add := added.Union(sets.New(a.DefaultAddCapabilities...).Difference(dropped))
	drop := dropped.Union(sets.New(a.RequiredDropCapabilities...))
	if len(add) > len(added) || len(drop) > len(dropped) {
		sc.Capabilities = &corev1.Capabilities{Add: sets.List(add), Drop: sets.List(drop)}
	}
	allowed := sets.New(a.AllowedCapabilities...).Insert(a.DefaultAddCapabilities...)
	for _, capability := range sets.List(add.Difference(allowed)) {
		isAllowed := allowed.Has(securityv1.AllowAllCapabilities)
		a.must(isAllowed, path.Child("capabilities", "add"), string(capability), "capability may not be added")
	}
	privileged := ptr.Deref(sc.Privileged, false)
	a.must(a.AllowPrivilegedContainer || !privileged, path.Child("privileged"), true,
		"Privileged containers are not allowed")
	if !privileged { // Kubernetes refuses privileged containers that may not escalate
		fill(&sc.AllowPrivilegeEscalation, a.DefaultAllowPrivilegeEscalation)
	}
	if !ptr.Deref(a.AllowPrivilegeEscalation, true) {
		fill(&sc.AllowPrivilegeEscalation, ptr.To(false))
		a.must(!*sc.AllowPrivilegeEscalation, path.Child("allowPrivilegeEscalation"), true,
			"Allowing privilege escalation for containers is not allowed")
	}
	if a.ReadOnlyRootFilesystem {
		fill(&sc.ReadOnlyRootFilesystem, ptr.To(true))
		a.must(*sc.ReadOnlyRootFilesystem, path.Child("readOnlyRootFilesystem"), false,
			"ReadOnlyRootFilesystem must be set to true")
	}
	for _, port := range container.Ports {
		allowed := a.AllowHostPorts || port.HostPort == 0
		a.must(allowed, path.Child("hostPort"), port.HostPort, "Host ports are not allowed to be used")
	}
	if !equality.Semantic.DeepEqual(sc, corev1.SecurityContext{}) {
		container.SecurityContext = &sc
	}
}

func (a *assignment) validateUser(path *field.Path, user *int64, nonRoot *bool) {
	at := path.Child("runAsUser")
	switch a.RunAsUser.Type {
	case securityv1.RunAsUserStrategyMustRunAs:
		a.must(*user == *a.RunAsUser.UID, at, *user, "must be: %d", *a.RunAsUser.UID)
	case securityv1.RunAsUserStrategyMustRunAsRange:
		first, last := *a.RunAsUser.UIDRangeMin, *a.RunAsUser.UIDRangeMax
		a.must(first <= *user && *user <= last, at, *user, "must be in the ranges: [%d, %d]", first, last)
	case securityv1.RunAsUserStrategyMustRunAsNonRoot:
		a.must(ptr.Deref(nonRoot, true), path.Child("runAsNonRoot"), false, "must be true")
		a.must(ptr.Deref(user, 1) != 0, at, int64(0), "running with the root UID is forbidden")
	}
}

func (a *assignment) validateGroups(path *field.Path, ranges []securityv1.IDRange, groups ...int64) {
	for _, group := range groups {
		holds := func(r securityv1.IDRange) bool { return r.Min <= group && group <= r.Max }
		a.must(slices.ContainsFunc(ranges, holds), path, groups, "%d is not an allowed group", group)
	}
}

func (a *assignment) validateSeccomp(annotation string, profile *corev1.SeccompProfile) {
	given := ptr.Deref(profile, corev1.SeccompProfile{})
	name := seccompNames[given.Type] + ptr.Deref(given.LocalhostProfile, "")
	at, allowed := field.NewPath("pod", "metadata", "annotations").Key(annotation), a.SeccompProfiles
	if len(allowed) == 0 && name != "" {
		a.forbid(at, "seccomp may not be set")
	} else if len(allowed) > 0 && !slices.Contains(allowed, name) && !slices.Contains(allowed, "*") {
		a.forbid(at, "%s is not an allowed seccomp profile. Valid values are %v", name, allowed)
	}
}

// validateShared validates what OpenShift validates for the pod and then again for each container.
func (a *assignment) validateShared(path *field.Path, selinux *corev1.SELinuxOptions) {
	if want := a.SELinuxContext.SELinuxOptions; a.SELinuxContext.Type == securityv1.SELinuxStrategyMustRunAs {
		at := path.Child("seLinuxOptions")
		a.must(selinux.Level == want.Level, at.Child("level"), selinux.Level, "must be %s", want.Level)
		a.must(selinux.Role == want.Role, at.Child("role"), selinux.Role, "must be %s", want.Role)
		a.must(selinux.Type == want.Type, at.Child("type"), selinux.Type, "must be %s", want.Type)
		a.must(selinux.User == want.User, at.Child("user"), selinux.User, "must be %s", want.User)
	}
	spec := &a.pod.Spec
	a.must(a.AllowHostNetwork || !spec.HostNetwork, path.Child("hostNetwork"), true,
		"Host network is not allowed to be used")
	a.must(a.AllowHostPID || !spec.HostPID, path.Child("hostPID"), true, "Host PID is not allowed to be used")
	a.must(a.AllowHostIPC || !spec.HostIPC, path.Child("hostIPC"), true, "Host IPC is not allowed to be used")
}

// matches tells whether one of the patterns is the name, or its beginning and a "*".
func matches(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		prefix, isPrefix := strings.CutSuffix(pattern, "*")
		return name == pattern || isPrefix && strings.HasPrefix(name, prefix)
	})
}
