// Command openshift adds to a plain Kubernetes what OpenShift's own controllers do: ID ranges for namespaces, security
// contexts for pods, and volumes for claims; or, with --network-policies, it enforces those. It is part of the sandbox; a
// real OpenShift brings all of it.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"net/http"
	"os"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/types"
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
	volumes        = flag.String("volumes", "", "absolute path of the folder for the volumes' data")

	policySocket  = flag.String("network-policies", "", "socket to serve on as the enforcer of NetworkPolicies, and nothing else")
	table         = flag.String("nftables-table", "", "name of the table with the enforcer's rules")
	bridge        = flag.String("bridge", "", "interface that all pods and nodes hang on")
	routerAddress = flag.String("router-address", "", "address that the router connects to pods from")
)

func main() {
	if os.Getenv("CNI_COMMAND") != "" {
		networkPlugin()
		return
	}
	klog.InitFlags(nil)
	flag.Parse()
	if err := run(); err != nil {
		klog.Exit(err)
	}
}

// run starts all controllers and ends with the first error of any of them.
func run() error {
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		return err
	}
	// client-go's default of 5 requests a second would take minutes for a platform's claims.
	config.QPS, config.Burst = 100, 200
	client, err1 := kubernetes.NewForConfig(config)
	dynamicClient, err2 := dynamic.NewForConfig(config)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}

	if *policySocket != "" {
		enforcer := &policyEnforcer{
			informers: informers.NewSharedInformerFactory(client, 0),
			attached:  map[string]types.UID{},
			network:   network{table: *table, bridge: *bridge, router: *routerAddress},
		}
		return enforcer.run(context.Background(), *policySocket)
	}
	namespaces := informers.NewSharedInformerFactory(client, 0).Core().V1().Namespaces()
	handlers := http.NewServeMux()
	handlers.Handle("POST /pods", &podAdmission{namespaces.Lister(), dynamicClient, client, rangeTimeout})
	// Healthy as soon as it serves: a pod waits for what is not known yet.
	handlers.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	tlsConfig := &tls.Config{MinVersion: tls.VersionTLS13}
	server := &http.Server{Addr: *webhookAddress, Handler: handlers, TLSConfig: tlsConfig, ReadHeaderTimeout: 5 * time.Second}

	group, ctx := errgroup.WithContext(context.Background())
	group.Go(func() error { return (&namespaceController{client: client, informer: namespaces}).run(ctx) })
	group.Go(func() error { return (&volumeProvisioner{client, *volumes}).run(ctx) })
	group.Go(func() error { return server.ListenAndServeTLS(*webhookCert, *webhookKey) })
	<-ctx.Done()
	return context.Cause(ctx)
}
