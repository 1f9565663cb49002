package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	routev1 "github.com/openshift/api/route/v1"
	routefake "github.com/openshift/client-go/route/clientset/versioned/fake"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/utils/ptr"
)

// testRouter knows a Service n/web with two ready pods and one that is not, and n/other with one.
func testRouter(t *testing.T, routes ...*routev1.Route) *router {
	t.Helper()
	factory := informers.NewSharedInformerFactory(fake.NewClientset(), 0).Discovery().V1().EndpointSlices()
	endpoint := func(address string, ready bool) discoveryv1.Endpoint {
		return discoveryv1.Endpoint{Addresses: []string{address}, Conditions: discoveryv1.EndpointConditions{Ready: &ready}}
	}
	for service, endpoints := range map[string][]discoveryv1.Endpoint{
		"web":   {endpoint("10.0.0.2", true), endpoint("10.0.0.1", true), endpoint("10.0.0.3", false)},
		"other": {endpoint("10.0.0.9", true)},
	} {
		err := factory.Informer().GetStore().Add(&discoveryv1.EndpointSlice{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: "n", Name: service, Labels: map[string]string{discoveryv1.LabelServiceName: service},
			},
			Ports: []discoveryv1.EndpointPort{
				{Name: ptr.To("http"), Port: ptr.To[int32](8080)}, {Name: ptr.To("https"), Port: ptr.To[int32](8443)},
			},
			Endpoints: endpoints,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	objects := make([]runtime.Object, len(routes))
	for i, r := range routes {
		objects[i] = r
	}
	r := &router{
		client: routefake.NewClientset(objects...), endpointSlices: factory,
		template: "../../config/haproxy.cfg", config: filepath.Join(t.TempDir(), "router", "haproxy.cfg"),
		socket: filepath.Join(t.TempDir(), "master"), domain: domain,
	}
	if err := r.init(); err != nil {
		t.Fatal(err)
	}
	return r
}

// The addresses that haproxy.cfg leaves to the sandbox.
var sandboxValues = strings.NewReplacer(
	"${ROUTER_ADDRESS}", "127.0.0.1", "${RUN}", os.TempDir(), "${PKI}/router.crt", "default.pem", "${PKI}", "/pki",
)

// section returns a part of the configuration, from its first line to the next empty one, without indentation.
func section(config, head string) string {
	_, rest, _ := strings.Cut("\n"+config, "\n"+head+"\n")
	body, _, _ := strings.Cut(rest, "\n\n")
	return "\n" + strings.ReplaceAll(body, "\n  ", "\n") + "\n"
}

func TestConfiguration(t *testing.T) {
	const url = "if { var(txn.url) -m beg a.apps.example.org/ }"
	const server = "server 10.0.0.1:8080 10.0.0.1:8080 check inter 5s"
	const hsts, sticky = "max-age=1;includeSubDomains;preload", "cookie uid-r insert indirect nocache httponly dynamic"
	annotated := func(name, value string) func(*routev1.Route) {
		return func(r *routev1.Route) { r.Annotations["haproxy.router.openshift.io/"+name] = value }
	}
	onPort := func(port intstr.IntOrString) func(*routev1.Route) {
		return func(r *routev1.Route) { r.Spec.Port = &routev1.RoutePort{TargetPort: port} }
	}
	tls := func(termination, insecure string) func(*routev1.Route) {
		return func(r *routev1.Route) {
			r.Spec.TLS = &routev1.TLSConfig{
				Termination:                   routev1.TLSTerminationType(termination),
				InsecureEdgeTerminationPolicy: routev1.InsecureEdgeTerminationPolicyType(insecure),
			}
		}
	}
	plain := func(r *routev1.Route) { r.Spec.TLS = nil }
	for name, c := range map[string]struct {
		edit func(*routev1.Route)
		in   string // the section of the configuration
		line string // that must be there, or with a ! in front must not
	}{
		"edge":                  {nil, "frontend https", "use_backend n:r " + url},
		"None":                  {tls("edge", "None"), "frontend http", "!" + url},
		"no policy":             {nil, "frontend http", "!" + url},
		"Allow":                 {tls("edge", "Allow"), "frontend http", "use_backend n:r " + url},
		"Redirect":              {tls("edge", "Redirect"), "frontend http", "use_backend redirect " + url},
		"no TLS":                {plain, "frontend http", "use_backend n:r " + url},
		"no TLS over TLS":       {plain, "frontend https", "!" + url},
		"passthrough":           {tls("passthrough", ""), "frontend sni", "use_backend n:r if { req.ssl_sni -i a.apps.example.org }"},
		"passthrough not https": {tls("passthrough", ""), "frontend https", "!" + url},
		"passthrough Redirect":  {tls("passthrough", "Redirect"), "frontend http", "use_backend redirect " + url},
		"passthrough mode":      {tls("passthrough", ""), "backend n:r", "mode tcp"},
		"path":                  {withPath("/x/"), "frontend https", "use_backend n:r if { var(txn.url) -m beg a.apps.example.org/x/ }"},
		"source":                {nil, "backend n:r", "source 127.0.0.1"},
		"port by name":          {onPort(intstr.FromString("http")), "backend n:r", server},
		"port by number":        {onPort(intstr.FromInt32(8080)), "backend n:r", server},
		"only that port":        {onPort(intstr.FromString("http")), "backend n:r", "!8443"},
		"any port":              {nil, "backend n:r", "server 10.0.0.2:8443"},
		"not ready":             {nil, "backend n:r", "!10.0.0.3"},
		"one pod":               {func(r *routev1.Route) { onPort(intstr.FromInt32(8080))(r); r.Spec.To.Name = "other" }, "backend n:r", "!check"},
		"service's authority":   {tls("reencrypt", ""), "backend n:r", "verify required ca-file /pki/ca.crt verifyhost web.n.svc"},
		"timeout":               {annotated("timeout", "5m"), "backend n:r", "timeout server 5m"},
		"timeout in ms":         {annotated("timeout", "300000"), "backend n:r", "timeout server 300000"},
		"tunnel":                {annotated("timeout-tunnel", "8h"), "backend n:r", "timeout tunnel 8h"},
		"bad timeout":           {annotated("timeout", "5 minutes"), "backend n:r", "!timeout"},
		"too long":              {annotated("timeout", "99d"), "backend n:r", "!timeout"},
		"injection":             {annotated("hsts_header", "max-age=1'\n  mode tcp"), "backend n:r", "!max-age"},
		"HSTS":                  {annotated("hsts_header", hsts), "backend n:r", "set-header Strict-Transport-Security '" + hsts + "'"},
		"HSTS without TLS":      {func(r *routev1.Route) { annotated("hsts_header", hsts)(r); plain(r) }, "backend n:r", "!max-age"},
		"balance":               {annotated("balance", "leastconn"), "backend n:r", "balance leastconn"},
		"bad balance":           {annotated("balance", "best"), "backend n:r", "balance random"},
		"sticky":                {nil, "backend n:r", sticky + " secure attr SameSite=None"},
		"sticky without TLS":    {tls("edge", "Allow"), "backend n:r", sticky + "\n"},
		"not sticky":            {annotated("disable_cookies", "true"), "backend n:r", "!cookie"},
	} {
		r := testRouter(t)
		config, err := r.render(judge([]*routev1.Route{route("n/r", 1, c.edit)}, domain))
		if err != nil {
			t.Fatal(name, err)
		}
		text := section(sandboxValues.Replace(string(config)), c.in)
		line, absent := strings.CutPrefix(c.line, "!")
		if strings.Contains(text, line) == absent {
			t.Errorf("%s: %q is absent: %v, in:%s", name, line, !absent, text)
		}
	}
}

// A Route that is refused has no place among the others.
func TestLongestPathFirst(t *testing.T) {
	config, err := testRouter(t).render(judge([]*routev1.Route{
		route("n/root", 1, nil), route("n/deep", 2, withPath("/x/y")), route("n/x", 3, withPath("/x")),
		route("n/late", 4, withPath("/x")),
	}, domain))
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for line := range strings.Lines(section(string(config), "frontend https")) {
		if rest, ok := strings.CutPrefix(line, "use_backend n:"); ok {
			order = append(order, strings.Fields(rest)[0])
		}
	}
	if got := strings.Join(order, " "); got != "deep x root" {
		t.Error(got)
	}
}

func stored(t *testing.T, r *router, name string) *routev1.Route {
	t.Helper()
	found, err := r.client.RouteV1().Routes("n").Get(context.Background(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// The loser of a host gets it when the winner goes, and a status that says so already is not written again.
func TestStatus(t *testing.T) {
	first, second := route("n/first", 1, nil), route("n/second", 2, nil)
	r := testRouter(t, first, second)
	fakeHaproxy(t, r, "exit 0")
	writes := func() (count int) {
		for _, action := range r.client.(*routefake.Clientset).Actions() {
			if action.Matches("update", "routes/status") {
				count++
			}
		}
		return count
	}
	sync := func(names ...string) {
		t.Helper()
		var routes []*routev1.Route
		for _, name := range names {
			routes = append(routes, stored(t, r, name))
		}
		if err := r.sync(context.Background(), routes); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(name string, status corev1.ConditionStatus, reason string, wantWrites int) {
		t.Helper()
		ingress := stored(t, r, name).Status.Ingress
		if len(ingress) != 1 || ingress[0].Host != "a."+domain || ingress[0].RouterName != "default" ||
			ingress[0].RouterCanonicalHostname != "router-default."+domain || ingress[0].WildcardPolicy != "None" {
			t.Fatalf("%s: %+v", name, ingress)
		}
		condition := ingress[0].Conditions[0]
		if condition.Type != "Admitted" || condition.Status != status || condition.Reason != reason ||
			condition.LastTransitionTime.IsZero() {
			t.Errorf("%s: %+v", name, condition)
		}
		if got := writes(); got != wantWrites {
			t.Errorf("%s: %d writes, want %d", name, got, wantWrites)
		}
	}
	for range 2 {
		sync("first", "second")
		expect("first", corev1.ConditionTrue, "", 2)
		expect("second", corev1.ConditionFalse, "HostAlreadyClaimed", 2)
	}
	sync("second")
	expect("second", corev1.ConditionTrue, "", 3)
}

// fakeHaproxy puts a program of that name in front of all others, and something that answers at the master socket; it
// returns what that is told.
func fakeHaproxy(t *testing.T, r *router, script string) <-chan string {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "haproxy"), []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
	listener, err := net.Listen("unix", r.socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	told := make(chan string, 10)
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			order := make([]byte, 100)
			n, _ := connection.Read(order)
			told <- string(order[:n])
			_ = connection.Close()
		}
	}()
	return told
}

func TestServe(t *testing.T) {
	r := testRouter(t)
	told := fakeHaproxy(t, r, "exit 0")
	read := func() string {
		content, err := os.ReadFile(r.config)
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	if before := read(); strings.Contains(before, "n:r") || !strings.Contains(before, "frontend https") {
		t.Fatal(before)
	}
	judged := judge([]*routev1.Route{route("n/r", 1, nil)}, domain)
	for range 2 { // the second time nothing has changed
		if err := r.serve(judged); err != nil {
			t.Fatal(err)
		}
	}
	if got := <-told; got != "reload\n" || len(told) > 0 {
		t.Errorf("told %q and %d more", got, len(told))
	}
	good := read()
	if !strings.Contains(good, "backend n:r") {
		t.Error(good)
	}

	t.Setenv("PATH", "/usr/bin:/bin")
	_ = os.Remove(r.socket)
	told = fakeHaproxy(t, r, "echo no good; exit 1")
	if err := r.serve(nil); err == nil || !strings.Contains(err.Error(), "no good") {
		t.Error(err)
	}
	if read() != good || len(told) > 0 {
		t.Error("a configuration that haproxy refuses replaced the running one")
	}
}

// All kinds of Routes in one configuration that the real haproxy accepts.
func TestHaproxyAccepts(t *testing.T) {
	if _, err := exec.LookPath("haproxy"); err != nil {
		t.Skip("haproxy is not installed; `sandbox up` does that")
	}
	certificate, key := selfSigned(t)
	r := testRouter(t)
	config, err := r.render(judge([]*routev1.Route{
		route("n/edge", 1, func(r *routev1.Route) { r.Spec.TLS.Certificate, r.Spec.TLS.Key = certificate, key }),
		route("n/path", 2, withPath("/a-b_c.d~e%20!$&()*+,;=:@{}")),
		route("n/pass", 3, func(r *routev1.Route) { r.Spec.Host = "b." + domain; r.Spec.TLS.Termination = "passthrough" }),
		route("n/reencrypt", 4, func(r *routev1.Route) {
			r.Spec.Host, r.Spec.TLS.Termination, r.Spec.TLS.DestinationCACertificate = "c."+domain, "reencrypt", certificate
			for name, value := range map[string]string{
				"timeout": "999999s", "timeout-tunnel": "9d", "hsts_header": "max-age=1", "balance": "source",
			} {
				r.Annotations["haproxy.router.openshift.io/"+name] = value
			}
		}),
		route("n/plain", 5, func(r *routev1.Route) { r.Spec.Host = "d." + domain; r.Spec.TLS = nil }),
	}, domain))
	if err != nil {
		t.Fatal(err)
	}
	own, err := r.file(key, certificate)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command("haproxy", "-c", "-f", "/dev/stdin")
	command.Stdin = strings.NewReader(strings.ReplaceAll(sandboxValues.Replace(string(config)), "default.pem", own))
	if output, err := command.CombinedOutput(); err != nil || strings.Contains(string(output), "WARNING") {
		t.Errorf("%v\n%s\n%s", err, output, config)
	}
}

func selfSigned(t *testing.T) (certificate, key string) {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	server.StartTLS()
	defer server.Close()
	pair := server.TLS.Certificates[0]
	private, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	encode := func(kind string, content []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}))
	}
	return encode("CERTIFICATE", pair.Certificate[0]), encode("PRIVATE KEY", private)
}
