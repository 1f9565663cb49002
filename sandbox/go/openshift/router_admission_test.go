package main

import (
	"strings"
	"testing"
	"time"

	routev1 "github.com/openshift/api/route/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

const domain = "apps.example.org"

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// route makes a Route <namespace>/<name> of host a.apps.example.org, the given seconds after the epoch.
func route(key string, age int, edit func(*routev1.Route)) *routev1.Route {
	namespace, name, _ := strings.Cut(key, "/")
	r := &routev1.Route{
		TypeMeta: metav1.TypeMeta{APIVersion: "route.openshift.io/v1", Kind: "Route"},
		ObjectMeta: metav1.ObjectMeta{
			Namespace: namespace, Name: name, UID: types.UID("uid-" + name), Annotations: map[string]string{},
			CreationTimestamp: metav1.NewTime(epoch.Add(time.Duration(age) * time.Second)),
		},
		Spec: routev1.RouteSpec{
			Host: "a." + domain,
			To:   routev1.RouteTargetReference{Kind: "Service", Name: "web"},
			TLS:  &routev1.TLSConfig{Termination: routev1.TLSTerminationEdge},
		},
	}
	if edit != nil {
		edit(r)
	}
	return r
}

func withPath(path string) func(*routev1.Route) {
	return func(r *routev1.Route) { r.Spec.Path = path }
}

func TestJudge(t *testing.T) {
	// The names are such that the order of the UIDs is not that of the ages.
	second := func(edit func(*routev1.Route)) []*routev1.Route {
		return []*routev1.Route{route("n/new", 2, edit), route("n/old", 1, nil)}
	}
	alone := func(edit func(*routev1.Route)) []*routev1.Route {
		return []*routev1.Route{route("n/r", 1, edit)}
	}
	withHost := func(host, subdomain string) func(*routev1.Route) {
		return func(r *routev1.Route) { r.Spec.Host, r.Spec.Subdomain = host, subdomain }
	}
	tls := func(edit func(*routev1.TLSConfig)) []*routev1.Route {
		return alone(func(r *routev1.Route) { edit(r.Spec.TLS) })
	}
	const (
		claimed, invalid = "HostAlreadyClaimed", "ExtendedValidationFailed"
		a, b             = "a." + domain, "b." + domain
	)
	elsewhere := func(r *routev1.Route) { r.Namespace, r.Spec.Path = "m", "/x" }
	long := strings.Repeat("b", 64) + ".org"
	for name, c := range map[string]struct {
		routes []*routev1.Route
		// Host of the youngest, and why it is refused.
		host, reason, message string
	}{
		"alone":             {alone(nil), a, "", ""},
		"same host":         {second(nil), a, claimed, "route old already exposes " + a + " and is older"},
		"another path":      {second(withPath("/x")), a, "", ""},
		"another namespace": {second(elsewhere), a, claimed, "another namespace holds " + a + " and is older than new"},
		"another host":      {second(withHost(b, "")), b, "", ""},
		"subdomain":         {second(withHost("", "b")), b, "", ""},
		"claimed subdomain": {second(withHost("", "a")), a, claimed, "old already exposes"},
		"no host":           {second(withHost("", "")), "", "NoHostValue", "no host value was defined for the route"},
		"capitals":          {second(withHost("B.org", "")), "B.org", "InvalidHost", "lower case"},
		"long label":        {second(withHost(long, "")), long, "InvalidHost", "no more than 63"},
		"wildcard":          {second(func(r *routev1.Route) { r.Spec.WildcardPolicy = "Subdomain" }), a, "RouteNotAdmitted", "wildcard"},
		"quote in path":     {second(withPath("/'")), a, invalid, "spec.path"},
		"half a pair":       {tls(func(t *routev1.TLSConfig) { t.Key = "x" }), a, invalid, "spec.tls.certificate"},
		"bad destination":   {tls(func(t *routev1.TLSConfig) { t.DestinationCACertificate = "x" }), a, invalid, "destinationCA"},
		"bad authority":     {tls(func(t *routev1.TLSConfig) { t.CACertificate = "x" }), a, invalid, "spec.tls.caCertificate"},
		"external": {
			tls(func(t *routev1.TLSConfig) { t.ExternalCertificate = &routev1.LocalObjectReference{} }), a, invalid, "external",
		},
		"path in TLS": {
			alone(func(r *routev1.Route) { r.Spec.Path, r.Spec.TLS.Termination = "/x", "passthrough" }), a, invalid, "passthrough",
		},
	} {
		judged := judge(c.routes, domain)
		for _, older := range judged[:len(judged)-1] {
			if older.Reason != "" {
				t.Errorf("%s: the older is refused: %s", name, older.Message)
			}
		}
		last := judged[len(judged)-1]
		if last.Host != c.host || last.Reason != c.reason || !strings.Contains(last.Message, c.message) {
			t.Errorf("%s: got %s, %s: %s", name, last.Host, last.Reason, last.Message)
		}
	}
}

func TestEqualAge(t *testing.T) {
	for _, names := range [][]string{{"n/a", "n/b"}, {"n/b", "n/a"}} { // whatever the order in which they are seen
		judged := judge([]*routev1.Route{route(names[0], 1, nil), route(names[1], 1, nil)}, domain)
		if judged[0].Route.Name != "a" || judged[0].Reason != "" || judged[1].Reason != "HostAlreadyClaimed" {
			t.Errorf("%v", judged)
		}
	}
}
