/** What the stand-ins for Pulumi providers share: resources that are made once and then live in the state alone. */
import { isDeepStrictEqual } from "node:util";
import { type CheckFailure, main, type Provider } from "@pulumi/pulumi/provider";
import {
  isRpcSecret,
  specialSecretSig,
  specialSigKey,
  unknownValue,
  unwrapRpcSecret,
} from "@pulumi/pulumi/runtime/rpc";
import * as z from "zod";

type Properties = Record<string, unknown>;

interface Created {
  readonly id: string;
  readonly outputs: Properties;
}

/** What a stand-in knows of one resource type. */
interface Resource {
  readonly inputs: z.ZodObject;
  readonly secrets: readonly string[];
  readonly create: (values: Properties) => Promise<Created>;
}

/** The one input whose change does not replace its resource: it only says when the resource is to be replaced. */
const earlyRenewal = "earlyRenewalHours";
const millisecondsPerHour = 3_600_000;

/**
 * A resource type. `secrets` are the inputs and outputs that are always secret; `create` gets the inputs checked, with
 * defaults filled in and without secret marks.
 */
export function resource<I extends z.ZodObject>(
  inputs: I,
  secrets: readonly string[],
  create: (values: z.output<I>) => Promise<Created>,
): Resource {
  return { inputs, secrets, create: (values) => create(inputs.parse(values)) };
}

/** Serves a stand-in for the provider `name`; the keys are types such as `random:index/randomPassword:RandomPassword`. */
export function serve(name: string, resources: Readonly<Record<string, Resource>>): void {
  const { version } = require(`@pulumi/${name}/package.json`) as { readonly version: string };
  const standIn = `the sandbox's stand-in for the ${name} provider`;
  const of = (urn: string): Resource => {
    const type = urn.split("::")[2]?.split("$").pop() ?? "";
    const found = resources[type];
    if (found) return found;
    const known = Object.keys(resources).join(", ");
    throw new Error(`${type} is not in ${standIn}: use one of ${known}, or install the official provider`);
  };
  const provider: Provider = {
    version,
    schema: JSON.stringify({ name, version }), // the least that is valid: only code generators ask for more
    async check(urn, _olds, news: Properties) {
      const { inputs, secrets } = of(urn);
      const failures: CheckFailure[] = [];
      const complete = { ...news };
      const fail = (property: string, reason: string) => failures.push({ property, reason: `${reason} (${standIn})` });
      for (const key of Object.keys(news)) if (!(key in inputs.shape)) fail(key, `no such input: ${key}`);
      for (const [key, type] of Object.entries(inputs.shape)) {
        const value = plain(news[key]);
        if (isUnknown(value)) continue; // it is checked when it is known
        const { data, error } = z.safeParse(type, value);
        for (const { path, message } of error?.issues ?? []) fail([key, ...path].join("."), message);
        if (value === undefined && data !== undefined) complete[key] = data;
      }
      return { inputs: hide(complete, secrets), failures };
    },
    async diff(_id, urn, olds: Properties, news: Properties) {
      const [state, values] = [plain(olds) as Properties, plain(news) as Properties];
      const changed = Object.keys(of(urn).inputs.shape).filter((key) => !isDeepStrictEqual(state[key], values[key]));
      const replaces = changed.filter((key) => key !== earlyRenewal);
      if (expired({ ...state, ...values })) replaces.push("readyForRenewal");
      return { changes: changed.length + replaces.length > 0, replaces };
    },
    async create(urn, news: Properties) {
      const { secrets, create } = of(urn);
      const { id, outputs } = await create(plain(news) as Properties);
      return { id, outs: hide({ ...news, id, ...outputs }, secrets) };
    },
    async read(id, urn, props: Properties = {}) {
      if (Object.keys(props).length === 0) throw new Error(`cannot import ${urn} (${id}): ${standIn} only creates`);
      return { id, props: expired(plain(props) as Properties) ? { ...props, readyForRenewal: true } : props };
    },
    async update(_id, _urn, olds: Properties, news: Properties) {
      return { outs: { ...olds, ...news, readyForRenewal: false } }; // of a certificate: see earlyRenewal
    },
    async delete() {}, // nothing exists outside the state
  };
  void main(provider, process.argv.slice(2));
}

/** Whether a certificate has ended or its early renewal has begun; never so for what has no end. */
function expired({ validityEndTime, [earlyRenewal]: early }: Properties): boolean {
  if (typeof validityEndTime !== "string") return false;
  return Date.now() >= Date.parse(validityEndTime) - Number(early) * millisecondsPerHour;
}

/** Marks properties as secret, so that the engine encrypts them. */
function hide(properties: Properties, secrets: readonly string[]): Properties {
  const entries = Object.entries(properties).map(([key, value]) => {
    const open = secrets.includes(key) && !isRpcSecret(value);
    return [key, open ? { [specialSigKey]: specialSecretSig, value } : value];
  });
  return Object.fromEntries(entries);
}

/** A property value without its secret marks; null counts as absent. */
function plain(value: unknown): unknown {
  if (isRpcSecret(value)) return plain(unwrapRpcSecret(value));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value ?? undefined;
  const entries = Object.entries(value).map(([key, entry]) => [key, plain(entry)] as const);
  return Object.fromEntries(entries.filter(([, entry]) => entry !== undefined));
}

/** Whether a value is or holds one that is known only after other resources were created. */
function isUnknown(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.values(value).some(isUnknown);
  return value === unknownValue;
}
