package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/fsutil"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// The SDK's exit code for "failed, and the user has been told why".
const exitAfterMessage = 32

// Run runs a program to its end. What it prints is copied to our own stdout and stderr, which the engine shows; its
// resources and log lines go to the engine directly.
func (host *languageHost) Run(ctx context.Context, request *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	args := []string{
		"--monitor", request.MonitorAddress,
		"--engine", host.engine,
		"--organization", request.Organization,
		"--project", request.Project,
		"--root-directory", request.Info.RootDirectory,
		"--stack", request.Stack,
		"--pwd", request.Info.ProgramDirectory,
		"--parallel", strconv.Itoa(int(request.Parallel)),
	}
	if request.DryRun {
		args = append(args, "--dry-run")
	}
	args = append(append(args, request.Info.EntryPoint), request.Args...)
	node, err := host.node(ctx, request.Info, "run", args)
	if err != nil {
		return &pulumirpc.RunResponse{Error: err.Error()}, nil
	}
	node.Env = append(node.Env, configuration(request.Config, request.ConfigSecretKeys)...)
	// Wrapped, so that Node.js gets pipes: it would switch our own descriptors to non-blocking.
	node.Stdout, node.Stderr = struct{ io.Writer }{os.Stdout}, struct{ io.Writer }{os.Stderr}

	switch err := node.Run(); {
	case err == nil:
		return &pulumirpc.RunResponse{}, nil
	case node.ProcessState.ExitCode() == exitAfterMessage:
		return &pulumirpc.RunResponse{Bail: true}, nil
	default:
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("the program ended without success: %v", err)}, nil
	}
}

// RunPlugin runs a provider or a policy pack until the engine closes the stream.
func (host *languageHost) RunPlugin(
	request *pulumirpc.RunPluginRequest, server pulumirpc.LanguageRuntime_RunPluginServer,
) error {
	ctx, program := server.Context(), request.Info.ProgramDirectory
	closer, stdout, stderr, err := rpcutil.MakeRunPluginStreams(server, false)
	if err != nil {
		return err
	}
	defer closer.Close()

	policyPack := request.Kind == string(apitype.AnalyzerPlugin)
	script, args, pwd := "run-plugin", append([]string{program}, request.Args...), request.Pwd
	if policyPack {
		script, args, pwd = "run-policy-pack", append(request.Args, program), program
	}
	node, err := host.node(ctx, request.Info, script, args)
	if err != nil {
		return err
	}
	node.Dir, node.Stderr = pwd, stderr
	node.Env = append(node.Env, request.Env...)
	if !policyPack {
		node.Stdout = stdout
		return node.Run()
	}

	// A policy pack reads the stack's configuration from its environment, so it can only be started once the engine has
	// sent that: until then the SDK's proxy answers the engine.
	proxy, proxied, err := sdk.NewPolicyProxy(ctx, stdout)
	if err != nil {
		return err
	}
	stack, err := proxy.AwaitConfiguration(ctx)
	if err != nil {
		return err
	}
	if stack != nil {
		node.Env = append(append(node.Env, configuration(stack.Config, stack.ConfigSecretKeys)...),
			"PULUMI_NODEJS_ORGANIZATION="+stack.Organization,
			"PULUMI_NODEJS_PROJECT="+stack.Project,
			"PULUMI_NODEJS_STACK="+stack.Stack,
			"PULUMI_NODEJS_DRY_RUN="+strconv.FormatBool(stack.DryRun))
	}
	node.Stdout = proxied
	if err := node.Start(); err != nil {
		return err
	}
	return proxy.Attach(ctx, node)
}

// node is the command that runs one of the SDK's entry scripts with the runtime options of a project. It is interrupted,
// and after 5 seconds killed, when the call or the host ends.
func (host *languageHost) node(
	ctx context.Context, info *pulumirpc.ProgramInfo, script string, args []string,
) (*exec.Cmd, error) {
	scripts, err := fsutil.Searchup(info.ProgramDirectory, "node_modules/@pulumi/pulumi/cmd")
	if err != nil {
		return nil, fmt.Errorf("@pulumi/pulumi is not installed for %s (%w): run `npm ci --ignore-scripts` there",
			info.ProgramDirectory, err)
	}
	env := append(os.Environ(), "PULUMI_NODEJS_TYPESCRIPT=true")
	var nodeArgs []string
	for option, value := range info.Options.AsMap() {
		switch text := fmt.Sprint(value); option {
		case "typescript":
			env = append(env, "PULUMI_NODEJS_TYPESCRIPT="+text)
		case "tsconfig":
			env = append(env, "PULUMI_NODEJS_TSCONFIG_PATH="+text)
		case "nodeargs":
			nodeArgs = strings.Fields(text)
		default:
			return nil, fmt.Errorf("runtime option %s=%s: the sandbox's language host knows typescript (boolean), "+
				"tsconfig (path) and nodeargs (words separated by spaces)", option, text)
		}
	}

	running, stop := context.WithCancel(ctx)
	context.AfterFunc(host.ctx, stop)
	node := exec.CommandContext(running, "node", slices.Concat(nodeArgs, []string{filepath.Join(scripts, script)}, args)...)
	node.Env = env
	node.Cancel = func() error { return node.Process.Signal(os.Interrupt) }
	node.WaitDelay = 5 * time.Second
	return node, nil
}

// configuration is the environment in which the SDK looks for a stack's configuration.
func configuration(values map[string]string, secretKeys []string) []string {
	if len(values) == 0 {
		return nil
	}
	config, _ := json.Marshal(values) // maps and lists of strings always have a JSON form
	secrets, _ := json.Marshal(append([]string{}, secretKeys...))
	return []string{"PULUMI_CONFIG=" + string(config), "PULUMI_CONFIG_SECRET_KEYS=" + string(secrets)}
}
