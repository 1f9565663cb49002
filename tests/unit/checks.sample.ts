import type { Labels, Manifest } from "../../policies/objects/manifest";

/** A small stack that passes every check in ha mode: an app of three on a database of three, a Job, a router. */

const version = { "app.kubernetes.io/version": "1.0", "app.kubernetes.io/managed-by": "pulumi" };
export const stable = (name: string): Labels => ({
  "app.kubernetes.io/name": name,
  "app.kubernetes.io/instance": "t",
  "app.kubernetes.io/component": "server",
});
const six = (name: string): Labels => ({ ...stable(name), ...version, "app.kubernetes.io/part-of": "datalyptica" });
const api: Readonly<Record<string, string>> = {
  ClusterRole: "rbac.authorization.k8s.io/v1",
  Deployment: "apps/v1",
  StatefulSet: "apps/v1",
  Job: "batch/v1",
  NetworkPolicy: "networking.k8s.io/v1",
  PodDisruptionBudget: "policy/v1",
  Role: "rbac.authorization.k8s.io/v1",
  RoleBinding: "rbac.authorization.k8s.io/v1",
  Route: "route.openshift.io/v1",
  SecurityContextConstraints: "security.openshift.io/v1",
};

function object(kind: string, namespace: string | undefined, name: string, service: string, rest: object): Manifest {
  const metadata = { name, ...(namespace ? { namespace } : {}), labels: six(service) };
  return { apiVersion: api[kind] ?? "v1", kind, metadata, ...rest };
}

const restricted: Labels = {
  "pod-security.kubernetes.io/enforce": "restricted",
  "security.openshift.io/scc.podSecurityLabelSync": "false",
};
const probe = { httpGet: { path: "/", port: "http" } };
const resources = { requests: { cpu: "500m", memory: "1Gi" }, limits: { cpu: "2", memory: "2Gi" } };
const confined = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
};

const container = (name: string, port: number | undefined, rest: object = {}) => ({
  name,
  image: `registry.example/${name}:1.0`,
  resources,
  securityContext: confined,
  ...(port ? { ports: [{ name: "http", containerPort: port }] } : {}),
  ...(port ? { startupProbe: probe, readinessProbe: probe, livenessProbe: probe } : {}),
  ...rest,
});

const template = (service: string, spec: object, scc = "restricted-v2") => ({
  metadata: { labels: six(service), annotations: { "openshift.io/required-scc": scc, "t/checksum": "1" } },
  spec: {
    serviceAccountName: service,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    ...spec,
  },
});

const apart = (service: string) => ({
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { labelSelector: { matchLabels: stable(service) }, topologyKey: "kubernetes.io/hostname" },
      ],
    },
  },
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: "topology.kubernetes.io/zone",
      whenUnsatisfiable: "ScheduleAnyway",
      labelSelector: { matchLabels: stable(service) },
    },
  ],
});

const peer = (namespace: string, service: string) => ({
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
  podSelector: { matchLabels: stable(service) },
});
const policy = (namespace: string, name: string, service: string | undefined, spec: object) =>
  object("NetworkPolicy", namespace, name, service ?? "network", {
    spec: { podSelector: service ? { matchLabels: stable(service) } : {}, ...spec },
  });
const service = (namespace: string, name: string, of: string, spec: object) =>
  object("Service", namespace, name, of, { spec: { selector: stable(of), ...spec } });
const dnsPorts = ["UDP", "TCP"].map((protocol) => ({ protocol, port: 5353 }));
const dnsPeer = { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "openshift-dns" } } };

const bindingOf = (kind: string, name: string) => ({
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind, name },
  subjects: [{ kind: "ServiceAccount", name: "db", namespace: "t-storage" }],
});
const sccUse = {
  apiGroups: ["security.openshift.io"],
  resources: ["securitycontextconstraints"],
  resourceNames: ["t-stateful"],
  verbs: ["use"],
};
/** What an SCC must forbid. */
export const sccFlags = ["PrivilegedContainer", "PrivilegeEscalation", "HostDirVolumePlugin"]
  .concat(["HostIPC", "HostNetwork", "HostPID", "HostPorts"])
  .map((what) => `allow${what}`);

