package main

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"regexp"
	"slices"
	"strings"

	routev1 "github.com/openshift/api/route/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/utils/ptr"
)

// judgement is whether the router takes a Route.
type judgement struct {
	*routev1.Route
	Host string
	// Why it is refused, in OpenShift's words; empty when it is admitted.
	Reason, Message string
}

// judge admits the Routes in the order of their age: the older of two with the same host and path wins, and a host
// belongs to the namespace of its oldest Route.
func judge(routes []*routev1.Route, domain string) (judged []judgement) {
	slices.SortFunc(routes, func(a, b *routev1.Route) int {
		return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(a.UID, b.UID))
	})
	owners, claims := map[string]string{}, map[string]string{}
	for _, route := range routes {
		j := judgement{Route: route, Host: route.Spec.Host}
		if j.Host == "" && route.Spec.Subdomain != "" {
			j.Host = route.Spec.Subdomain + "." + domain
		}
		owner := cmp.Or(owners[j.Host], route.Namespace)
		older := claims[j.Host+route.Spec.Path]
		problems := hostProblems(j.Host)
		switch {
		case route.Spec.WildcardPolicy == routev1.WildcardPolicySubdomain:
			j.Reason, j.Message = "RouteNotAdmitted", "wildcard routes are not allowed"
		case j.Host == "":
			j.Reason, j.Message = "NoHostValue", "no host value was defined for the route"
		case len(problems) > 0:
			j.Reason, j.Message = "InvalidHost", "host name validation errors: "+strings.Join(problems, ", ")
		case owner != route.Namespace:
			j.Reason = "HostAlreadyClaimed"
			j.Message = fmt.Sprintf("a route in another namespace holds %s and is older than %s", j.Host, route.Name)
		case older != "":
			j.Reason, j.Message = "HostAlreadyClaimed", fmt.Sprintf("route %s already exposes %s and is older", older, j.Host)
		default:
			owners[j.Host], claims[j.Host+route.Spec.Path] = route.Namespace, route.Name
			if j.Message = j.unservable(); j.Message != "" {
				j.Reason = "ExtendedValidationFailed"
			}
		}
		judged = append(judged, j)
	}
	return judged
}

func hostProblems(host string) []string {
	problems := validation.IsDNS1123Subdomain(host)
	for label := range strings.SplitSeq(host, ".") {
		problems = append(problems, validation.IsDNS1123Label(label)...)
	}
	return problems
}

// In a path there may be nothing that haproxy's configuration would take for its own.
var unusableInPath = regexp.MustCompile(`[\s"'\\#]`)

// unservable returns what keeps haproxy from serving the Route, or nothing.
func (j *judgement) unservable() string {
	given, path := j.TLS(), j.Spec.Path
	_, badPair := tls.X509KeyPair([]byte(given.Certificate), []byte(given.Key))
	notPEM := func(bundle string) bool {
		return bundle != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(bundle))
	}
	switch {
	case unusableInPath.MatchString(path):
		return "spec.path: blanks, quotes, backslashes and # are not supported"
	case given.Termination == routev1.TLSTerminationPassthrough && path != "":
		return "spec.path: passthrough termination does not support paths"
	case given.ExternalCertificate != nil:
		return "spec.tls.externalCertificate: not supported, give certificate and key"
	case given.Certificate+given.Key != "" && badPair != nil:
		return fmt.Sprintf("spec.tls.certificate, spec.tls.key: %v", badPair)
	case notPEM(given.CACertificate):
		return "spec.tls.caCertificate: no certificate in PEM form"
	case notPEM(given.DestinationCACertificate):
		return "spec.tls.destinationCACertificate: no certificate in PEM form"
	}
	return ""
}

// ingress is the judgement as the Route's status has it.
func (j *judgement) ingress(canonicalHostname string) routev1.RouteIngress {
	condition := routev1.RouteIngressCondition{
		Type: routev1.RouteAdmitted, Status: corev1.ConditionTrue, Reason: j.Reason, Message: j.Message,
	}
	if j.Reason != "" {
		condition.Status = corev1.ConditionFalse
	}
	return routev1.RouteIngress{
		Host:                    j.Host,
		RouterName:              "default",
		RouterCanonicalHostname: canonicalHostname,
		WildcardPolicy:          cmp.Or(j.Spec.WildcardPolicy, routev1.WildcardPolicyNone),
		Conditions:              []routev1.RouteIngressCondition{condition},
	}
}

// The following is for the template of haproxy's configuration.

// Name is the Route's as the name of a haproxy backend, where colons are allowed.
func (j judgement) Name() string { return j.Namespace + ":" + j.Route.Name }

// URL is host and path, ending with a slash.
func (j judgement) URL() string { return j.Host + strings.TrimRight(j.Spec.Path, "/") + "/" }

// TLS is empty for a Route without.
func (j judgement) TLS() routev1.TLSConfig { return ptr.Deref(j.Spec.TLS, routev1.TLSConfig{}) }

// What annotations haproxy.router.openshift.io/… may say; OpenShift too ignores other values. haproxy refuses timeouts
// beyond 24 days, so the longest here are a bit shorter.
var (
	timeoutValues    = regexp.MustCompile(`^[1-9](\d{0,8}(us|ms)?|\d{0,5}s|\d{0,3}m|\d?h|d)$`)
	annotationValues = map[string]*regexp.Regexp{
		"balance":         regexp.MustCompile(`^(roundrobin|leastconn|source|random)$`),
		"disable_cookies": regexp.MustCompile(`^(?i:true)$`),
		"hsts_header":     regexp.MustCompile(`^(?i:max-age=\d+(\s*;\s*(includeSubDomains|preload))*)$`),
		"timeout":         timeoutValues,
		"timeout-tunnel":  timeoutValues,
	}
)

// Annotation is empty when the Route has it not, or with a value that is not allowed.
func (j judgement) Annotation(name string) string {
	value := j.Annotations["haproxy.router.openshift.io/"+name]
	if !annotationValues[name].MatchString(value) {
		return ""
	}
	return value
}
