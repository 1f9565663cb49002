import { duplicates } from "../objects/manifest";
import {
  type Claim,
  type Container,
  containersOf,
  type Handler,
  type Quantities,
  type Workload,
} from "../objects/pods";
import { milli } from "../objects/quantity";

export const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const portName = /^(?=.{1,15}$)(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const envName = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/;
const fieldPath =
  /^(metadata\.(name|namespace|uid|(labels|annotations)\['[^']+'\])|spec\.(nodeName|serviceAccountName)|status\.(hostIP|podIPs?))$/;

export const wrong = (values: readonly (string | undefined)[], pattern: RegExp, what: string): string[] =>
  values.filter((value) => value !== undefined && !pattern.test(value)).map((value) => `"${value}" is no ${what}`);

const twice = (what: string, values: readonly string[]) =>
  duplicates(values).map((value) => `has the ${what} "${value}" twice`);

const names = (items: readonly { readonly name?: string }[]) => items.flatMap(({ name }) => name ?? []);

/** The API server takes exactly one of several fields here; `also` are fields beside them. */
function oneOf(what: string, value: object | undefined, also: readonly string[] = []): string[] {
  const given = Object.keys(value ?? {}).filter((key) => !also.includes(key));
  return value === undefined || given.length === 1
    ? []
    : [`${what} has ${given.length} sources or actions instead of one`];
}

const probeTimes = [
  ...["initialDelaySeconds", "periodSeconds", "timeoutSeconds", "failureThreshold", "successThreshold"],
  "terminationGracePeriodSeconds",
];

/** What the API server refuses in a pod although it fits its schema. */
export function podFieldProblems(workload: Workload): string[] {
  const { volumes = [] } = workload.pod;
  const containers = containersOf(workload);
  const ports = containers.flatMap((container) => container.ports ?? []);
  const numbers = ports.map(({ containerPort, protocol = "TCP" }) => `${containerPort}/${protocol}`);
  return [
    ...wrong(names(containers), dnsLabel, "container name"),
    ...wrong(names(volumes), dnsLabel, "volume name"),
    ...wrong(names(ports), portName, "port name (at most 15 characters)"),
    ...twice("container", names(containers)),
    ...twice("volume", names(volumes)),
    ...twice("port name", names(ports)),
    ...twice("port", numbers),
    ...volumes.flatMap((volume) => oneOf(`volume ${volume.name}`, volume, ["name"])),
    ...workload.claims.flatMap(claimProblems),
    ...containers.flatMap((container) =>
      containerProblems(container).map((problem) => `container ${container.name}: ${problem}`),
    ),
  ];
}

function containerProblems(container: Container): string[] {
  const { env = [], volumeMounts = [], resources = {}, lifecycle = {} } = container;
  const { startupProbe, readinessProbe, livenessProbe } = container;
  const mountPaths = volumeMounts.map(({ mountPath }) => mountPath);
  const probes: readonly (readonly [string, Handler | undefined])[] = [
    ["startupProbe", startupProbe],
    ["readinessProbe", readinessProbe],
    ["livenessProbe", livenessProbe],
    ...Object.entries(lifecycle),
  ];
  return [
    ...wrong(names(env), envName, "name for a variable"),
    ...twice("variable", names(env)), // a list keyed by name: server-side apply refuses a second entry
    ...twice("mount path", mountPaths),
    ...env.flatMap(({ name, valueFrom }) => oneOf(`env ${name}`, valueFrom)),
    ...wrong(
      env.map(({ valueFrom }) => valueFrom?.fieldRef?.fieldPath),
      fieldPath,
      "field a pod can read",
    ),
    ...probes.flatMap(([name, handler]) => oneOf(name, handler, probeTimes)),
    ...quantityProblems({ ...resources.requests }),
    ...quantityProblems({ ...resources.limits }),
  ];
}

function claimProblems({ metadata, spec }: Claim): string[] {
  const { accessModes = [], resources } = spec ?? {};
  const storage = resources?.requests?.storage;
  return [
    ...(accessModes.length > 0 && storage !== undefined ? [] : [`claim ${metadata?.name} lacks access mode or size`]),
    ...(accessModes.includes("ReadWriteOncePod") ? ["a claim is ReadWriteOncePod, off in Kubernetes 1.26"] : []),
    ...quantityProblems({ ...resources?.requests }),
  ];
}

const quantityProblems = (quantities: Quantities): string[] =>
  Object.entries(quantities)
    .filter(([, quantity]) => milli(quantity) === undefined)
    .map(([resource, quantity]) => `${resource}: "${quantity}" is no quantity`);
