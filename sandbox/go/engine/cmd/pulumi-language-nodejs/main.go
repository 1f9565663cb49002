// Command pulumi-language-nodejs is the sandbox's language host for Node.js: the gRPC server through which the Pulumi
// engine runs programs, policy packs and plugins written for Node.js. It stands in for the official host, which is not
// published as a Go module, and understands npm only. The engine starts it with its own address as the last argument
// and reads the port from the first line of stdout.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/cmdutil"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"github.com/pulumi/pulumi/sdk/v3/go/common/version"
	"github.com/pulumi/pulumi/sdk/v3/nodejs/npm"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	host := &languageHost{ctx: ctx, cancel: cancel}
	if len(os.Args) > 1 {
		host.engine = os.Args[len(os.Args)-1]
		// An engine that died without a word must not leave this process behind.
		if err := rpcutil.Healthcheck(ctx, host.engine, 10*time.Second, cancel); err != nil {
			cmdutil.Exit(err)
		}
	}
	stop := make(chan bool)
	context.AfterFunc(ctx, func() { close(stop) })
	server, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: stop,
		Init: func(server *grpc.Server) error {
			pulumirpc.RegisterLanguageRuntimeServer(server, host)
			return nil
		},
	})
	if err != nil {
		cmdutil.Exit(err)
	}
	fmt.Println(server.Port)
	if err := <-server.Done; err != nil {
		cmdutil.Exit(err)
	}
}

type languageHost struct {
	pulumirpc.UnimplementedLanguageRuntimeServer
	engine string             // address of the engine
	ctx    context.Context    // ends with this process, or when the engine cancels
	cancel context.CancelFunc // stops every Node.js process that was started here
}

func (host *languageHost) Handshake(
	_ context.Context, request *pulumirpc.LanguageHandshakeRequest,
) (*pulumirpc.LanguageHandshakeResponse, error) {
	host.engine = request.EngineAddress
	return &pulumirpc.LanguageHandshakeResponse{}, nil
}

func (host *languageHost) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: version.Version}, nil
}

func (host *languageHost) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	host.cancel()
	return &emptypb.Empty{}, nil
}

// GetRequiredPackages names none: the SDKs send the version of their provider with each resource.
func (host *languageHost) GetRequiredPackages(
	context.Context, *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	return &pulumirpc.GetRequiredPackagesResponse{}, nil
}

// InstallDependencies installs exactly what the lock file says and runs no install scripts: those of Pulumi's packages
// only try to download plugins.
func (host *languageHost) InstallDependencies(
	request *pulumirpc.InstallDependenciesRequest, server pulumirpc.LanguageRuntime_InstallDependenciesServer,
) error {
	closer, stdout, stderr, err := rpcutil.MakeInstallDependenciesStreams(server, request.IsTerminal)
	if err != nil {
		return err
	}
	defer closer.Close()
	install := exec.CommandContext(server.Context(), "npm", "ci", "--ignore-scripts")
	install.Dir, install.Stdout, install.Stderr = request.Info.ProgramDirectory, stdout, stderr
	if err := install.Run(); err != nil {
		return fmt.Errorf("npm ci in %s: %w", install.Dir, err)
	}
	return closer.Close()
}

func (host *languageHost) About(ctx context.Context, _ *pulumirpc.AboutRequest) (*pulumirpc.AboutResponse, error) {
	node := exec.CommandContext(ctx, "node", "--version")
	version, err := node.Output()
	return &pulumirpc.AboutResponse{Executable: node.Path, Version: strings.TrimSpace(string(version))}, err
}

// GetProgramDependencies lists the npm packages in the program's lock file: the direct ones, or all.
func (host *languageHost) GetProgramDependencies(
	ctx context.Context, request *pulumirpc.GetProgramDependenciesRequest,
) (*pulumirpc.GetProgramDependenciesResponse, error) {
	manager, err := npm.ResolvePackageManager(npm.NpmPackageManager, request.Info.ProgramDirectory)
	if err != nil {
		return nil, err
	}
	packages, err := manager.ListPackages(ctx, request.Info.ProgramDirectory, request.TransitiveDependencies)
	response := &pulumirpc.GetProgramDependenciesResponse{}
	for _, found := range packages {
		dependency := &pulumirpc.DependencyInfo{Name: found.Name, Version: found.Version}
		response.Dependencies = append(response.Dependencies, dependency)
	}
	return response, err
}
