package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/containernetworking/cni/pkg/skel"
	cnitypes "github.com/containernetworking/cni/pkg/types"
	current "github.com/containernetworking/cni/pkg/types/100"
	"github.com/containernetworking/cni/pkg/version"
	"k8s.io/apimachinery/pkg/util/wait"
)

// networkPlugin is this program as the last plugin of the network's configuration, run by containerd for every pod: the
// pod starts only when its rules are in force, as with real network plugins. What has ended needs no call:
// rules follow the API server's pods.
func networkPlugin() {
	nothing := func(*skel.CmdArgs) error { return nil }
	functions := skel.CNIFuncs{Add: attachPod, Check: nothing, Del: nothing}
	skel.PluginMainFuncs(functions, version.All, "waits for the rules of NetworkPolicies")
}

func attachPod(args *skel.CmdArgs) error {
	var config struct {
		cnitypes.NetConf
		Socket string `json:"socket"` // of the policyEnforcer
	}
	var names struct {
		cnitypes.CommonArgs
		K8S_POD_NAMESPACE, K8S_POD_NAME, K8S_POD_UID cnitypes.UnmarshallableString
	}
	err := errors.Join(json.Unmarshal(args.StdinData, &config), cnitypes.LoadArgs(args.Args, &names))
	if err == nil {
		err = version.ParsePrevResult(&config.NetConf)
	}
	if err != nil {
		return err
	}
	result, err := current.GetResult(config.PrevResult)
	if err != nil {
		return err
	}
	pod := url.Values{
		"namespace": {string(names.K8S_POD_NAMESPACE)}, "name": {string(names.K8S_POD_NAME)},
		"uid": {string(names.K8S_POD_UID)}, "address": {result.IPs[0].Address.IP.String()},
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", config.Socket)
	}
	client := http.Client{Transport: &http.Transport{DialContext: dial}}
	post := func(context.Context) (bool, error) {
		response, err := client.PostForm("http://localhost/pods", pod)
		if err != nil {
			return false, nil // the first pods may be earlier than the enforcer
		}
		if response.StatusCode != http.StatusOK {
			return false, fmt.Errorf("the answer is %s", response.Status)
		}
		return true, nil
	}
	err = wait.PollUntilContextTimeout(context.Background(), 50*time.Millisecond, attachTimeout, true, post)
	if err != nil {
		return fmt.Errorf("no rules of NetworkPolicies for the pod from %s: %w", config.Socket, err)
	}
	return cnitypes.PrintResult(config.PrevResult, config.CNIVersion)
}
