import * as assert from "node:assert/strict";
import { type Manifest, report } from "../../policies/objects/manifest";
import { provenFlows } from "../checks/flows";
import { describeCheck, itFinds } from "./checks.runner";
import { changed, changedIn, sample, sampleAtRunTime, sampleFlows, without } from "./checks.sample";
import { policy } from "./checks.world";

const db = "spec.template.spec.containers.0";

describeCheck("network", [
  [
    "an egress port nobody serves",
    changed("NetworkPolicy", "db", "spec.egress.1.ports.0.port", 6444),
    /opens port 6444/,
  ],
]);

describeCheck("flows", [
  [
    "a missing egress",
    changed("NetworkPolicy", "app", "spec.egress", []),
    /must pass, but is refused: egress of t-data\/app/,
  ],
  [
    "a missing ingress",
    changed("NetworkPolicy", "db", "spec.ingress.0.from", [{ podSelector: {} }]),
    /must pass, but is refused: ingress of t-storage\/db/,
  ],
  [
    "peers as alternatives",
    changed("NetworkPolicy", "db", "spec.ingress.1.from", [{ namespaceSelector: {} }, { podSelector: {} }]),
    /router-default -> t-storage\/db:5432.* nobody declared/,
  ],
  ["no DNS", without("NetworkPolicy", "dns"), /openshift-dns.* must pass/],
  [
    "an undeclared port",
    changed("NetworkPolicy", "db-init", "spec.egress", [{}]),
    /internet\/host:443.* nobody declared/,
  ],
  [
    "the API server for all",
    changed("NetworkPolicy", "dns", "spec.egress.1", { ports: [{ port: 6443 }] }),
    /api-server:6443.* nobody declared/,
  ],
  ["no API server", changed("NetworkPolicy", "db", "spec.egress.1", undefined), /api-server:6443.* must pass/],
  [
    "a Route without ingress",
    changed("NetworkPolicy", "app", "spec.ingress", []),
    /router-default -> t-data\/app:8080.* must pass/,
  ],
  [
    "a router that is selected by pod",
    changed("NetworkPolicy", "app", "spec.ingress.0.from.0.podSelector", { matchLabels: { a: "b" } }),
    /router-default.* must pass/,
  ],
  ["an open router", without("Route", "app"), /router-default -> t-data\/app:8080.* nobody declared/],
  [
    "an egress without peers",
    changed("NetworkPolicy", "app", "spec.egress.0.to", undefined),
    /app -> internet\/host:5432.* nobody declared/,
  ],
  [
    "an egress without pods",
    changed("NetworkPolicy", "app", "spec.egress.0.to.0.podSelector", undefined),
    /app -> t-storage\/db-init-1a2b:5432.* refused by one side only/,
  ],
  [
    "an ingress from every namespace",
    changed("NetworkPolicy", "db", "spec.ingress.1.from", [{ namespaceSelector: {} }]),
    /router-default -> t-storage\/db:5432.* nobody declared/,
  ],
  [
    "an ingress on all ports",
    changed("NetworkPolicy", "app", "spec.ingress.0.ports", undefined),
    /router-default -> t-data\/app:9\/TCP.* nobody declared/,
  ],
  [
    "a flow declared to a port that is not served",
    changed("StatefulSet", "db", `${db}.ports.0.containerPort`, 5433),
    /no such workload or container port/,
  ],
]);

describe("declared flows", () => {
  const judge = (flows: typeof sampleFlows) => report(provenFlows(sample, flows, sampleAtRunTime));
  it("that are forgotten show as allowed", () =>
    assert.match(judge(sampleFlows.slice(1)), /app -> t-storage\/db:5432\/TCP: is allowed/));
  it("that no policy lets through show as refused", () =>
    assert.match(
      judge([...sampleFlows, { from: "t-storage/db", to: "t-data/app", port: 8080 }]),
      /db -> t-data\/app:8080\/TCP: must pass/,
    ));
  it("of a single pod to a port nobody serves are found", () =>
    assert.match(
      judge([...sampleFlows, { from: "t-storage/db-init-1a2b", to: "t-storage/db", port: 1 }]),
      /no such workload or container port/,
    ));
  it("to nobody are found", () =>
    assert.match(
      judge([...sampleFlows, { from: "t-data/app", to: "t-data/ap", port: 1 }]),
      /no such workload or container port/,
    ));
});

describe("flows of a build", () => {
  const port = (number: number) => [{ protocol: "TCP", port: number }];
  const registry = {
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "openshift-image-registry" } },
  };
  const egress = [
    { to: [{ ipBlock: { cidr: "0.0.0.0/0" } }], ports: port(443) },
    { to: [registry], ports: port(5000) },
    { ports: port(6443) },
  ];
  const outwards = (name: string, labels: object): Manifest =>
    policy("t-data", name, { podSelector: { matchLabels: labels }, policyTypes: ["Ingress", "Egress"], egress });
  const building: readonly Manifest[] = [
    ...sample,
    { apiVersion: "build.openshift.io/v1", kind: "Build", metadata: { name: "image-1a2b", namespace: "t-data" } },
    outwards("image-build", { "openshift.io/build.name": "image-1a2b" }),
  ];
  const altered = (path: string | readonly string[], value: unknown) =>
    changedIn(building, "NetworkPolicy", "image-build", path, value);

  itFinds(
    (manifests) => provenFlows(manifests, sampleFlows, sampleAtRunTime),
    [
      [
        "a workload that reaches as much as a build",
        [...building, outwards("app-too", { "app.kubernetes.io/name": "app" })],
        /t-data\/app -> internet\/host:443\/TCP: is allowed, but nobody declared it/,
      ],
      ["a build without the internet", altered("spec.egress.0.ports", port(444)), /internet\/host:443.* must pass/],
      ["a build without the registry", altered("spec.egress.1", egress[0]), /image-registry:5000.* must pass/],
      ["a build without the API server", altered("spec.egress.2", egress[0]), /api-server:6443.* must pass/],
      [
        "a build that reaches every port of the internet",
        altered("spec.egress.0.ports", undefined),
        /image-1a2b -> internet\/host:80\/TCP: is allowed/,
      ],
      [
        "a build that reaches a pod by the internet's port",
        [
          ...changedIn(building, "Deployment", "app", `spec.template.spec.containers.0.ports.1`, {
            containerPort: 443,
          }),
          policy("t-data", "open", { podSelector: {}, policyTypes: ["Ingress"], ingress: [{ ports: port(443) }] }),
        ],
        /image-1a2b -> t-data\/app:443\/TCP: is allowed/,
      ],
      [
        "a policy of another build",
        altered(["spec", "podSelector", "matchLabels", "openshift.io/build.name"], "image-3c4d"),
        /image-1a2b -> internet\/host:443.* must pass/,
      ],
    ],
    building,
  );
});
