/** Private keys as the `tls` provider makes and reads them. */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";

/** Elliptic curves: provider's name -> OpenSSL's name, and the algorithm of signatures in WebCrypto's words. */
export const curves = {
  P256: { openssl: "prime256v1", signature: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } },
  P384: { openssl: "secp384r1", signature: { name: "ECDSA", namedCurve: "P-384", hash: "SHA-384" } },
} as const;

/** A new RSA key of so many bits, or an ECDSA key on the curve. */
export function generateKey(of: number | keyof typeof curves): KeyObject {
  if (typeof of === "number") return generateKeyPairSync("rsa", { modulusLength: of }).privateKey;
  return generateKeyPairSync("ec", { namedCurve: curves[of].openssl }).privateKey;
}

/** Reads a PEM private key; what is wrong with it names the property, never the key. */
export function readKey(pem: string, property: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new Error(`${property} is not a private key in PEM form (PKCS#1, SEC 1 or PKCS#8, not encrypted)`);
  }
}

export function algorithmOf(key: KeyObject): "RSA" | "ECDSA" {
  return key.asymmetricKeyType === "rsa" ? "RSA" : "ECDSA";
}

/** How WebCrypto signs with the key. */
export function signatureAlgorithm(key: KeyObject) {
  if (algorithmOf(key) === "RSA") return { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const curve = Object.values(curves).find(({ openssl }) => openssl === key.asymmetricKeyDetails?.namedCurve);
  if (curve) return curve.signature;
  throw new Error("the sandbox's stand-in for the tls provider signs with RSA and with ECDSA on P256 and P384 only");
}
