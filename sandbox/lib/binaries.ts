import * as fs from "node:fs";
import * as path from "node:path";
import { goBinary } from "./gobuild";
import { sources } from "./paths";

/** The version of a Go module that one of sandbox/go's modules pins, with its `v`. */
export function pinnedVersion(module: string, dependency: string): string {
  const file = path.join(sources, "go", module, "go.mod");
  const line = fs.readFileSync(file, "utf8").match(new RegExp(`^\\s*(?:require )?${dependency} (v\\S+)`, "m"));
  if (!line?.[1]) throw new Error(`${file} does not pin ${dependency}`);
  return line[1];
}

/** etcd, control plane, kubelet, kube-proxy and kubectl in one; clients parse the version that it reports. */
export function kube(): Promise<string> {
  const version = pinnedVersion("kube", "k8s.io/kubernetes");
  const [major, minor] = version.slice(1).split(".");
  const variables = { gitVersion: version, gitMajor: major, gitMinor: minor };
  const ldflags = Object.entries(variables).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  return goBinary("kube", "kube", ".", { ldflags: ldflags.join(" ") });
}

export function pause(): Promise<string> {
  return goBinary("pause", "kube", "./pause", { ldflags: "" });
}

export function coredns(): Promise<string> {
  return goBinary("coredns", "coredns", "github.com/coredns/coredns", { ldflags: "" });
}

export function kwok(): Promise<string> {
  const version = pinnedVersion("kwok", "sigs.k8s.io/kwok");
  const ldflags = `-X sigs.k8s.io/kwok/pkg/consts.Version=${version}`;
  return goBinary("kwok", "kwok", "sigs.k8s.io/kwok/cmd/kwok", { ldflags });
}

export function openshift(): Promise<string> {
  return goBinary("openshift", "openshift", ".", { ldflags: "" });
}
