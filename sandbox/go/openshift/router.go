package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"time"

	routev1 "github.com/openshift/api/route/v1"
	routeclient "github.com/openshift/client-go/route/clientset/versioned"
	routeinformers "github.com/openshift/client-go/route/informers/externalversions"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	informers "k8s.io/client-go/informers/discovery/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/utils/ptr"
)

// router admits Routes and has haproxy serve them, as OpenShift's ingress router does.
type router struct {
	client         routeclient.Interface
	endpointSlices informers.EndpointSliceInformer
	// The template of haproxy's configuration, the file to write it to, and the socket of haproxy's master process.
	// The Routes' certificates lie beside the configuration.
	template, config, socket string
	// The domain of Routes that ask for a subdomain only.
	domain string
	// The configuration that haproxy was told last.
	running []byte
}

// init writes a configuration without Routes: haproxy can start afterwards.
func (r *router) init() (err error) {
	if r.running, err = r.render(nil); err != nil {
		return err
	}
	return errors.Join(os.MkdirAll(filepath.Dir(r.config), 0o700), os.WriteFile(r.config, r.running, 0o600))
}

// run looks at the cached objects until ctx ends.
func (r *router) run(ctx context.Context) error {
	informer := routeinformers.NewSharedInformerFactory(r.client, 0).Route().V1().Routes()
	go informer.Informer().RunWithContext(ctx)
	go r.endpointSlices.Informer().RunWithContext(ctx)
	cache.WaitForCacheSync(ctx.Done(), informer.Informer().HasSynced, r.endpointSlices.Informer().HasSynced)
	return repeat(ctx, time.Second, "Not every Route is served as it should be", func(ctx context.Context) error {
		routes, _ := informer.Lister().List(labels.Everything()) // never fails on a cache
		return r.sync(ctx, routes)
	})
}

// sync serves the Routes that are admitted, and then tells each its fate: who waits for that can use the Route.
func (r *router) sync(ctx context.Context, routes []*routev1.Route) error {
	judged := judge(routes, r.domain)
	err := r.serve(judged)
	for _, each := range judged {
		if err == nil {
			err = r.report(ctx, each)
		}
	}
	return err
}

// serve has haproxy load a configuration that differs from the running one, if haproxy finds it valid. Connections
// that are open go on under the old one.
func (r *router) serve(judged []judgement) error {
	config, err := r.render(judged)
	if err != nil || bytes.Equal(config, r.running) {
		return err
	}
	candidate := r.config + ".new"
	if err := os.WriteFile(candidate, config, 0o600); err != nil {
		return err
	}
	if output, err := exec.Command("haproxy", "-c", "-q", "-f", candidate).CombinedOutput(); err != nil {
		return fmt.Errorf("haproxy refuses %s: %w\n%s", candidate, err, output)
	}
	if err := os.Rename(candidate, r.config); err != nil {
		return err
	}
	master, err := net.Dial("unix", r.socket)
	if err != nil {
		return err
	}
	defer master.Close()
	if _, err := io.WriteString(master, "reload\n"); err != nil {
		return err
	}
	_, _ = io.ReadAll(master) // the master process hangs up when it reloads
	r.running = config
	return nil
}

// report writes the Route's status unless it says so already.
func (r *router) report(ctx context.Context, j judgement) error {
	ingress := j.ingress("router-default." + r.domain)
	route := j.Route.DeepCopy() // the cache's own is not to be changed
	condition, status := &ingress.Conditions[0], &route.Status
	if len(status.Ingress) == 1 && len(status.Ingress[0].Conditions) == 1 {
		condition.LastTransitionTime = status.Ingress[0].Conditions[0].LastTransitionTime
	}
	if equality.Semantic.DeepEqual(status.Ingress, []routev1.RouteIngress{ingress}) {
		return nil
	}
	condition.LastTransitionTime = ptr.To(metav1.Now())
	status.Ingress = []routev1.RouteIngress{ingress}
	_, err := r.client.RouteV1().Routes(route.Namespace).UpdateStatus(ctx, route, metav1.UpdateOptions{})
	return err
}

// render returns haproxy's configuration for the Routes that are admitted, of one host the longest path first.
func (r *router) render(judged []judgement) ([]byte, error) {
	admitted := slices.DeleteFunc(slices.Clone(judged), func(j judgement) bool { return j.Reason != "" })
	slices.SortFunc(admitted, func(a, b judgement) int { return strings.Compare(b.URL(), a.URL()) })
	parsed := template.New(filepath.Base(r.template)).Funcs(template.FuncMap{"file": r.file, "servers": r.servers})
	if _, err := parsed.ParseFiles(r.template); err != nil {
		return nil, err
	}
	var config bytes.Buffer
	err := parsed.Execute(&config, admitted)
	return config.Bytes(), err
}

// file writes what haproxy reads from a file of its own, and returns its path. Other contents have another path, so that
// the running haproxy keeps what it was started with.
func (r *router) file(parts ...string) (string, error) {
	content := []byte(strings.Join(parts, "\n"))
	name := filepath.Join(filepath.Dir(r.config), fmt.Sprintf("%x.pem", sha256.Sum256(content)))
	return name, os.WriteFile(name, content, 0o600)
}

// servers returns <address>:<port> of the ready pods of the Route's Service; without a port, of every port they have.
func (r *router) servers(route *routev1.Route) (servers []string) {
	ofService := labels.SelectorFromSet(labels.Set{discoveryv1.LabelServiceName: route.Spec.To.Name})
	found, _ := r.endpointSlices.Lister().EndpointSlices(route.Namespace).List(ofService) // never fails on a cache
	for _, slice := range found {
		for _, port := range slice.Ports {
			number, wanted := strconv.Itoa(int(ptr.Deref(port.Port, 0))), route.Spec.Port
			if wanted != nil && !slices.Contains([]string{number, ptr.Deref(port.Name, "")}, wanted.TargetPort.String()) {
				continue
			}
			for _, endpoint := range slice.Endpoints {
				if ptr.Deref(endpoint.Conditions.Ready, true) {
					servers = append(servers, net.JoinHostPort(endpoint.Addresses[0], number))
				}
			}
		}
	}
	slices.Sort(servers)
	return slices.Compact(servers)
}