export const sample: readonly Manifest[] = [
  ...["t-storage", "t-data"].map((name) => {
    const { metadata, ...rest } = object("Namespace", undefined, name, "network", {});
    return { ...rest, metadata: { ...metadata, labels: { ...metadata.labels, ...restricted } } };
  }),
  ...["t-storage", "t-data"].flatMap((namespace) => [
    policy(namespace, "default-deny", undefined, { policyTypes: ["Ingress", "Egress"] }),
    policy(namespace, "dns", undefined, {
      policyTypes: ["Egress"],
      egress: [{ to: [dnsPeer], ports: dnsPorts }],
    }),
  ]),

  object("SecurityContextConstraints", undefined, "t-stateful", "network", {
    ...Object.fromEntries(sccFlags.map((flag) => [flag, false])),
    priority: 0,
    readOnlyRootFilesystem: true,
    ...{ allowedCapabilities: [], defaultAddCapabilities: [], requiredDropCapabilities: ["ALL"] },
    runAsUser: { type: "MustRunAsRange" },
    seLinuxContext: { type: "MustRunAs" },
    fsGroup: { type: "MustRunAs" },
    supplementalGroups: { type: "MustRunAs" },
    seccompProfiles: ["runtime/default"],
    volumes: ["configMap", "persistentVolumeClaim"],
  }),
  object("ClusterRole", undefined, "t-stateful", "network", { rules: [sccUse] }),
  object("RoleBinding", "t-storage", "t-stateful", "db", bindingOf("ClusterRole", "t-stateful")),

  object("ServiceAccount", "t-storage", "db", "db", { automountServiceAccountToken: false }),
  object("Role", "t-storage", "db", "db", {
    rules: [{ apiGroups: [""], resources: ["endpoints"], verbs: ["get", "patch"] }],
  }),
  object("RoleBinding", "t-storage", "db", "db", bindingOf("Role", "db")),
  object("Secret", "t-storage", "db", "db", { stringData: { username: "postgres", password: "correct-horse" } }),
  object("ConfigMap", "t-storage", "db", "db", {
    data: { "db.conf": "peer = db-0.db-pods.t-storage.svc:5432\nregion = us-east-1.example.com\nuser = postgres" },
  }),
  object("StatefulSet", "t-storage", "db", "db", {
    spec: {
      replicas: 3,
      serviceName: "db-pods",
      selector: { matchLabels: stable("db") },
      template: template(
        "db",
        {
          ...apart("db"),
          automountServiceAccountToken: true,
          containers: [
            container("db", 5432, {
              env: [
                { name: "POD", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
                { name: "ADDRESS", value: "$(POD).db-pods.t-storage.svc:5432" },
                { name: "DB_PASSWORD", valueFrom: { secretKeyRef: { name: "db", key: "password" } } },
              ],
              volumeMounts: [
                { name: "config", mountPath: "/etc/db" },
                { name: "data", mountPath: "/data" },
              ],
            }),
          ],
          volumes: [{ name: "config", configMap: { name: "db", items: [{ key: "db.conf", path: "db.conf" }] } }],
        },
        "t-stateful",
      ),
      volumeClaimTemplates: [
        {
          metadata: { name: "data", labels: stable("db") },
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "10Gi" } } },
        },
      ],
    },
  }),
  service("t-storage", "db-pods", "db", { clusterIP: "None", ports: [{ name: "http", port: 5432 }] }),
  object("Service", "t-storage", "db", "db", { spec: { ports: [{ name: "http", port: 5432 }] } }),
  object("PodDisruptionBudget", "t-storage", "db", "db", {
    spec: { maxUnavailable: 1, selector: { matchLabels: stable("db") } },
  }),
  policy("t-storage", "db", "db", {
    policyTypes: ["Ingress", "Egress"],
    ingress: [
      { from: [peer("t-data", "app"), peer("t-storage", "db")], ports: [{ port: "http" }] },
      { from: [{ podSelector: { matchLabels: stable("db-init") } }], ports: [{ port: 5432 }] },
    ],
    egress: [
      { to: [{ podSelector: { matchLabels: stable("db") } }], ports: [{ port: 5432 }] },
      { ports: [{ port: 6443 }] },
    ],
  }),

  object("ServiceAccount", "t-storage", "db-init", "db-init", { automountServiceAccountToken: false }),
  object("Job", "t-storage", "db-init-1a2b", "db-init", {
    spec: {
      template: template("db-init", {
        restartPolicy: "Never",
        containers: [
          container("init", undefined, {
            command: [
              "sh",
              "-c",
              'psql "host=db port=5432 dbname=app" && psql postgresql://$(USER)@db:5432/app; x=$(date)',
            ],
            env: [{ name: "USER", valueFrom: { secretKeyRef: { name: "db", key: "username" } } }],
          }),
        ],
      }),
    },
  }),
  policy("t-storage", "db-init", "db-init", {
    policyTypes: ["Egress"],
    egress: [{ to: [{ podSelector: { matchLabels: stable("db") } }], ports: [{ port: 5432 }] }],
  }),

  object("ServiceAccount", "t-data", "app", "app", { automountServiceAccountToken: false }),
  object("Deployment", "t-data", "app", "app", {
    spec: {
      replicas: 3,
      selector: { matchLabels: stable("app") },
      template: template("app", {
        ...apart("app"),
        initContainers: [container("wait", undefined)],
        containers: [
          container("app", 8080, {
            volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
            env: [
              { name: "DB_HOST", value: "db.t-storage.svc.cluster.local" },
              { name: "DB_PORT", value: "5432" },
              { name: "DB_URL", value: "jdbc:postgresql://db.t-storage.svc:5432/app?x=1" },
              { name: "SELF", value: "http://app:80/ui" },
            ],
          }),
        ],
        volumes: [{ name: "tmp", emptyDir: {} }],
      }),
    },
  }),
  service("t-data", "app", "app", { ports: [{ name: "web", port: 80, targetPort: "http" }] }),
  object("PodDisruptionBudget", "t-data", "app", "app", {
    spec: { minAvailable: 2, selector: { matchLabels: stable("app") } },
  }),
  object("Route", "t-data", "app", "app", {
    spec: {
      host: "app.example.com",
      to: { kind: "Service", name: "app" },
      port: { targetPort: "web" },
      tls: { termination: "edge", insecureEdgeTerminationPolicy: "Redirect" },
    },
  }),
  policy("t-data", "app", "app", {
    policyTypes: ["Ingress", "Egress"],
    ingress: [
      {
        from: [{ namespaceSelector: { matchLabels: { "policy-group.network.openshift.io/ingress": "" } } }],
        ports: [{ port: 8080 }],
      },
    ],
    egress: [{ to: [peer("t-storage", "db")], ports: [{ port: 5432 }] }],
  }),
];

