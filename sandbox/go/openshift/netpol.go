package main

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
)

// network is all that the packet filter's rules depend on. Pods of the sandbox have IPv4 addresses only.
type network struct {
	table, bridge, router, services string
	// By address. The router is one on the host's network; no other pod of such is here, as policies do not concern it.
	pods       map[string]*corev1.Pod
	namespaces map[string]labels.Set
	policies   []*networkingv1.NetworkPolicy
}

// direction is one of the two in which a policy isolates pods, with nft's words for the other end's address.
type direction struct {
	isolates   networkingv1.PolicyType
	name, peer string
}

var (
	ingress = direction{networkingv1.PolicyTypeIngress, "ingress", "ip saddr"}
	egress  = direction{networkingv1.PolicyTypeEgress, "egress", "ip daddr"}
)

// target is whose ports the policies of pod are about.
func (d direction) target(pod, peer *corev1.Pod) *corev1.Pod {
	if d == egress {
		return peer
	}
	return pod
}

// The verdict is asked for twice, for the source's egress and for the target's ingress; each isolated pod has a chain for
// each, which returns what a policy allows and drops the rest. What comes from or goes to an address of no known pod
// is dropped as well: its policies are not known either. The input hook sees what pods send to the machine itself;
// of what the machine sends to pods (probes, webhooks) only the router's is judged. What is still addressed to a Service
// here has no endpoint: kube-proxy refuses it, which its sender notices at once. What slips through while kube-proxy
// changes its rules is dropped after that: outside, somebody might answer, and a client would keep the connection.
const rulesetFormat = `table inet %[1]s
delete table inet %[1]s
table inet %[1]s {
%[2]s	set pods { type ipv4_addr; %[3]s }
	map egress { type ipv4_addr : verdict; %[4]s }
	map ingress { type ipv4_addr : verdict; %[5]s }
	chain judge {
		ct state established,related accept
		ip daddr %[9]s accept
		iifname %[6]q meta nfproto ipv6 drop
		iifname %[6]q ip saddr != @pods %[8]s
		oifname %[6]q ip daddr != @pods %[8]s
		ip saddr vmap @egress
		ip daddr vmap @ingress
	}
	chain forward { type filter hook forward priority filter; jump judge; }
	chain services { type filter hook forward priority filter + 10; ip daddr %[9]s drop; }
	chain input { type filter hook input priority filter; jump judge; }
	chain output {
		type filter hook output priority filter
		ct state established,related accept
		ip saddr %[7]s ip daddr vmap @ingress
	}
}
`

// refuse drops a packet and reports it to the group that dropLog listens on, with the reason.
func refuse(reason string) string {
	return fmt.Sprintf("log group %d queue-threshold 1 prefix %q drop", logGroup, reason)
}

// ruleset is the program for nft that replaces all rules in one step. The same network always gives the same text.
func (n *network) ruleset() string {
	var chains strings.Builder
	addresses := slices.Sorted(maps.Keys(n.pods))
	jumps := map[direction][]string{}
	for _, way := range []direction{egress, ingress} {
		for _, address := range addresses {
			pod := n.pods[address]
			policies := n.isolating(pod, way)
			if len(policies) == 0 {
				continue
			}
			chain := way.name + "-" + address
			jumps[way] = append(jumps[way], fmt.Sprintf("%s : jump %s", address, chain))
			// Whatever is isolated reaches itself through a Service.
			lines := []string{fmt.Sprintf("%s %s return", way.peer, address)}
			for _, policy := range policies {
				lines = append(lines, n.allowed(policy, pod, way)...)
			}
			lines = append(lines, refuse(way.name))
			fmt.Fprintf(&chains, "\tchain %s {\n\t\t%s\n\t}\n", chain, strings.Join(lines, "\n\t\t"))
		}
	}
	return fmt.Sprintf(rulesetFormat, n.table, chains.String(), elements(addresses), elements(jumps[egress]),
		elements(jumps[ingress]), n.bridge, n.router, refuse("unknown"), n.services)
}

// elements is empty for none: nft has no notation for an empty list.
func elements(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return "elements = { " + strings.Join(list, ", ") + " }"
}

// isolating returns the policies that isolate a pod in a direction, by name. The API server has filled in policyTypes.
func (n *network) isolating(pod *corev1.Pod, way direction) (policies []*networkingv1.NetworkPolicy) {
	for _, policy := range n.policies {
		if policy.Namespace == pod.Namespace && !pod.Spec.HostNetwork &&
			slices.Contains(policy.Spec.PolicyTypes, way.isolates) &&
			parsed(&policy.Spec.PodSelector).Matches(labels.Set(pod.Labels)) {
			policies = append(policies, policy)
		}
	}
	slices.SortFunc(policies, func(a, b *networkingv1.NetworkPolicy) int { return cmp.Compare(a.Name, b.Name) })
	return policies
}

