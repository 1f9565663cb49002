import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import {
  type Alerting,
  alertingAllowed,
  alertingProblems,
  alertingSchema,
  nobodyIsTold,
  tellsNobody,
} from "./alerting";
import { catalogue, type ServiceName, serviceNames } from "./catalogue";
import { type DagBundle, dagBundlesAllowed, dagBundlesProblems, dagBundlesSchema } from "./dag-bundles";
import { type DbtProject, dbtProjectsAllowed, dbtProjectsOf, dbtProjectsSchema } from "./dbt-projects";
import { type FlinkJob, flinkJobsAllowed, flinkJobsOf, flinkJobsProblems, flinkJobsSchema } from "./flink-jobs";
import { type ImageSettings, imageNames } from "./images";
import type { Mode } from "./names";
import { type Size, type SizeOverride, sizeOf, type WorkloadName, workloadNames } from "./profiles";
import {
  type ValidationProject,
  validationProjectsAllowed,
  validationProjectsOf,
  validationProjectsSchema,
} from "./validation-projects";

/** The certificate of all Routes; absent = the router's default wildcard certificate. */
export interface RouteCertificate {
  readonly certificate: string;
  readonly key: string;
  readonly caCertificate?: string | undefined;
}

/** A table of the platform's PostgreSQL. */
export interface SourceTable {
  readonly database: string;
  readonly schema: string;
  readonly table: string;
}

const logCollections = ["api", "file"] as const;
export type LogCollection = (typeof logCollections)[number];

/** Stack config, checked and complete. Every key is described in Pulumi.yaml, which is its reference. */
export interface Settings {
  readonly mode: Mode;
  readonly prefix: string;
  readonly domain: string;
  readonly services: ReadonlySet<ServiceName>;
  readonly sizes: Readonly<Record<WorkloadName, Size>>;
  /** Tables of PostgreSQL whose changes go to the lakehouse. */
  readonly changeData: readonly SourceTable[];
  /** Streaming jobs that Flink keeps running. */
  readonly flinkJobs: readonly FlinkJob[];
  /** What dbt runs beside its demonstration. */
  readonly dbtProjects: readonly DbtProject[];
  /** What Great Expectations runs beside its demonstration. */
  readonly validationProjects: readonly ValidationProject[];
  /** Repositories that Airflow takes DAGs from. */
  readonly dagBundles: readonly DagBundle[];
  /** Who is told of alerts; absent = nobody. */
  readonly alerting: Alerting | undefined;
  /** Whether volumes and memory are watched through OpenShift's own monitoring. */
  readonly federateClusterMetrics: boolean;
  /** How logs are collected: through the API server, or from the nodes' files. */
  readonly logCollection: LogCollection;
  readonly storageClass: string | undefined;
  readonly images: ImageSettings;
  readonly routeCertificate: pulumi.Output<RouteCertificate> | undefined;
  readonly apiServerPort: number;
  readonly clusterIdentifier: string;
  readonly context: string | undefined;
  /** What is allowed and yet probably not meant, for whoever runs the program. */
  readonly warnings: readonly string[];
}

