package main

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mdlayher/netlink"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"sigs.k8s.io/yaml"
)

func testPod(namespace, name, app string, httpPort int32) *corev1.Pod {
	ports := []corev1.ContainerPort{{Name: "http", ContainerPort: httpPort}, {Name: "dns", ContainerPort: 53, Protocol: corev1.ProtocolUDP}}
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, UID: types.UID(name), Labels: map[string]string{"app": app}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Ports: ports}}},
	}
}

// testNetwork has two pods in red, one in blue and the router.
func testNetwork() *network {
	return &network{
		table: "t", bridge: "br", router: "10.0.0.2", services: "10.1.0.0/16",
		namespaces: map[string]labels.Set{
			"red": {"colour": "red"}, "blue": {"colour": "blue"}, "openshift-ingress": {"policy-group": "ingress"},
		},
		pods: map[string]*corev1.Pod{
			"10.0.1.1": testPod("red", "web", "web", 80),
			"10.0.1.2": testPod("red", "db", "db", 5432),
			"10.0.1.3": testPod("blue", "client", "client", 8080),
			"10.0.0.2": {ObjectMeta: metav1.ObjectMeta{Namespace: "openshift-ingress"}, Spec: corev1.PodSpec{HostNetwork: true}},
		},
	}
}

func (n *network) with(t *testing.T, name, spec string) *network {
	t.Helper()
	policy := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: "red", Name: name}}
	if err := yaml.UnmarshalStrict([]byte(spec), &policy.Spec); err != nil {
		t.Fatal(err)
	}
	n.policies = append(n.policies, policy)
	return n
}

// chain returns the rules of one chain without its first, for the pod itself, and its last, which drops.
func chain(t *testing.T, n *network, name string) []string {
	t.Helper()
	_, rest, found := strings.Cut(n.ruleset(), "\tchain "+name+" {\n")
	if !found {
		t.Fatalf("no chain %s in\n%s", name, n.ruleset())
	}
	body, _, _ := strings.Cut(rest, "\n\t}")
	lines := strings.Split(strings.ReplaceAll(body, "\t", ""), "\n")
	way, address, _ := strings.Cut(name, "-")
	own := map[string]string{"ingress": "ip saddr ", "egress": "ip daddr "}[way] + address + " return"
	last := len(lines) - 1
	if lines[0] != own || lines[last] != `log group 128 queue-threshold 1 prefix "`+way+`" drop` {
		t.Errorf("%s begins and ends with %q and %q", name, lines[0], lines[last])
	}
	return lines[1:last]
}

