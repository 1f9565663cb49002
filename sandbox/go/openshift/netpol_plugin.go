package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/containernetworking/cni/pkg/skel"
	cnitypes "github.com/containernetworking/cni/pkg/types"
	current "github.com/containernetworking/cni/pkg/types/100"
	"github.com/containernetworking/cni/pkg/version"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
)

// attachment is what the network plugin tells the policyEnforcer about a new pod.
type attachment struct {
	Namespace, Name, Address string
	UID                      types.UID
}

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
	body, err := json.Marshal(attachment{
		string(names.K8S_POD_NAMESPACE), string(names.K8S_POD_NAME), result.IPs[0].Address.IP.String(),
		types.UID(names.K8S_POD_UID),
	})
	if err != nil {
		return err
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", config.Socket)
	}
	client := http.Client{Transport: &http.Transport{DialContext: dial}}
	post := func(context.Context) (bool, error) {
		response, err := client.Post("http://localhost/pods", "application/json", bytes.NewReader(body))
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