const dnsLabel = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const domainName = /^([a-z0-9]([-a-z0-9]*[a-z0-9])?\.)+[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
/** Three names that PostgreSQL takes without quotes. Kubernetes has names that end with the database's, of 63 characters. */
const tableName = /^[a-z]([a-z0-9_]{0,38}[a-z0-9])?(\.[a-z_][a-z0-9_]{0,47}){2}$/;
const size = z.strictObject({
  replicas: z.int().optional(),
  cpu: z.string().optional(),
  memory: z.string().optional(),
  cpuLimit: z.string().optional(),
  memoryLimit: z.string().optional(),
  disk: z.string().optional(),
});
const certificate = z.strictObject({
  certificate: z.string().includes("BEGIN CERTIFICATE"),
  key: z.string().includes("PRIVATE KEY"),
  caCertificate: z.string().includes("BEGIN CERTIFICATE").optional(),
});

/** What each key may hold. `allowed` completes every error message about the key. */
const keys = {
  mode: { schema: z.enum(["ha", "standalone"]), allowed: "ha or standalone" },
  prefix: {
    // Namespaces are `<prefix>-infrastructure` at the longest, and a DNS label has 63 characters.
    schema: z.string().regex(dnsLabel).max(48).optional(),
    allowed: "a DNS label of up to 48 characters: lower case letters, digits and '-'",
  },
  domain: { schema: z.string().regex(domainName).max(190), allowed: 'a DNS name such as "apps.example.com"' },
  services: { schema: z.array(z.string()).min(1).optional(), allowed: `a list of: ${serviceNames.join(", ")}` },
  sizes: { schema: z.record(z.string(), size).optional(), allowed: `workloads: ${workloadNames.join(", ")}` },
  changeData: {
    schema: z.array(z.string().regex(tableName)).optional(),
    allowed:
      "a list of <database>.<schema>.<table>, each of lower case letters, digits and '_'; the database up to 40 characters and without '_' at its ends, the others up to 48",
  },
  flinkJobs: { schema: flinkJobsSchema.optional(), allowed: flinkJobsAllowed },
  dbtProjects: { schema: dbtProjectsSchema.optional(), allowed: dbtProjectsAllowed },
  validationProjects: { schema: validationProjectsSchema.optional(), allowed: validationProjectsAllowed },
  dagBundles: { schema: dagBundlesSchema.optional(), allowed: dagBundlesAllowed },
  alerting: { schema: alertingSchema.optional(), allowed: alertingAllowed },
  federateClusterMetrics: { schema: z.boolean().optional(), allowed: "true or false" },
  logCollection: { schema: z.enum(logCollections).optional(), allowed: logCollections.join(" or ") },
  storageClass: { schema: z.string().min(1).optional(), allowed: "the name of a StorageClass" },
  images: {
    schema: z.record(z.string(), z.string().regex(/^[^\s/]+(\/[^\s/]+)+(:[^\s:/]+|@sha256:[0-9a-f]{64})$/)).optional(),
    allowed: `complete references with tag or digest, for: ${imageNames.join(", ")}`,
  },
  registryMirrors: {
    schema: z.record(z.string(), z.string().regex(/^[^\s]+[^/\s]$/)).optional(),
    allowed: 'registry: mirror, for example {"docker.io": "registry.example.com/docker"}',
  },
  routeCertificate: {
    schema: certificate.optional(),
    allowed: "{certificate, key, caCertificate?} in PEM, set with --secret",
  },
  apiServerPort: { schema: z.int().min(1).max(65535).optional(), allowed: "a port, 1 to 65535" },
  clusterIdentifier: { schema: z.string().min(1).optional(), allowed: "a text that stays the same for the cluster" },
  context: { schema: z.string().min(1).optional(), allowed: "a context of the kubeconfig" },
} as const;

type Key = keyof typeof keys;
/** Their values are in no message. */
const secretKeys: readonly Key[] = ["routeCertificate", "alerting", "dbtProjects", "validationProjects", "dagBundles"];
export type RawSettings = Readonly<Partial<Record<Key, unknown>>>;
type Parsed = { readonly [K in Key]: z.infer<(typeof keys)[K]["schema"]> };

export const settingKeys = Object.keys(keys) as Key[];

/** Raised with every problem of the stack config at once, before the first resource. */
export class SettingsError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(
      `the stack config has ${problems.length === 1 ? "a problem" : `${problems.length} problems`}:\n${problems
        .map((problem) => `  - ${problem}`)
        .join("\n")}`,
    );
    this.name = "SettingsError";
    // The message says all; a stack trace into this file would only bury it.
    delete this.stack;
  }
}

const show = (value: unknown): string => {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
};

/** Where in a structured value a problem lies, as `["trino-worker"].cpu`. */
const where = (path: readonly PropertyKey[]): string =>
  path.map((part) => (typeof part === "string" && dnsLabel.test(part) ? `["${part}"]` : `[${String(part)}]`)).join("");

/** Checks each key by itself. */
function parseKeys(raw: RawSettings, problems: string[]): Partial<Parsed> {
  for (const key of Object.keys(raw)) {
    if (!(key in keys)) {
      problems.push(`datalyptica:${key}: no such key; allowed: ${settingKeys.join(", ")}`);
    }
  }
  const parsed: Record<string, unknown> = {};
  for (const key of settingKeys) {
    const { schema, allowed } = keys[key];
    const result = schema.safeParse(raw[key]);
    if (result.success) parsed[key] = result.data;
    else if (raw[key] === undefined) problems.push(`datalyptica:${key}: missing; allowed: ${allowed}`);
    else {
      for (const issue of result.error.issues) {
        const secret = secretKeys.includes(key);
        const value = issue.path.reduce<unknown>((at, part) => (at as Record<PropertyKey, unknown>)?.[part], raw[key]);
        const unknown = issue.code === "unrecognized_keys" ? `.${issue.keys.join(", .")} is unknown` : undefined;
        const detail = unknown ?? `${secret ? "the value" : show(value)} is not valid`;
        problems.push(`datalyptica:${key}${where(issue.path)}: ${detail}; allowed: ${allowed}`);
      }
    }
  }
  return parsed as Partial<Parsed>;
}

/** The chosen services; a service whose requirement is left out is an error that names both. */
function chooseServices(chosen: readonly string[], problems: string[]): ReadonlySet<ServiceName> {
  for (const name of chosen) {
    if (!(name in catalogue)) {
      problems.push(`datalyptica:services: "${name}" is no service; allowed: ${serviceNames.join(", ")}`);
    }
  }
  const known = new Set(serviceNames.filter((name) => chosen.includes(name)));
  for (const name of known) {
    for (const needed of catalogue[name].requires) {
      if (!known.has(needed)) problems.push(`datalyptica:services: ${name} needs ${needed}, which is not in the list`);
    }
  }
  return known;
}

