import { type Finding, field, finding, type Manifest, ofKind } from "../objects/manifest";

/** Routes are the only way in, and speak TLS: plain HTTP is redirected. */
export const exposure = (manifests: readonly Manifest[]): Finding[] => [
  ...ofKind(manifests, "Route").flatMap((route) => routeProblems(route).map((problem) => finding(route, problem))),
  ...ofKind(manifests, "Service").flatMap((service) =>
    beyondTheCluster(service).map((problem) => finding(service, `${problem}: only Routes lead into the cluster`)),
  ),
  ...ofKind(manifests, "Ingress").map((ingress) => finding(ingress, "spec: an Ingress; only Routes lead in")),
];

function routeProblems(route: Manifest): string[] {
  const tls = (key: string) => field<string>(route, "spec", "tls", key);
  const termination = tls("termination");
  const insecure = tls("insecureEdgeTerminationPolicy");
  return [
    ...(["edge", "reencrypt"].includes(termination ?? "")
      ? []
      : [`tls.termination is ${termination}: TLS does not end at the router`]),
    ...(insecure === "Redirect" ? [] : [`tls.insecureEdgeTerminationPolicy is ${insecure} instead of Redirect`]),
  ];
}

function beyondTheCluster(service: Manifest): string[] {
  const type = field<string>(service, "spec", "type") ?? "ClusterIP";
  const addresses = field<readonly string[]>(service, "spec", "externalIPs");
  return [
    ...(type === "ClusterIP" ? [] : [`spec.type is ${type}`]),
    ...(addresses ? [`spec.externalIPs is ${addresses}`] : []),
  ];
}