// allowed returns nft's rules for what one policy allows one pod.
func (n *network) allowed(policy *networkingv1.NetworkPolicy, pod *corev1.Pod, way direction) (lines []string) {
	for _, rule := range rulesOf(policy, way) {
		blocks, addresses := n.peers(policy.Namespace, rule.To, way)
		ports := rule.Ports
		if len(ports) == 0 {
			ports = []networkingv1.NetworkPolicyPort{{Protocol: new(corev1.Protocol)}} // all
		}
		for _, port := range ports {
			if match, found := portMatch(port, way.target(pod, nil)); found {
				for _, block := range blocks {
					lines = append(lines, strings.TrimSpace(block+match+" return"))
				}
				if len(rule.To) == 0 {
					continue // that was everybody
				}
			}
			byMatch := map[string][]string{} // targets with a port of the same name may have other numbers for it
			for _, address := range addresses {
				if match, found := portMatch(port, way.target(pod, n.pods[address])); found {
					byMatch[match] = append(byMatch[match], address)
				}
			}
			for _, match := range slices.Sorted(maps.Keys(byMatch)) {
				lines = append(lines, fmt.Sprintf("%s { %s }%s return", way.peer, strings.Join(byMatch[match], ", "), match))
			}
		}
	}
	return lines
}

// rulesOf returns a policy's rules for a direction; those for ingress in the form of the others.
func rulesOf(policy *networkingv1.NetworkPolicy, way direction) (rules []networkingv1.NetworkPolicyEgressRule) {
	if way == egress {
		return policy.Spec.Egress
	}
	for _, rule := range policy.Spec.Ingress {
		rules = append(rules, networkingv1.NetworkPolicyEgressRule{To: rule.From, Ports: rule.Ports})
	}
	return rules
}

// peers returns whom a rule is about: nft's expressions for blocks of addresses, and the addresses of pods, sorted.
func (n *network) peers(namespace string, peers []networkingv1.NetworkPolicyPeer, way direction) (
	blocks, addresses []string,
) {
	if len(peers) == 0 { // everybody; the pods as well, because ports by name are only theirs
		blocks, peers = []string{""}, []networkingv1.NetworkPolicyPeer{{NamespaceSelector: &metav1.LabelSelector{}}}
	}
	for _, peer := range peers {
		if peer.IPBlock != nil {
			blocks = append(blocks, blockMatch(peer.IPBlock, way)...)
			continue
		}
		namespaces, pods := parsed(peer.NamespaceSelector), parsed(peer.PodSelector)
		for address, pod := range n.pods {
			if pod.Spec.HostNetwork && (way == egress || !pods.Empty()) {
				continue // OVN-Kubernetes knows hosts as sources only, and by their namespace alone
			}
			near := peer.NamespaceSelector != nil || pod.Namespace == namespace
			if near && namespaces.Matches(n.namespaces[pod.Namespace]) && pods.Matches(labels.Set(pod.Labels)) {
				addresses = append(addresses, address)
			}
		}
	}
	slices.Sort(addresses)
	return blocks, slices.Compact(addresses)
}

// blockMatch is empty for IPv6, which nobody has.
func blockMatch(block *networkingv1.IPBlock, way direction) []string {
	prefix, err := netip.ParsePrefix(block.CIDR)
	if err != nil || !prefix.Addr().Is4() {
		return nil
	}
	match := fmt.Sprintf("%s %s", way.peer, prefix.Masked())
	for _, except := range block.Except {
		match += fmt.Sprintf(" %s != %s", way.peer, except)
	}
	return []string{match}
}

// parsed is a selector ready for use; an absent one selects everything. The API server has refused invalid ones.
func parsed(selector *metav1.LabelSelector) labels.Selector {
	if selector == nil {
		return labels.Everything()
	}
	result, _ := metav1.LabelSelectorAsSelector(selector)
	return result
}

// portMatch is nft's expression for a port of the target, which may have none of that name.
func portMatch(port networkingv1.NetworkPolicyPort, target *corev1.Pod) (match string, found bool) {
	protocol := ptr.Deref(port.Protocol, corev1.ProtocolTCP)
	word := " " + strings.ToLower(string(protocol))
	switch {
	case protocol == "":
		return "", true
	case port.Port == nil:
		return " meta l4proto" + word, true
	case port.EndPort != nil:
		return fmt.Sprintf("%s dport %d-%d", word, port.Port.IntVal, *port.EndPort), true
	case port.Port.Type == intstr.Int:
		return fmt.Sprintf("%s dport %d", word, port.Port.IntVal), true
	case target == nil:
		return "", false
	}
	for _, container := range slices.Concat(target.Spec.Containers, target.Spec.InitContainers) {
		for _, named := range container.Ports {
			if named.Name == port.Port.StrVal && cmp.Or(named.Protocol, corev1.ProtocolTCP) == protocol {
				return fmt.Sprintf("%s dport %d", word, named.ContainerPort), true
			}
		}
	}
	return "", false
}
