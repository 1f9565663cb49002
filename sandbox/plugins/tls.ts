/** Stand-in for the Pulumi provider `tls`: private keys, certificate requests and certificates. */
import { createHash, createPublicKey } from "node:crypto";
import * as z from "zod";
import { generateKey, readKey } from "./keys";
import { resource, serve } from "./provider";
import { terms } from "./x509terms";

/** Loaded when the first certificate is made: most runs make none, and it takes as long as all the rest. */
const certificates = () => require("./certificates") as typeof import("./certificates");

const keyAlgorithm = "ECDSA";
const onlyKeys = "keys are ECDSA on P256 here: use that, or install the official provider";
const text = z.string();
const field = text.optional();
const holder = {
  privateKeyPem: text,
  subject: z.strictObject({ commonName: text, organization: field, organizationalUnit: field, country: field }),
  dnsNames: z.array(text).optional(),
};

const sha1 = (der: NodeJS.ArrayBufferView) => createHash("sha1").update(der).digest("hex");

serve("tls", {
  "tls:index/privateKey:PrivateKey": resource(
    z.object({
      algorithm: z.literal(keyAlgorithm, onlyKeys),
      ecdsaCurve: z.literal("P256", onlyKeys),
    }),
    ["privateKeyPem", "privateKeyPemPkcs8"],
    async () => {
      const key = generateKey();
      const publicKey = createPublicKey(key);
      return {
        id: sha1(publicKey.export({ type: "spki", format: "der" })),
        outputs: {
          privateKeyPem: key.export({ type: "sec1", format: "pem" }),
          privateKeyPemPkcs8: key.export({ type: "pkcs8", format: "pem" }),
          publicKeyPem: publicKey.export({ type: "spki", format: "pem" }),
        },
      };
    },
  ),
  "tls:index/certRequest:CertRequest": resource(
    z.object(holder),
    ["privateKeyPem"],
    async ({ privateKeyPem, subject, dnsNames }) => {
      const key = readKey(privateKeyPem, "privateKeyPem");
      const request = await certificates().certificateRequest(key, subject, dnsNames);
      const outputs = { certRequestPem: `${request.toString("pem")}\n`, keyAlgorithm };
      return { id: sha1(Buffer.from(request.rawData)), outputs };
    },
  ),
  "tls:index/selfSignedCert:SelfSignedCert": resource(
    z.object({ ...holder, ...terms }),
    ["privateKeyPem"],
    async ({ privateKeyPem, subject, dnsNames, ...rest }) => {
      const key = readKey(privateKeyPem, "privateKeyPem");
      const { id, outputs } = await certificates().selfSigned(key, subject, dnsNames, rest);
      return { id, outputs: { ...outputs, keyAlgorithm } };
    },
  ),
  "tls:index/locallySignedCert:LocallySignedCert": resource(
    z.object({ certRequestPem: text, caCertPem: text, caPrivateKeyPem: text, ...terms }),
    ["caPrivateKeyPem"],
    async ({ certRequestPem, caCertPem, caPrivateKeyPem, ...rest }) => {
      const key = readKey(caPrivateKeyPem, "caPrivateKeyPem");
      const { id, outputs } = await certificates().signed(certRequestPem, caCertPem, key, rest);
      return { id, outputs: { ...outputs, caKeyAlgorithm: keyAlgorithm } };
    },
  ),
});
