/** Stand-in for the Pulumi provider `random`: the resources whose values are generated once and live in the state. */
import { randomBytes, randomInt } from "node:crypto";
import { hash } from "bcryptjs";
import { resource, serve, type Values } from "./provider";

const keepers = { type: "object" } as const;
const include = { type: "boolean", default: true } as const;
const minimum = { type: "integer", default: 0, minimum: 0 } as const;
const text = {
  keepers,
  length: { type: "integer", required: true, minimum: 1 },
  lower: include,
  minLower: minimum,
  upper: include,
  minUpper: minimum,
  number: { type: "boolean" },
  numeric: { type: "boolean" },
  minNumeric: minimum,
  special: include,
  minSpecial: minimum,
  overrideSpecial: { type: "string" },
} as const;

/** What RandomPassword and RandomString share. `number` is the older name of `numeric`. */
const textRules = {
  inputs: text,
  complete: (values: Record<string, unknown>) => {
    const numeric = values.numeric ?? values.number ?? true;
    return { ...values, numeric, number: numeric };
  },
  rule: (values: Record<string, unknown>) => {
    const { length, minLower, minUpper, minNumeric, minSpecial } = values as Values<typeof text>;
    const least = minLower + minUpper + minNumeric + minSpecial;
    if (length < least) return { property: "length", reason: `${length} is below the sum of the minima, ${least}` };
    if (values.lower || values.upper || values.numeric || values.special) return undefined;
    return { property: "lower", reason: "at least one of lower, upper, numeric and special must be true" };
  },
};

function randomText(values: Values<typeof text>): string {
  const sets: readonly (readonly [boolean | undefined, number, string])[] = [
    [values.lower, values.minLower, "abcdefghijklmnopqrstuvwxyz"],
    [values.upper, values.minUpper, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"],
    [values.numeric, values.minNumeric, "0123456789"],
    [values.special, values.minSpecial, values.overrideSpecial || "!@#$%&*()-_=+[]{}<>:?"],
  ];
  const pick = (set: readonly string[], count: number) =>
    Array.from({ length: count }, () => set[randomInt(set.length)]);
  const characters = sets.flatMap(([, least, set]) => pick([...set], least));
  const all = sets.flatMap(([included, , set]) => (included ? [...set] : []));
  characters.push(...pick(all, values.length - characters.length));
  for (let last = characters.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    [characters[last], characters[other]] = [characters[other], characters[last]];
  }
  return characters.join("");
}

const { version } = require("@pulumi/random/package.json") as { readonly version: string };

serve("random", version, {
  "random:index/randomPassword:RandomPassword": resource({
    ...textRules,
    schemaVersion: 3,
    secretOutputs: ["bcryptHash", "result"],
    create: async (values) => {
      const result = randomText(values);
      const bcryptHash = (await hash(result, 10)).replace("$2b$", "$2a$"); // Go's name for the same algorithm
      return { id: "none", outputs: { result, bcryptHash } };
    },
  }),
  "random:index/randomString:RandomString": resource({
    ...textRules,
    schemaVersion: 2,
    secretOutputs: [],
    create: async (values) => {
      const result = randomText(values);
      return { id: result, outputs: { result } };
    },
  }),
  "random:index/randomBytes:RandomBytes": resource({
    inputs: { keepers, length: { type: "integer", required: true, minimum: 1 } },
    secretOutputs: ["base64", "hex"],
    create: async ({ length }) => {
      const bytes = randomBytes(length);
      const base64 = bytes.toString("base64");
      return { id: base64, outputs: { base64, hex: bytes.toString("hex") } };
    },
  }),
  "random:index/randomId:RandomId": resource({
    inputs: { keepers, byteLength: { type: "integer", required: true, minimum: 1 }, prefix: { type: "string" } },
    secretOutputs: [],
    create: async ({ byteLength, prefix = "" }) => {
      const bytes = randomBytes(byteLength);
      const hex = bytes.toString("hex");
      const id = bytes.toString("base64url");
      const forms = { b64Url: id, b64Std: bytes.toString("base64"), hex, dec: BigInt(`0x${hex}`).toString() };
      const outputs = Object.fromEntries(Object.entries(forms).map(([form, value]) => [form, prefix + value]));
      return { id, outputs };
    },
  }),
  "random:index/randomUuid:RandomUuid": resource({
    inputs: { keepers },
    secretOutputs: [],
    create: async () => {
      const result = randomBytes(16)
        .toString("hex")
        .replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
      return { id: result, outputs: { result } };
    },
  }),
});