/** What the way of changed rows from PostgreSQL to the lakehouse leads through. */
const changeDataServices = ["postgresql", "kafka-connect", "nessie", "trino"] as const satisfies readonly ServiceName[];

function changeDataOf(names: readonly string[], services: ReadonlySet<ServiceName>, problems: string[]): SourceTable[] {
  const missing = changeDataServices.filter((name) => names.length > 0 && !services.has(name));
  for (const name of missing) {
    problems.push(`datalyptica:changeData needs ${name}, which is not in datalyptica:services`);
  }
  // Two names of the lakehouse come from each: its view's, and that of the table of its changes.
  const taken = new Map<string, string>();
  for (const name of names) {
    const view = name.replace(".", "_");
    const other = taken.get(view) ?? taken.get(`${view}_changes`);
    if (other)
      problems.push(
        `datalyptica:changeData: "${name}" has a name in the lakehouse that "${other}" has; allowed: one of the two`,
      );
    for (const target of [view, `${view}_changes`]) taken.set(target, name);
  }
  return [...names].sort().map((name) => {
    const [database = "", schema = "", table = ""] = name.split(".");
    return { database, schema, table };
  });
}

/**
 * Turns raw stack config into settings.
 * @throws SettingsError naming every wrong key, its value and what is allowed
 */
export function parseSettings(raw: RawSettings): Settings {
  const problems: string[] = [];
  const parsed = parseKeys(tellsNobody(raw.alerting) ? { ...raw, alerting: undefined } : raw, problems);
  const mode = parsed.mode ?? "ha";
  const services = chooseServices(parsed.services ?? serviceNames, problems);

  const overrides: Readonly<Record<string, SizeOverride>> = parsed.sizes ?? {};
  for (const name of Object.keys(overrides)) {
    if (!(workloadNames as string[]).includes(name)) {
      problems.push(`datalyptica:sizes["${name}"]: no such workload; allowed: ${workloadNames.join(", ")}`);
    }
  }
  const sizes = Object.fromEntries(
    workloadNames.map((name) => {
      const { size, errors } = sizeOf(name, mode, overrides[name]);
      problems.push(...errors);
      return [name, size];
    }),
  ) as Record<WorkloadName, Size>;

  for (const name of Object.keys(parsed.images ?? {})) {
    if (!(imageNames as string[]).includes(name)) {
      problems.push(`datalyptica:images["${name}"]: no such image; allowed: ${imageNames.join(", ")}`);
    }
  }
  const changeData = changeDataOf(parsed.changeData ?? [], services, problems);
  const flinkJobs = flinkJobsOf(parsed.flinkJobs ?? {});
  problems.push(...flinkJobsProblems(flinkJobs, services));
  const dbtProjects = dbtProjectsOf(parsed.dbtProjects ?? [], services, problems);
  const validationProjects = validationProjectsOf(parsed.validationProjects ?? [], services, problems);
  const dagBundles = parsed.dagBundles ?? [];
  problems.push(...dagBundlesProblems(dagBundles, services));
  if (parsed.alerting) problems.push(...alertingProblems(parsed.alerting, services.has("alertmanager")));
  if (problems.length > 0) throw new SettingsError(problems);

  const prefix = parsed.prefix ?? (mode === "ha" ? "datalyptica" : "datalyptica-dev");
  return {
    mode,
    prefix,
    domain: parsed.domain ?? "",
    services,
    sizes,
    changeData,
    flinkJobs,
    dbtProjects,
    validationProjects,
    dagBundles,
    alerting: parsed.alerting,
    federateClusterMetrics: parsed.federateClusterMetrics ?? true,
    logCollection: parsed.logCollection ?? "api",
    storageClass: parsed.storageClass,
    images: { mirrors: parsed.registryMirrors ?? {}, overrides: parsed.images ?? {} },
    routeCertificate: parsed.routeCertificate && pulumi.secret(parsed.routeCertificate),
    apiServerPort: parsed.apiServerPort ?? 6443,
    clusterIdentifier: parsed.clusterIdentifier ?? prefix,
    context: parsed.context,
    warnings: services.has("alertmanager") && raw.alerting === undefined ? [nobodyIsTold] : [],
  };
}

/** Reads the stack config of this run, and passes warnings on. Values that are not plain texts are JSON in Pulumi's config. */
export function loadSettings(): Settings {
  const namespace = "datalyptica:";
  const raw: Record<string, unknown> = {};
  for (const [key, text] of Object.entries(pulumi.runtime.allConfig())) {
    const value = structured(text);
    // Pulumi.yaml gives every optional key an empty default, since its schema knows no optional ones.
    const empty = value === "" || (typeof value === "object" && value !== null && Object.keys(value).length === 0);
    if (key.startsWith(namespace) && !empty) raw[key.slice(namespace.length)] = value;
  }
  const settings = parseSettings(raw);
  for (const warning of settings.warnings) void pulumi.log.warn(warning);
  return settings;
}

function structured(text: string): unknown {
  if (!/^[[{]|^(\d+|true|false)$/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
