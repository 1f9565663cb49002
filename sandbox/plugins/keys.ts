/** Private keys in the forms that the `tls` provider offers. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from "node:crypto";

/** Elliptic curves: provider's name -> OpenSSL's name, SSH's name, hash for signatures. */
export const curves = {
  P224: { openssl: "secp224r1", ssh: undefined, hash: "SHA-256" },
  P256: { openssl: "prime256v1", ssh: "nistp256", hash: "SHA-256" },
  P384: { openssl: "secp384r1", ssh: "nistp384", hash: "SHA-384" },
  P521: { openssl: "secp521r1", ssh: "nistp521", hash: "SHA-512" },
} as const;
export type Curve = keyof typeof curves;
export type Algorithm = "RSA" | "ECDSA" | "ED25519";

const algorithms: Readonly<Record<string, Algorithm>> = { rsa: "RSA", ec: "ECDSA", ed25519: "ED25519" };

export function generateKey(algorithm: Algorithm, rsaBits: number, curve: Curve): KeyObject {
  switch (algorithm) {
    case "RSA":
      return generateKeyPairSync("rsa", { modulusLength: rsaBits }).privateKey;
    case "ECDSA":
      return generateKeyPairSync("ec", { namedCurve: curves[curve].openssl }).privateKey;
    case "ED25519":
      return generateKeyPairSync("ed25519").privateKey;
  }
}

/** Reads a PEM private key; what is wrong with it names the property, never the key. */
export function readKey(pem: string, property: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new Error(`${property} is not a private key in PEM form (PKCS#1, SEC 1 or PKCS#8, not encrypted)`);
  }
}

export function algorithmOf(key: KeyObject): Algorithm {
  const algorithm = algorithms[key.asymmetricKeyType ?? ""];
  if (!algorithm)
    throw new Error(`keys of type ${key.asymmetricKeyType} are not supported; RSA, ECDSA and ED25519 are`);
  return algorithm;
}

/** The curve of an ECDSA key, undefined for other keys. */
export function curveOf(key: KeyObject): Curve | undefined {
  const name = key.asymmetricKeyDetails?.namedCurve;
  return (Object.keys(curves) as Curve[]).find((curve) => curves[curve].openssl === name);
}

export function publicKeyDer(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: "spki", format: "der" });
}

/** All outputs of a PrivateKey resource. */
export function keyOutputs(key: KeyObject): Record<string, string> {
  const traditional = { RSA: "pkcs1", ECDSA: "sec1", ED25519: "pkcs8" } as const;
  const pem = (type: "pkcs1" | "sec1" | "pkcs8") => key.export({ type, format: "pem" } as never) as string;
  return {
    privateKeyPem: pem(traditional[algorithmOf(key)]),
    privateKeyPemPkcs8: pem("pkcs8"),
    publicKeyPem: createPublicKey(key).export({ type: "spki", format: "pem" }) as string,
    ...sshOutputs(key),
  };
}

/** The SSH forms (RFC 4253, RFC 5656, PROTOCOL.key of OpenSSH); empty for P224, which SSH does not know. */
function sshOutputs(key: KeyObject): Record<string, string> {
  const parts = sshParts(key);
  if (!parts) {
    const names = ["privateKeyOpenssh", "publicKeyOpenssh", "publicKeyFingerprintMd5", "publicKeyFingerprintSha256"];
    return Object.fromEntries(names.map((name) => [name, ""]));
  }
  const blob = Buffer.concat([parts.type, ...parts.public].map(sshString));
  const check = randomBytes(4);
  const secret = Buffer.concat([check, check, ...[parts.type, ...parts.private, ""].map(sshString)]);
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, index) => index + 1));
  const file = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    ...["none", "none", ""].map(sshString), // cipher, key derivation, its options
    Buffer.from([0, 0, 0, 1]), // number of keys
    sshString(blob),
    sshString(Buffer.concat([secret, padding])),
  ]);
  const lines = file.toString("base64").replace(/.{64}/g, "$&\n").trimEnd();
  const md5 = createHash("md5").update(blob).digest("hex").match(/../g) ?? [];
  return {
    privateKeyOpenssh: `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}\n-----END OPENSSH PRIVATE KEY-----\n`,
    publicKeyOpenssh: `${parts.type} ${blob.toString("base64")}\n`,
    publicKeyFingerprintMd5: md5.join(":"),
    publicKeyFingerprintSha256: `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`,
  };
}

function sshParts(key: KeyObject) {
  const curve = curves[curveOf(key) ?? "P256"].ssh;
  if (!curve) return undefined;
  const jwk = key.export({ format: "jwk" }) as Readonly<Record<string, string>>;
  const bytes = (field: string) => Buffer.from(jwk[field] ?? "", "base64url");
  const number = (field: string) => mpint(bytes(field));
  switch (algorithmOf(key)) {
    case "RSA":
      return {
        type: "ssh-rsa",
        public: [number("e"), number("n")],
        private: ["n", "e", "d", "qi", "p", "q"].map(number),
      };
    case "ECDSA": {
      const point = Buffer.concat([Buffer.from([4]), bytes("x"), bytes("y")]);
      return { type: `ecdsa-sha2-${curve}`, public: [curve, point], private: [curve, point, number("d")] };
    }
    case "ED25519":
      return {
        type: "ssh-ed25519",
        public: [bytes("x")],
        private: [bytes("x"), Buffer.concat([bytes("d"), bytes("x")])],
      };
  }
}

function sshString(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** A positive number: no leading zero bytes, but one where the first bit would read as a sign. */
function mpint(bytes: Buffer): Buffer {
  const start = bytes.findIndex((byte) => byte !== 0);
  const digits = start < 0 ? Buffer.alloc(0) : bytes.subarray(start);
  return (digits[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), digits]) : digits;
}
