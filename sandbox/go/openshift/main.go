// Command openshift adds to a plain Kubernetes what OpenShift's own controllers do: ID ranges for namespaces, security
// contexts for pods, a router for Routes, and volumes for claims; or, with --network-policies, it enforces those. It is
// part of the sandbox; a real OpenShift brings all of it.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"net/http"
	"os"
	"time"

	routeclient "github.com/openshift/client-go/route/clientset/versioned"
	securityclient "github.com/openshift/client-go/security/clientset/versioned/typed/security/v1"
	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
)

var (
	kubeconfig      = flag.String("kubeconfig", "", "file with the API server's address and the credentials to use")
	webhookAddress  = flag.String("webhook-address", "", "<host>:<port> where the API server reaches the admission webhook")
	webhookCert     = flag.String("webhook-cert", "", "PEM file with the webhook's certificate")
	webhookKey      = flag.String("webhook-key", "", "PEM file with the webhook's private key")
	haproxyTemplate = flag.String("haproxy-template", "", "file with the template of the router's configuration")
	haproxyConfig   = flag.String("haproxy-config", "", "file to write the router's configuration to")
	haproxySocket   = flag.String("haproxy-socket", "", "socket of haproxy's master process")
	routerDomain    = flag.String("router-domain", "", "domain of the Routes that ask for a subdomain only")
	volumes         = flag.String("volumes", "", "absolute path of the folder for the volumes' data")

	policySocket   = flag.String("network-policies", "", "socket to serve on as the enforcer of NetworkPolicies, and nothing else")
	table          = flag.String("nftables-table", "", "name of the table with the enforcer's rules")
	bridge         = flag.String("bridge", "", "interface that all pods and nodes hang on")
	serviceNetwork = flag.String("service-network", "", "range of the Services' addresses")
	routerAddress  = flag.String("router-address", "", "address that the router connects to pods from")
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

// repeat works again and again until ctx ends, with a pause in between; what failed is tried again the next time.
func repeat(ctx context.Context, pause time.Duration, failure string, work func(context.Context) error) error {
	wait.UntilWithContext(ctx, func(ctx context.Context) {
		if err := work(ctx); err != nil {
			klog.ErrorS(err, failure+", trying again")
		}
	}, pause)
	return nil
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
	routeClient, err2 := routeclient.NewForConfig(config)
	securityClient, err3 := securityclient.NewForConfig(config)
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}

	factory := informers.NewSharedInformerFactory(client, 0)
	if *policySocket != "" {
		enforcer := &policyEnforcer{
			informers: factory,
			attached:  map[string]types.UID{},
			network:   network{table: *table, bridge: *bridge, router: *routerAddress, services: *serviceNetwork},
		}
		return enforcer.run(context.Background(), *policySocket)
	}
	namespaces := factory.Core().V1().Namespaces()
	handlers := http.NewServeMux()
	handlers.Handle("POST /pods", &podAdmission{namespaces.Lister(), securityClient, client, rangeTimeout})
	// Healthy as soon as it serves: a pod waits for what is not known yet.
	handlers.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	tlsConfig := &tls.Config{MinVersion: tls.VersionTLS13}
	server := &http.Server{Addr: *webhookAddress, Handler: handlers, TLSConfig: tlsConfig, ReadHeaderTimeout: 5 * time.Second}

	router := &router{
		client: routeClient, endpointSlices: factory.Discovery().V1().EndpointSlices(),
		template: *haproxyTemplate, config: *haproxyConfig, socket: *haproxySocket, domain: *routerDomain,
	}
	if err := router.init(); err != nil {
		return err
	}

	group, ctx := errgroup.WithContext(context.Background())
	group.Go(func() error { return (&namespaceController{client: client, informer: namespaces}).run(ctx) })
	group.Go(func() error { return router.run(ctx) })
	group.Go(func() error { return (&volumeProvisioner{client, *volumes}).run(ctx) })
	group.Go(func() error { return server.ListenAndServeTLS(*webhookCert, *webhookKey) })
	<-ctx.Done()
	return context.Cause(ctx)
}
