/** Stand-in for the Pulumi provider `random`: passwords, and identifiers that are no secret. */
import { randomBytes, randomInt } from "node:crypto";
import { hash } from "bcryptjs";
import * as z from "zod";
import { resource, serve } from "./provider";

const alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const special = "!@#$%&*()-_=+[]{}<>:?";
const bcryptCost = 10;
/** The inputs of the real provider that are fixed here; programs may read them as outputs. */
const sets = { lower: true, upper: true, numeric: true, number: true };
const fixed = { ...sets, minLower: 0, minUpper: 0, minNumeric: 0, minSpecial: 0 };

serve("random", {
  "random:index/randomId:RandomId": resource(
    z.object({ byteLength: z.int().positive() }),
    [],
    async ({ byteLength }) => {
      const bytes = randomBytes(byteLength);
      const b64Url = bytes.toString("base64url");
      return { id: b64Url, outputs: { b64Url, b64Std: bytes.toString("base64"), hex: bytes.toString("hex") } };
    },
  ),
  "random:index/randomPassword:RandomPassword": resource(
    z.object({ length: z.int().positive(), special: z.boolean().default(true) }),
    ["bcryptHash", "result"],
    async (values) => {
      const characters = values.special ? alphanumeric + special : alphanumeric;
      const result = Array.from({ length: values.length }, () => characters[randomInt(characters.length)]).join("");
      const bcryptHash = (await hash(result, bcryptCost)).replace("$2b$", "$2a$"); // Go's name for the same algorithm
      return { id: "none", outputs: { ...fixed, result, bcryptHash } };
    },
  ),
});
