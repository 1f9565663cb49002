// Command openshift adds to a plain Kubernetes what OpenShift's own controllers do: ID ranges for namespaces, security
// contexts for pods, and volumes for claims. It is part of the sandbox; a real OpenShift brings all of it.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
)

var (
	kubeconfig     = flag.String("kubeconfig", "", "file with the API server's address and the credentials to use")
	webhookAddress = flag.String("webhook-address", "", "<host>:<port> where the API server reaches the admission webhook")
	webhookCert    = flag.String("webhook-cert", "", "PEM file with the webhook's certificate")
	webhookKey     = flag.String("webhook-key", "", "PEM file with the webhook's private key")
	volumes        = flag.String("volumes", "", "folder for the volumes' data; what vanished volumes left in it is removed")
)

func main() {
	var err error
	klog.InitFlags(nil)
	flag.Parse()
	for _, name := range []string{"kubeconfig", "webhook-address", "webhook-cert", "webhook-key", "volumes"} {
		if f := flag.Lookup(name); f.Value.String() == "" {
			err = errors.Join(err, fmt.Errorf("--%s is missing: give the %s", name, f.Usage))
		}
	}
	if err == nil {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
		defer stop()
		err = run(ctx)
	}
	klog.Flush()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run starts all controllers and ends when ctx does, or with the first error of any of them.
func run(ctx context.Context) error {
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		return fmt.Errorf("--kubeconfig %s: %w", *kubeconfig, err)
	}
	// client-go's default of 5 requests a second would take minutes for a platform's claims.
	config.QPS, config.Burst = 100, 200
	client, err1 := kubernetes.NewForConfig(config)
	dynamicClient, err2 := dynamic.NewForConfig(config)
	folder, err3 := filepath.Abs(*volumes) // a PersistentVolume's path must be absolute
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}

	namespaces := informers.NewSharedInformerFactory(client, 0).Core().V1().Namespaces()
	handlers := http.NewServeMux()
	handlers.Handle("POST /pods", &podAdmission{namespaces.Lister(), dynamicClient, rangeTimeout})
	// Healthy as soon as it serves: a pod waits for what is not known yet.
	handlers.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})

	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return (&namespaceController{client: client, informer: namespaces}).run(ctx) })
	group.Go(func() error { return (&volumeProvisioner{client, folder}).run(ctx) })
	group.Go(func() error { return serve(ctx, handlers) })
	return group.Wait()
}

// serve answers over TLS until ctx ends, then finishes the requests under way.
func serve(ctx context.Context, handler http.Handler) error {
	tlsConfig := &tls.Config{MinVersion: tls.VersionTLS13}
	server := &http.Server{Addr: *webhookAddress, Handler: handler, TLSConfig: tlsConfig, ReadHeaderTimeout: 5 * time.Second}
	stopped := make(chan error, 1)
	context.AfterFunc(ctx, func() {
		// Longer than a pod may wait for its namespace.
		grace, cancel := context.WithTimeout(context.Background(), rangeTimeout+2*time.Second)
		defer cancel()
		stopped <- server.Shutdown(grace)
	})
	klog.InfoS("Serving", "address", *webhookAddress)
	if err := server.ListenAndServeTLS(*webhookCert, *webhookKey); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("webhook server: %w", err)
	}
	return <-stopped
}
