import { isDeepStrictEqual } from "node:util";
import { type CheckFailure, main, type Provider } from "@pulumi/pulumi/provider";
import { specialSecretSig, specialSigKey, unknownValue } from "@pulumi/pulumi/runtime/rpc";

/** The Pulumi types that our resources' inputs have, and what they are in TypeScript. */
interface Types {
  readonly string: string;
  readonly integer: number;
  readonly boolean: boolean;
  readonly strings: readonly string[];
  readonly object: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** One input property; a change of it replaces the resource unless `inPlace`. */
interface Input {
  readonly type: keyof Types;
  readonly required?: true;
  readonly default?: string | number | boolean;
  readonly secret?: true;
  readonly inPlace?: true;
  /** When unset the value in the state stands, whatever it is. */
  readonly computed?: true;
  /** Allowed values of a string or a list's entries, or keys of an object. */
  readonly allowed?: readonly string[];
  readonly minimum?: number;
}
type Inputs = Readonly<Record<string, Input>>;
type Properties = Record<string, unknown>;

/** The values of inputs as `create` gets them: defaults filled in, secrets unwrapped. */
export type Values<I extends Inputs> = {
  readonly [K in keyof I]:
    | Types[I[K]["type"]]
    | (I[K] extends { readonly required: true } | { readonly default: unknown } ? never : undefined);
};

/** What a stand-in knows of one resource type. State has the real provider's form, so that either can go on with it. */
export interface Resource {
  readonly inputs: Inputs;
  /** Schema version of the real provider's state. */
  readonly schemaVersion?: number;
  readonly secretOutputs: readonly string[];
  /** Fills in defaults that depend on other inputs. */
  readonly complete?: (values: Properties) => Properties;
  /** A rule over several known inputs: what is wrong, if anything. */
  readonly rule?: (values: Properties) => CheckFailure | undefined;
  readonly create: (values: never) => Promise<{ readonly id: string; readonly outputs: Properties }>;
  /** Whether the object in this state is to be replaced because of its age. */
  readonly expired?: (state: Properties) => boolean;
}

/** Ties the type of `create`'s parameter to the declared inputs. */
export function resource<const I extends Inputs>(
  definition: Omit<Resource, "inputs" | "create"> & {
    readonly inputs: I;
    readonly create: (values: Values<I>) => ReturnType<Resource["create"]>;
  },
): Resource {
  return definition;
}

/** Serves a stand-in for the provider `name`; the keys are resource types such as `random:index/randomId:RandomId`. */
export function serve(name: string, version: string, resources: Readonly<Record<string, Resource>>): void {
  const of = (urn: string): Resource => {
    const type = urn.split("::")[2]?.split("$").pop() ?? "";
    const found = resources[type];
    if (!found) {
      throw new Error(
        `${type} is not in the sandbox's stand-in for the ${name} provider, which has ` +
          `${Object.keys(resources).join(", ")}: use one of these, or install the official provider`,
      );
    }
    return found;
  };
  const provider: Provider = {
    version,
    schema: JSON.stringify({ name, version }), // the least that is valid: only code generators ask for more
    async check(urn, _olds, news: Properties) {
      const { inputs, rule } = of(urn);
      const values = complete(of(urn), news);
      const unexpected = Object.keys(news).filter((key) => !(key in inputs));
      const failures = [
        ...unexpected.map((property) => ({ property, reason: "no such input in the sandbox's stand-in" })),
        ...Object.entries(inputs).flatMap(([property, input]) => {
          const reason = wrong(input, values[property]);
          return reason ? [{ property, reason }] : [];
        }),
      ];
      const broken = failures.length === 0 && !Object.values(values).some(isUnknown) ? rule?.(values) : undefined;
      return {
        inputs: mapValues(news, (value, key) => (inputs[key]?.secret ? secret(value) : value)),
        failures: broken ? [broken] : failures,
      };
    },
    async diff(_id, urn, olds: Properties, news: Properties) {
      const definition = of(urn);
      const state = plain(olds) as Properties;
      const values = complete(definition, news);
      const changed = Object.entries(definition.inputs).filter(
        ([key, input]) => !isDeepStrictEqual(state[key], values[key]) && !(input.computed && values[key] === undefined),
      );
      const replaces = changed.filter(([, input]) => !input.inPlace).map(([key]) => key);
      if (definition.expired?.({ ...state, ...values })) replaces.push("readyForRenewal");
      return { changes: changed.length + replaces.length > 0, replaces };
    },
    async create(urn, news: Properties) {
      const definition = of(urn);
      const { id, outputs } = await definition.create(complete(definition, news) as never);
      const hide = (value: unknown, key: string) => (definition.secretOutputs.includes(key) ? secret(value) : value);
      return { id, outs: { ...stateOf(definition, news), id, ...mapValues(outputs, hide) } };
    },
    async read(id, urn, props: Properties) {
      const { expired } = of(urn);
      if (!props || Object.keys(props).length === 0) {
        throw new Error(`cannot import ${id}: the sandbox's stand-in for the ${name} provider only creates`);
      }
      return { id, props: expired?.(plain(props) as Properties) ? { ...props, readyForRenewal: true } : props };
    },
    async update(_id, urn, olds: Properties, news: Properties) {
      const definition = of(urn);
      const state = { ...olds, ...stateOf(definition, news) };
      const readyForRenewal = definition.expired?.(plain(state) as Properties);
      return { outs: readyForRenewal === undefined ? state : { ...state, readyForRenewal } };
    },
    async delete() {}, // nothing exists outside the state
  };
  void main(provider, process.argv.slice(2));
}

/** The inputs' part of the state: defaults filled in, secret where the input is or was given as a secret. */
function stateOf(definition: Resource, news: Properties): Properties {
  const inputs = mapValues(complete(definition, news), (value, key) =>
    definition.inputs[key]?.secret || holdsSecret(news[key]) ? secret(value) : value,
  );
  return definition.schemaVersion
    ? { __meta: JSON.stringify({ schema_version: String(definition.schemaVersion) }), ...inputs }
    : inputs;
}

function complete({ inputs, complete: more }: Resource, news: Properties): Properties {
  const given = plain(news) as Properties;
  const values = mapValues(inputs, (input, key) => given[key] ?? input.default);
  return more ? more(values) : values;
}

/** What is wrong with the value of one input, if anything. Unknown values are right: they are checked when known. */
function wrong(input: Input, value: unknown): string | undefined {
  if (value === undefined) return input.required ? "is required" : undefined;
  if (isUnknown(value)) return undefined;
  const fits: Readonly<Record<keyof Types, boolean>> = {
    string: typeof value === "string",
    integer: Number.isInteger(value),
    boolean: typeof value === "boolean",
    strings: Array.isArray(value) && value.every((entry) => typeof entry === "string"),
    object: typeof value === "object" && !Array.isArray(value),
  };
  if (!fits[input.type]) return `is not of type ${input.type}`;
  const words = input.type === "object" ? Object.keys(value as object) : [value].flat();
  const odd = words.find((word) => input.allowed && !input.allowed.includes(word as string));
  if (odd !== undefined) return `${JSON.stringify(odd)} is not one of ${input.allowed?.join(", ")}`;
  if (input.minimum !== undefined && (value as number) < input.minimum) return `${value} is below ${input.minimum}`;
  return undefined;
}

function isSecret(value: unknown): boolean {
  return typeof value === "object" && value !== null && (value as Properties)[specialSigKey] === specialSecretSig;
}

function holdsSecret(value: unknown): boolean {
  return isSecret(value) || (typeof value === "object" && value !== null && Object.values(value).some(holdsSecret));
}

function secret(value: unknown): unknown {
  return value === undefined || isSecret(value) ? value : { [specialSigKey]: specialSecretSig, value };
}

/** A property value without its secret marks; null counts as absent. */
function plain(value: unknown): unknown {
  if (isSecret(value)) return plain((value as Properties).value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null) return mapValues(value, plain);
  return value ?? undefined;
}

function isUnknown(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.values(value).some(isUnknown);
  return value === unknownValue;
}

function mapValues<T, U>(object: Readonly<Record<string, T>> | object, map: (value: T, key: string) => U) {
  const entries = Object.entries(object as Record<string, T>).map(([key, value]) => [key, map(value, key)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Record<string, U>;
}
