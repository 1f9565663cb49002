/** X.509 certificates and requests as the `tls` provider (Go's crypto/x509) makes them. */
import "reflect-metadata"; // @peculiar/x509 needs it before its own import
import { createPublicKey, type KeyObject, randomBytes, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { signatureAlgorithm } from "./keys";
import { extendedKeyUsages, keyUsages, type Subject, subjectFields, type Terms } from "./x509terms";

interface Authority {
  readonly name: x509.Name;
  readonly key: KeyObject;
  readonly keyId?: string | undefined;
}

/** A request, signed by its holder's key. */
export async function certificateRequest(key: KeyObject, subject: Subject, dnsNames: readonly string[] = []) {
  const names = dnsNames.map((value) => ({ type: "dns" as const, value }));
  return x509.Pkcs10CertificateRequestGenerator.create({
    name: Object.entries(subjectFields).flatMap(([field, short]) => {
      const value = subject[field as keyof Subject];
      return value ? [{ [short]: [value] }] : [];
    }),
    keys: { privateKey: await webKey(key, "pkcs8"), publicKey: await webKey(createPublicKey(key), "spki") },
    signingAlgorithm: signatureAlgorithm,
    extensions: names.length ? [new x509.SubjectAlternativeNameExtension(names)] : [],
  });
}

/** A certificate for the key's own holder, signed by itself. */
export async function selfSigned(key: KeyObject, subject: Subject, dnsNames: string[] | undefined, terms: Terms) {
  const request = await certificateRequest(key, subject, dnsNames);
  return certificate(request, { name: request.subjectName, key }, terms);
}

/** A certificate for what a request asks for, signed by a certificate authority. */
export async function signed(requestPem: string, caPem: string, key: KeyObject, terms: Terms) {
  const request = parse("certRequestPem", () => new x509.Pkcs10CertificateRequest(requestPem));
  const ca = parse("caCertPem", () => new x509.X509Certificate(caPem));
  const keyId = ca.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId;
  return certificate(request, { name: ca.subjectName, key, keyId }, terms);
}

async function certificate(request: x509.Pkcs10CertificateRequest, authority: Authority, terms: Terms) {
  const { allowedUses, isCaCertificate } = terms;
  const usages = allowedUses.reduce((bits, use) => bits | (keyUsages[use] ?? 0), 0);
  const purposes = allowedUses.flatMap((use) => extendedKeyUsages[use] ?? []);
  const hasKeyId = isCaCertificate || terms.setSubjectKeyId;
  const extensions = [
    ...(usages ? [new x509.KeyUsagesExtension(usages, true)] : []),
    ...(purposes.length ? [new x509.ExtendedKeyUsageExtension(purposes)] : []),
    new x509.BasicConstraintsExtension(isCaCertificate, undefined, true),
    ...(hasKeyId ? [await x509.SubjectKeyIdentifierExtension.create(request.publicKey)] : []),
    ...(authority.keyId ? [new x509.AuthorityKeyIdentifierExtension(authority.keyId)] : []),
    ...request.extensions.filter((extension) => extension instanceof x509.SubjectAlternativeNameExtension),
  ];
  const serialNumber = randomBytes(16);
  serialNumber[0] = ((serialNumber[0] ?? 0) & 0x7f) | 0x40; // positive and of fixed length, so read the same everywhere
  const notBefore = new Date();
  const notAfter = new Date(notBefore.getTime() + terms.validityPeriodHours * 3_600_000);
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber.toString("hex"),
    subject: request.subjectName,
    issuer: authority.name,
    notBefore,
    notAfter,
    publicKey: request.publicKey,
    signingKey: await webKey(authority.key, "pkcs8"),
    signingAlgorithm: signatureAlgorithm,
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

function parse<T>(property: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(`${property} is not in PEM form or does not hold what it should: ${(error as Error).message}`);
  }
}

function webKey(key: KeyObject, type: "pkcs8" | "spki") {
  const der = key.export({ type, format: "der" });
  return webcrypto.subtle.importKey(type, der, signatureAlgorithm, true, [type === "pkcs8" ? "sign" : "verify"]);
}
