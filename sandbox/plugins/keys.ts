/** Private keys as the `tls` provider makes and reads them: here ECDSA on P256 only, which all of the platform's are. */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";

/** OpenSSL's name of P256. */
const curve = "prime256v1";

/** How WebCrypto signs with the keys. */
export const signatureAlgorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

export function generateKey(): KeyObject {
  return generateKeyPairSync("ec", { namedCurve: curve }).privateKey;
}

/** Reads a PEM private key; what is wrong with it names the property, never the key. */
export function readKey(pem: string, property: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyDetails?.namedCurve === curve) return key;
  } catch {
    // Said below.
  }
  throw new Error(`${property} is no ECDSA private key on P256 in PEM form (SEC 1 or PKCS#8, not encrypted)`);
}