/** The flows of the sample's diagram. */
export const sampleFlows = [
  { from: "t-data/app", to: "t-storage/db", port: 5432 },
  { from: "t-storage/db", to: "t-storage/db", port: 5432 },
  { from: "t-storage/db-init-*", to: "t-storage/db", port: 5432 },
];

/** Patroni's part of the sample. */
export const sampleAtRunTime = { endpointsBy: { db: "db" }, labels: ["role"] };

/**
 * A copy of the sample in which one field of one object has another value (`undefined` takes it away).
 * @param path keys and indices, e.g. `spec.ports.0.port`; a key with dots is given as the only element of a list
 */
export const changed = (kind: string, name: string, path: string | readonly string[], value: unknown): Manifest[] =>
  changedIn(sample, kind, name, path, value);

/** The same of any stack. */
export function changedIn(
  stack: readonly Manifest[],
  kind: string,
  name: string,
  path: string | readonly string[],
  value: unknown,
): Manifest[] {
  const copy: Manifest[] = JSON.parse(JSON.stringify(stack)); // unlike structuredClone, it shares no part
  const object = copy.find((m) => m.kind === kind && m.metadata.name === name);
  if (!object) throw new Error(`the stack has no ${kind} ${name}`);
  const keys = typeof path === "string" ? path.split(".") : path;
  const last = keys.at(-1) ?? "";
  let target = object as unknown as Record<string, unknown>;
  for (const key of keys.slice(0, -1)) {
    target[key] ??= {};
    target = target[key] as Record<string, unknown>;
  }
  if (value === undefined) delete target[last];
  else target[last] = value;
  return copy;
}

/** The sample without one object. */
export const without = (kind: string, name: string): Manifest[] =>
  sample.filter((m) => !(m.kind === kind && m.metadata.name === name));
