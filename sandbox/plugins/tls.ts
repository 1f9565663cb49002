/** Stand-in for the Pulumi provider `tls`: private keys, certificate requests and certificates. */
import { createHash } from "node:crypto";
import {
  type Algorithm,
  algorithmOf,
  type Curve,
  curves,
  generateKey,
  keyOutputs,
  publicKeyDer,
  readKey,
} from "./keys";
import { resource, serve } from "./provider";
import { extendedKeyUsages, keyUsages, subjectFields } from "./x509terms";

/** Loaded when the first certificate is made: most runs make none, and it takes as long as all the rest. */
const certificates = () => require("./certificates") as typeof import("./certificates");

const { version } = require("@pulumi/tls/package.json") as { readonly version: string };
const flag = { type: "boolean", default: false } as const;
const names = {
  subject: { type: "object", allowed: Object.keys(subjectFields) },
  dnsNames: { type: "strings" },
  ipAddresses: { type: "strings" },
  uris: { type: "strings" },
} as const;
const holderKey = { type: "string", required: true, secret: true } as const;
const terms = {
  allowedUses: {
    type: "strings",
    required: true,
    allowed: [...Object.keys(keyUsages), ...Object.keys(extendedKeyUsages)],
  },
  validityPeriodHours: { type: "integer", required: true, minimum: 0 },
  earlyRenewalHours: { type: "integer", default: 0, minimum: 0, inPlace: true },
  isCaCertificate: flag,
  maxPathLength: { type: "integer", computed: true, minimum: -1 },
  setSubjectKeyId: flag,
} as const;

/** Certificates are replaced once they have expired or their early renewal has begun. */
function expired(state: Record<string, unknown>): boolean {
  const end = Date.parse(state.validityEndTime as string);
  return Date.now() >= end - Number(state.earlyRenewalHours ?? 0) * 3_600_000;
}

const sha1 = (der: Buffer) => createHash("sha1").update(der).digest("hex");

serve("tls", version, {
  "tls:index/privateKey:PrivateKey": resource({
    inputs: {
      algorithm: { type: "string", required: true, allowed: ["RSA", "ECDSA", "ED25519"] },
      rsaBits: { type: "integer", default: 2048, minimum: 1024 },
      ecdsaCurve: { type: "string", default: "P224", allowed: Object.keys(curves) },
    },
    schemaVersion: 1,
    secretOutputs: ["privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh"],
    create: async ({ algorithm, rsaBits, ecdsaCurve }) => {
      const key = generateKey(algorithm as Algorithm, rsaBits, ecdsaCurve as Curve);
      return { id: sha1(publicKeyDer(key)), outputs: keyOutputs(key) };
    },
  }),
  "tls:index/certRequest:CertRequest": resource({
    inputs: { privateKeyPem: holderKey, ...names },
    secretOutputs: [],
    create: async (values) => {
      const key = readKey(values.privateKeyPem, "privateKeyPem");
      const { pem, der } = await certificates().certificateRequest(key, values.subject, values);
      return { id: sha1(der), outputs: { certRequestPem: pem, keyAlgorithm: algorithmOf(key) } };
    },
  }),
  "tls:index/selfSignedCert:SelfSignedCert": resource({
    inputs: { privateKeyPem: holderKey, ...names, ...terms, setAuthorityKeyId: flag },
    secretOutputs: [],
    expired,
    create: async (values) => {
      const key = readKey(values.privateKeyPem, "privateKeyPem");
      const { id, outputs } = await certificates().selfSigned(key, values.subject, values, values);
      return { id, outputs: { ...outputs, keyAlgorithm: algorithmOf(key) } };
    },
  }),
  "tls:index/locallySignedCert:LocallySignedCert": resource({
    inputs: {
      certRequestPem: { type: "string", required: true },
      caCertPem: { type: "string", required: true },
      caPrivateKeyPem: holderKey,
      ...terms,
    },
    secretOutputs: [],
    expired,
    create: async (values) => {
      const key = readKey(values.caPrivateKeyPem, "caPrivateKeyPem");
      const { signed } = certificates();
      const { id, outputs } = await signed(values.certRequestPem, values.caCertPem, key, values);
      return { id, outputs: { ...outputs, caKeyAlgorithm: algorithmOf(key) } };
    },
  }),
});
