package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
)

const (
	// How often changes of the cluster become rules, if there are any. New pods do not wait for that.
	interval = 50 * time.Millisecond
	// How long a new pod may wait for its rules before its start fails and is tried again.
	attachTimeout = 10 * time.Second
)

// policyEnforcer keeps the machine's packet filter in step with NetworkPolicies, namespaces and pods.
type policyEnforcer struct {
	informers informers.SharedInformerFactory
	outdated  atomic.Bool // something has changed since the last successful apply

	mu       sync.Mutex
	attached map[string]types.UID // by address: what the network plugin reported, ahead of the pods' status
	network  network              // what is in force
	ruleset  string               // its rules
}

// run enforces until ctx ends. It listens on the socket only once rules are in force, and no pod starts before.
func (e *policyEnforcer) run(ctx context.Context, socket string) error {
	core := e.informers.Core().V1()
	policies := e.informers.Networking().V1().NetworkPolicies().Informer()
	for _, informer := range []cache.SharedIndexInformer{core.Pods().Informer(), core.Namespaces().Informer(), policies} {
		if _, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc:    func(any) { e.outdated.Store(true) },
			UpdateFunc: func(any, any) { e.outdated.Store(true) },
			DeleteFunc: func(any) { e.outdated.Store(true) },
		}); err != nil {
			return err
		}
	}
	e.informers.Start(ctx.Done())
	e.informers.WaitForCacheSync(ctx.Done())
	e.outdated.Store(true)
	if err := e.apply(ctx); err != nil {
		return err
	}
	drops := &dropLog{resolve: e.resolve, drops: map[dropKey]*drop{}}
	handlers := http.NewServeMux()
	handlers.HandleFunc("POST /pods", e.attach)
	handlers.Handle("GET /drops", drops)
	server := &http.Server{Handler: handlers, ReadHeaderTimeout: time.Second}
	_ = os.Remove(socket) // of one that was killed
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(drops.run)
	group.Go(func() error { return server.Serve(listener) })
	group.Go(func() error { return repeat(ctx, interval, "The rules in force are out of date", e.apply) })
	<-ctx.Done()
	return context.Cause(ctx)
}

// apply replaces the rules when they are not those of the cluster's present state. Without an error, those are in force.
func (e *policyEnforcer) apply(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.outdated.Swap(false) {
		return nil
	}
	core, everything := e.informers.Core().V1(), labels.Everything()
	pods, _ := core.Pods().Lister().List(everything) // never fails on a cache
	namespaces, _ := core.Namespaces().Lister().List(everything)
	policies, _ := e.informers.Networking().V1().NetworkPolicies().Lister().List(everything)
	next := e.network
	next.policies, next.namespaces, next.pods = policies, map[string]labels.Set{}, owners(pods, e.attached)
	for _, namespace := range namespaces {
		next.namespaces[namespace.Name] = namespace.Labels
	}
	next.pods[next.router] = &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "openshift-ingress", Name: "router"},
		Spec:       corev1.PodSpec{HostNetwork: true},
	}
	text := next.ruleset()
	if text != e.ruleset {
		nft := exec.CommandContext(ctx, "nft", "--file", "-")
		nft.Stdin = bytes.NewBufferString(text)
		if output, err := nft.CombinedOutput(); err != nil {
			e.outdated.Store(true)
			return fmt.Errorf("%w: %s", err, output)
		}
	}
	e.network, e.ruleset = next, text
	return nil
}

// owners says which pod has which address: what the plugin reported counts more than a status, which lags behind. An
// address goes back to the pool when its pod has ended, although that pod's status still shows it.
func owners(pods []*corev1.Pod, attached map[string]types.UID) map[string]*corev1.Pod {
	result, byUID := map[string]*corev1.Pod{}, map[types.UID]*corev1.Pod{}
	for _, pod := range pods {
		if pod.Spec.HostNetwork || pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed {
			continue
		}
		byUID[pod.UID] = pod
		if pod.Status.PodIP != "" {
			result[pod.Status.PodIP] = pod
		}
	}
	for address, uid := range attached {
		if pod := byUID[uid]; pod != nil {
			result[address] = pod
		}
	}
	return result
}

// attach answers the network plugin when the rules for a new pod are in force.
func (e *policyEnforcer) attach(w http.ResponseWriter, r *http.Request) {
	namespace, name, uid := r.FormValue("namespace"), r.FormValue("name"), types.UID(r.FormValue("uid"))
	known := func(context.Context) (bool, error) {
		found, err := e.informers.Core().V1().Pods().Lister().Pods(namespace).Get(name)
		return err == nil && found.UID == uid, nil
	}
	err := wait.PollUntilContextTimeout(r.Context(), 10*time.Millisecond, attachTimeout, true, known)
	if err == nil {
		e.mu.Lock()
		e.attached[r.FormValue("address")] = uid
		e.outdated.Store(true)
		e.mu.Unlock()
		err = e.apply(r.Context())
	}
	if err != nil {
		klog.ErrorS(err, "No rules for a new pod", "namespace", namespace, "pod", name)
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

// resolve names who has an address, and the policies that isolate it in a direction.
func (e *policyEnforcer) resolve(address string, way direction) (name string, policies []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	pod := e.network.pods[address]
	if pod == nil {
		return address, nil
	}
	for _, policy := range e.network.isolating(pod, way) {
		policies = append(policies, policy.Name)
	}
	return pod.Namespace + "/" + pod.Name, policies
}
