import type { Manifest } from "../../policies/objects/manifest";
import { describeEdges } from "./checks.runner";
import { changed, changedIn, sample } from "./checks.sample";

const pod = "spec.template.spec";
const main = `${pod}.containers.0`;
const app = (path: string | readonly string[], value: unknown) => changed("Deployment", "app", path, value);
const db = (path: string | readonly string[], value: unknown) => changed("StatefulSet", "db", path, value);
const job = (path: string | readonly string[], value: unknown) => changed("Job", "db-init-1a2b", path, value);
const conf = (text: string) => changed("ConfigMap", "db", "data", { "db.conf": text });
const second = { name: "admin", containerPort: 9090 };
const twoPorts = changedIn(app(`${main}.ports.1`, second), "Service", "app", "spec.ports.1", {
  name: "admin",
  port: 90,
  targetPort: "admin",
});
const route = (port: unknown) => changedIn(twoPorts, "Route", "app", "spec.port", port);
const toAdmin = (port: unknown) => changedIn(route(port), "NetworkPolicy", "app", "spec.ingress.0.ports.0.port", 9090);
const alone = app("spec.replicas", 1);
const flowless = (stack: readonly Manifest[]) =>
  changedIn(stack, "NetworkPolicy", "db", "spec.egress.0", { ports: [{ port: 6443 }] });

describeEdges("edges of connections and flows", [
  ["connections", "a Route without port to a Service of one", changed("Route", "app", "spec.port", undefined), "right"],
  ["connections", "a Route without port to a Service of two", route(undefined), /names no port/],
  ["connections", "a Route to one of two ports", route({ targetPort: "admin" }), "right"],
  ["connections", "a Route to the pods' port by number", route({ targetPort: 8080 }), /has no port/],
  [
    "dns names",
    "one of two ports of a Service",
    changedIn(twoPorts, "Deployment", "app", `${main}.env.3.value`, "http://app:90"),
    "right",
  ],
  ["flows", "a Route without port", changed("Route", "app", "spec.port", undefined), "right"],
  ["flows", "a Route to the second port", toAdmin({ targetPort: "admin" }), "right"],
  ["flows", "a Route that leads elsewhere than the policy", toAdmin({ targetPort: "web" }), /app:8080\/TCP: must pass/],
  ["flows", "a workload of one pod, which nobody lets talk to itself", alone, "right"],
  ["flows", "a single pod without the flow to itself", flowless(db("spec.replicas", 1)), "right"],
  [
    "flows",
    "several pods without the flow to themselves",
    flowless(sample),
    /db -> t-storage\/db:5432\/TCP: must pass/,
  ],
  [
    "network",
    "a range with a port in it",
    changed("NetworkPolicy", "db", "spec.ingress.0.ports.0", { port: 5432, endPort: 5433 }),
    "right",
  ],
  [
    "network",
    "a range up to a port",
    changed("NetworkPolicy", "db", "spec.ingress.0.ports.0", { port: 5000, endPort: 5432 }),
    "right",
  ],
  [
    "network",
    "a range above all ports",
    changed("NetworkPolicy", "db", "spec.ingress.0.ports.0", { port: 5433, endPort: 6000 }),
    /opens port 5433/,
  ],
  [
    "network",
    "a range below all ports",
    changed("NetworkPolicy", "db", "spec.ingress.0.ports.0", { port: 5000, endPort: 5431 }),
    /opens port 5000/,
  ],
  [
    "network",
    "a namespace of two that nobody closes",
    changed("NetworkPolicy", "default-deny", "metadata.namespace", "t-data"),
    /Namespace t-storage: no policy denies/,
  ],
  [
    "network",
    "an egress peer that is nobody",
    changed("NetworkPolicy", "app", "spec.egress.0.to.1", { podSelector: { matchLabels: { a: "b" } } }),
    /no pod fits its peer/,
  ],
]);

describeEdges("edges of names in configuration", [
  [
    "dns names",
    "names of the cluster's own services",
    conf("https://kubernetes.default.svc:443 image-registry.openshift-image-registry.svc:5000"),
    "right",
  ],
  [
    "dns names",
    "names outside the cluster",
    conf("https://t-data.example.com:8443 and localhost:5432, http://localhost:1, 10.0.0.1:5432"),
    "right",
  ],
  [
    "dns names",
    "buckets, files and images",
    conf("s3://db.backup/x registry.example/db:16 /etc/db.t-storage.svc-files"),
    "right",
  ],
  [
    "dns names",
    "a HOST that is a directory",
    job(`${main}.env`, [
      { name: "PGHOST", value: "/tmp" },
      { name: "PGPORT", value: "1" },
    ]),
    "right",
  ],
  [
    "dns names",
    "a variable of another name with a word",
    job(`${main}.env`, [{ name: "MODE", value: "app" }]),
    "right",
  ],
  ["dns names", "a HOST without its PORT", job(`${main}.env`, [{ name: "DB_HOSTNAME", value: "db" }]), "right"],
  ["dns names", "the name of a port", conf("_http._tcp.db-pods.t-storage.svc.cluster.local."), "right"],
  [
    "dns names",
    "a pod under the Service of a Deployment",
    changedIn(conf("app-0.app.t-data.svc"), "Service", "app", "spec.clusterIP", "None"),
    /no pod "app-0"/,
  ],
  ["dns names", "the last pod of a range", conf("http://db-{0...2}.db-pods.t-storage.svc:5432"), "right"],
  ["secrets", "a name that a Secret holds beside its password", conf("user = postgres, role = postgres"), "right"],
  [
    "secrets",
    "a secret key although access keys are public",
    [...changedIn(conf("minio-key"), "Secret", "db", "stringData", { secretAccessKey: "minio-key" })],
    /db secretAccessKey/,
  ],
  [
    "secrets",
    "a value of eight characters, from base64",
    changedIn(conf("x=12345678"), "Secret", "db", "data", { pin: Buffer.from("12345678").toString("base64") }),
    /db pin/,
  ],
  [
    "secrets",
    "a value in binary data",
    changed("ConfigMap", "db", "binaryData", { x: Buffer.from("a correct-horse").toString("base64") }),
    /contains the value/,
  ],
  [
    "secrets",
    "a certificate",
    changedIn(conf("-----BEGIN CERTIFICATE-----"), "Secret", "db", "stringData", {
      crt: "-----BEGIN CERTIFICATE-----",
    }),
    "right",
  ],
  [
    "secrets",
    "a password that is a path or composed",
    app(`${main}.env.0`, { name: "ADMIN_PASSWORD", value: "/run/password" }),
    "right",
  ],
]);