func TestRules(t *testing.T) {
	for name, c := range map[string]struct {
		spec, chain string
		want        []string
	}{
		"deny all":   {`{podSelector: {}, policyTypes: [Ingress]}`, "ingress-10.0.1.1", nil},
		"empty rule": {`{podSelector: {}, policyTypes: [Ingress], ingress: [{}]}`, "ingress-10.0.1.1", []string{"return"}},
		"pods of the same namespace": {
			`{podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {}}]}]}`, "ingress-10.0.1.1",
			[]string{"ip saddr { 10.0.1.1, 10.0.1.2 } return"},
		},
		"both selectors in one item": {
			`{podSelector: {}, policyTypes: [Ingress], ingress: [{from: [
				{namespaceSelector: {matchLabels: {colour: blue}}, podSelector: {matchLabels: {app: web}}}]}]}`, "ingress-10.0.1.2", nil,
		},
		"two items": {
			`{podSelector: {}, policyTypes: [Ingress], ingress: [{from: [
				{namespaceSelector: {matchLabels: {colour: blue}}}, {podSelector: {matchLabels: {app: web}}}]}]}`, "ingress-10.0.1.2",
			[]string{"ip saddr { 10.0.1.1, 10.0.1.3 } return"},
		},
		"block": {
			`{podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.1.2.3/8, except: [10.9.0.0/16, 10.9.1.0/24]}},
				{ipBlock: {cidr: "fd00::/8"}}]}]}`, "egress-10.0.1.1",
			[]string{"ip daddr 10.0.0.0/8 ip daddr != 10.9.0.0/16 ip daddr != 10.9.1.0/24 return"},
		},
		"ports": {
			`{podSelector: {}, policyTypes: [Ingress], ingress: [{ports: [{port: 1}, {protocol: UDP, port: 2, endPort: 9}, {protocol: SCTP},
				{port: http}, {port: dns}, {port: dns, protocol: UDP}]}]}`, "ingress-10.0.1.2",
			[]string{"tcp dport 1 return", "udp dport 2-9 return", "meta l4proto sctp return", "tcp dport 5432 return", "udp dport 53 return"},
		},
		"named port of each target": {
			`{podSelector: {}, policyTypes: [Egress], egress: [{to: [{podSelector: {}}, {ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: http}]}]}`,
			"egress-10.0.1.1", []string{"ip daddr { 10.0.1.2 } tcp dport 5432 return", "ip daddr { 10.0.1.1 } tcp dport 80 return"},
		},
		"named port of everybody": {
			`{podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: http}]}]}`, "egress-10.0.1.1",
			[]string{"ip daddr { 10.0.1.2 } tcp dport 5432 return", "ip daddr { 10.0.1.1 } tcp dport 80 return", "ip daddr { 10.0.1.3 } tcp dport 8080 return"},
		},
		"router": {
			`{podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{namespaceSelector: {matchLabels: {policy-group: ingress}}, podSelector: {}}]}]}`,
			"ingress-10.0.1.1", []string{"ip saddr { 10.0.0.2 } return"},
		},
		"router is no pod": {
			`{podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{namespaceSelector: {}, podSelector: {matchExpressions:
				[{key: app, operator: NotIn, values: [web]}]}}]}]}`,
			"ingress-10.0.1.1", []string{"ip saddr { 10.0.1.2, 10.0.1.3 } return"},
		},
		"router is no target": {
			`{podSelector: {}, policyTypes: [Egress], egress: [{to: [{namespaceSelector: {matchLabels: {policy-group: ingress}}}]}]}`, "egress-10.0.1.1", nil,
		},
	} {
		if got := chain(t, testNetwork().with(t, "p", c.spec), c.chain); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestOnlyIsolatedPodsAreJudged(t *testing.T) {
	n := testNetwork().with(t, "p", `{podSelector: {matchLabels: {app: db}}, policyTypes: [Egress]}`)
	n.policies = append(n.policies, &networkingv1.NetworkPolicy{
		ObjectMeta: metav1.ObjectMeta{Namespace: "openshift-ingress"},
		Spec:       networkingv1.NetworkPolicySpec{PolicyTypes: []networkingv1.PolicyType{"Ingress", "Egress"}},
	})
	text := n.ruleset()
	for _, want := range []string{
		"map egress { type ipv4_addr : verdict; elements = { 10.0.1.2 : jump egress-10.0.1.2 } }",
		"map ingress { type ipv4_addr : verdict;  }",
		"set pods { type ipv4_addr; elements = { 10.0.0.2, 10.0.1.1, 10.0.1.2, 10.0.1.3 } }",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestPoliciesAddUp(t *testing.T) {
	n := testNetwork().with(t, "second", `{podSelector: {}, policyTypes: [Ingress], ingress: [{ports: [{port: 2}]}]}`)
	n.with(t, "first", `{podSelector: {}, policyTypes: [Ingress], ingress: [{ports: [{port: 1}]}]}`)
	text := n.ruleset()
	if got := chain(t, n, "ingress-10.0.1.1"); !slices.Equal(got, []string{"tcp dport 1 return", "tcp dport 2 return"}) {
		t.Error(got)
	}
	slices.Reverse(n.policies)
	if n.ruleset() != text {
		t.Error("another order of the same policies changes the text")
	}
}

func TestOwners(t *testing.T) {
	status := func(name, address string, phase corev1.PodPhase) *corev1.Pod {
		pod := testPod("red", name, name, 80)
		pod.Status = corev1.PodStatus{PodIP: address, Phase: phase}
		return pod
	}
	host := status("host", "10.0.0.1", corev1.PodRunning)
	host.Spec.HostNetwork = true
	pods := []*corev1.Pod{
		host, status("done", "10.0.1.1", corev1.PodSucceeded), status("failed", "10.0.1.2", corev1.PodFailed),
		status("running", "10.0.1.3", corev1.PodRunning), status("late", "10.0.1.4", corev1.PodRunning),
		status("new", "", corev1.PodPending),
	}
	attached := map[string]types.UID{"10.0.1.4": "new", "10.0.1.5": "deleted", "10.0.1.1": "done"}
	got := map[string]string{}
	for address, pod := range owners(pods, attached) {
		got[address] = pod.Name
	}
	if want := map[string]string{"10.0.1.3": "running", "10.0.1.4": "new"}; !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// The network plugin's call is answered when the new pod's rules are in force, and repeated as long as nft fails.
func TestAttach(t *testing.T) {
	folder := t.TempDir()
	rules := filepath.Join(folder, "rules")
	nft := func(script string) {
		if err := os.WriteFile(filepath.Join(folder, "nft"), []byte("#!/bin/sh\n"+script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
	factory := informers.NewSharedInformerFactory(fake.NewClientset(), 0)
	if err := factory.Core().V1().Pods().Informer().GetStore().Add(testPod("red", "web", "web", 80)); err != nil {
		t.Fatal(err)
	}
	e := &policyEnforcer{informers: factory, attached: map[string]types.UID{}, network: network{router: "10.0.0.2"}}
	attach := func() int {
		pod := url.Values{"namespace": {"red"}, "name": {"web"}, "uid": {"web"}, "address": {"10.0.1.1"}}
		request := httptest.NewRequest(http.MethodPost, "/pods", strings.NewReader(pod.Encode()))
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		answer := httptest.NewRecorder()
		e.attach(answer, request)
		return answer.Code
	}
	nft("exit 1")
	if code := attach(); code != http.StatusInternalServerError {
		t.Errorf("answers %d although nft failed", code)
	}
	nft("exec cat > " + rules)
	if code := attach(); code != http.StatusOK {
		t.Errorf("answers %d", code)
	}
	if text, err := os.ReadFile(rules); err != nil || !strings.Contains(string(text), "10.0.0.2, 10.0.1.1") {
		t.Errorf("%v %s", err, text)
	}
	nft("exit 1")
	if err := e.apply(context.Background()); err != nil { // nothing has changed
		t.Error(err)
	}
}

func TestDrops(t *testing.T) {
	policy := "first"
	resolve := func(address string, way direction) (string, []string) {
		return "pod at " + address, []string{way.name, policy}
	}
	log := &dropLog{resolve: resolve, drops: map[dropKey]*drop{}}
	packet := func(prefix string, protocol byte, ports ...byte) {
		header := []byte{0x46, 0, 0, 0, 0, 0, 0, 0, 64, protocol, 0, 0, 10, 0, 1, 1, 10, 0, 1, 2, 1, 1, 1, 1}
		report, err := netlink.MarshalAttributes([]netlink.Attribute{
			{Type: attributePrefix, Data: []byte(prefix + "\x00")}, {Type: attributePayload, Data: append(header, ports...)},
		})
		if err != nil {
			t.Fatal(err)
		}
		log.packet(report)
	}
	packet("ingress", 6, 200, 1, 0, 80)
	policy = "latest"
	packet("ingress", 6, 200, 2, 0, 80)
	packet("egress", 17, 200, 3, 0, 53)
	packet("unknown", 1, 8, 0, 0, 0)
	packet("ingress", 6) // cut off

	answer := httptest.NewRecorder()
	log.ServeHTTP(answer, nil)
	var got []drop
	if err := json.Unmarshal(answer.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	seen := map[dropKey]int{}
	for _, entry := range got {
		seen[entry.dropKey] = entry.Packets
		if entry.Refused != "unknown" && !slices.Equal(entry.Policies, []string{entry.Refused, "latest"}) {
			t.Errorf("%v: %v", entry.dropKey, entry.Policies)
		}
	}
	from, to := "pod at 10.0.1.1", "pod at 10.0.1.2"
	want := map[dropKey]int{
		{from, to, "80/TCP", "ingress"}: 2, {from, to, "53/UDP", "egress"}: 1, {from, to, "IP protocol 1", "unknown"}: 1,
	}
	if !maps.Equal(seen, want) {
		t.Errorf("got %v, want %v", seen, want)
	}
}
