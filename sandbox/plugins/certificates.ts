/** X.509 certificates and requests as the `tls` provider (Go's crypto/x509) makes them. */
import "reflect-metadata"; // @peculiar/x509 needs it before its own import
import { createPublicKey, type KeyObject, randomBytes, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { algorithmOf, curveOf, curves } from "./keys";
import { extendedKeyUsages, keyUsages, subjectFields } from "./x509terms";

export type Subject = Readonly<Record<string, string | readonly string[] | undefined>>;
export interface Names {
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  readonly uris?: readonly string[];
}
export interface Terms {
  readonly allowedUses: readonly string[];
  readonly validityPeriodHours: number;
  readonly isCaCertificate: boolean;
  readonly maxPathLength: number | undefined;
  readonly setSubjectKeyId: boolean;
}
interface Authority {
  readonly name: x509.Name;
  readonly key: KeyObject;
  readonly keyId: string | undefined;
}

/** The request in PEM form, and its DER form, from which its ID is made. */
export async function certificateRequest(key: KeyObject, subject: Subject | undefined, names: Names) {
  const name = subjectName(subject);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name,
    keys: { privateKey: await signingKey(key), publicKey: await verifyingKey(key) },
    signingAlgorithm: signatureAlgorithm(key),
    extensions: alternativeNames(name, names),
  });
  return { pem: `${request.toString("pem")}\n`, der: Buffer.from(request.rawData) };
}

/** A certificate for the key's own holder, signed by itself. */
export async function selfSigned(
  key: KeyObject,
  subject: Subject | undefined,
  names: Names,
  terms: Terms & { readonly setAuthorityKeyId: boolean },
) {
  const name = subjectName(subject);
  const publicKey = new x509.PublicKey(createPublicKey(key).export({ type: "spki", format: "der" }));
  const keyId = Buffer.from(await publicKey.getKeyIdentifier()).toString("hex");
  const hasKeyId = terms.setSubjectKeyId || terms.isCaCertificate;
  if (terms.setAuthorityKeyId && !hasKeyId) {
    throw new Error("setAuthorityKeyId needs a subject key ID: set setSubjectKeyId or isCaCertificate as well");
  }
  const authority = { name, key, keyId: terms.setAuthorityKeyId ? keyId : undefined };
  return certificate(name, publicKey, alternativeNames(name, names), terms, authority);
}

/** A certificate for what a request asks for, signed by a certificate authority. */
export async function signed(requestPem: string, caPem: string, caKey: KeyObject, terms: Terms) {
  const request = parse("certRequestPem", requestPem, (pem) => new x509.Pkcs10CertificateRequest(pem));
  const ca = parse("caCertPem", caPem, (pem) => new x509.X509Certificate(pem));
  const keyId = ca.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId;
  const alternative = request.extensions.filter(
    (extension) => extension instanceof x509.SubjectAlternativeNameExtension,
  );
  const authority = { name: ca.subjectName, key: caKey, keyId };
  return certificate(request.subjectName, request.publicKey, alternative, terms, authority);
}

async function certificate(
  subject: x509.Name,
  publicKey: x509.PublicKey,
  alternative: readonly x509.Extension[],
  terms: Terms,
  authority: Authority,
) {
  const ca = terms.isCaCertificate;
  if (ca && subject.toJSON().length === 0) throw new Error("subject: a certificate authority needs at least one name");
  const usages = terms.allowedUses.reduce((bits, use) => bits | (keyUsages[use as keyof typeof keyUsages] ?? 0), 0);
  const purposes = terms.allowedUses.flatMap((use) => extendedKeyUsages[use as keyof typeof extendedKeyUsages] ?? []);
  const pathLength = ca && terms.maxPathLength && terms.maxPathLength > 0 ? terms.maxPathLength : undefined;
  const keyId = Buffer.from(await publicKey.getKeyIdentifier()).toString("hex");
  const extensions = [
    ...(usages ? [new x509.KeyUsagesExtension(usages, true)] : []),
    ...(purposes.length ? [new x509.ExtendedKeyUsageExtension(purposes)] : []),
    new x509.BasicConstraintsExtension(ca, pathLength, true),
    ...(ca || terms.setSubjectKeyId ? [new x509.SubjectKeyIdentifierExtension(keyId)] : []),
    ...(authority.keyId ? [new x509.AuthorityKeyIdentifierExtension(authority.keyId)] : []),
    ...alternative,
  ];
  const serialNumber = randomBytes(16);
  serialNumber[0] = ((serialNumber[0] ?? 0) & 0x7f) | 0x40; // positive and of fixed length, so read the same everywhere
  const notBefore = new Date();
  const notAfter = new Date(notBefore.getTime() + terms.validityPeriodHours * 3_600_000);
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber.toString("hex"),
    subject,
    issuer: authority.name,
    notBefore,
    notAfter,
    publicKey,
    signingKey: await signingKey(authority.key),
    signingAlgorithm: signatureAlgorithm(authority.key),
    extensions,
  });
  return {
    id: BigInt(`0x${serialNumber.toString("hex")}`).toString(),
    outputs: {
      certPem: `${made.toString("pem")}\n`,
      validityStartTime: notBefore.toISOString(),
      validityEndTime: notAfter.toISOString(),
      readyForRenewal: false,
    },
  };
}

function subjectName(subject: Subject = {}): x509.Name {
  return new x509.Name(
    Object.entries(subjectFields).flatMap(([field, oid]) =>
      [subject[field] ?? []].flat().map((value) => ({ [oid]: [value as string] })),
    ),
  );
}

/** The extension with the names of a holder; critical when there is no other name, as RFC 5280 wants. */
function alternativeNames(subject: x509.Name, { dnsNames = [], ipAddresses = [], uris = [] }: Names): x509.Extension[] {
  const names = [
    ...dnsNames.map((value) => ({ type: "dns" as const, value })),
    ...ipAddresses.map((value) => ({ type: "ip" as const, value })),
    ...uris.map((value) => ({ type: "url" as const, value })),
  ];
  return names.length ? [new x509.SubjectAlternativeNameExtension(names, subject.toJSON().length === 0)] : [];
}

function parse<T>(property: string, pem: string, read: (pem: string) => T): T {
  try {
    return read(pem);
  } catch (error) {
    throw new Error(`${property} is not in PEM form or does not hold what it should: ${(error as Error).message}`);
  }
}

function signatureAlgorithm(key: KeyObject) {
  switch (algorithmOf(key)) {
    case "RSA":
      return { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
    case "ECDSA": {
      const curve = curveOf(key);
      if (!curve || curve === "P224") throw new Error("ECDSA certificates need ecdsaCurve P256, P384 or P521");
      return { name: "ECDSA", namedCurve: curve.replace("P", "P-"), hash: curves[curve].hash };
    }
    case "ED25519":
      return { name: "Ed25519" };
  }
}

function signingKey(key: KeyObject) {
  const der = key.export({ type: "pkcs8", format: "der" });
  return webcrypto.subtle.importKey("pkcs8", der, signatureAlgorithm(key), true, ["sign"]);
}

function verifyingKey(key: KeyObject) {
  const der = createPublicKey(key).export({ type: "spki", format: "der" });
  return webcrypto.subtle.importKey("spki", der, signatureAlgorithm(key), true, ["verify"]);
}
