import { createHash } from "node:crypto";
import type * as pulumi from "@pulumi/pulumi";

/**
 * What the engine and the providers would answer, made up: every value follows from the resource's name, so that two
 * renders are equal to the byte. Nothing here is ever deployed.
 */

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
const pem = (label: string, name: string): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(`made up for ${name}`).toString("base64")}\n-----END ${label}-----\n`;

/** The password that a RandomPassword of this name has in a render. */
export const madeUpPassword = (name: string): string => hash(name).slice(0, 32);

type Outputs = Readonly<Record<string, string>>;

const madeUp: Readonly<Record<string, (name: string) => Outputs>> = {
  "random:index/randomPassword:RandomPassword": (name) => ({
    result: madeUpPassword(name),
    bcryptHash: `$2a$10$${hash(`bcrypt ${name}`).slice(0, 53)}`,
  }),
  "random:index/randomId:RandomId": (name) => ({
    b64Url: Buffer.from(hash(name), "hex").subarray(0, 16).toString("base64url"),
  }),
  "tls:index/privateKey:PrivateKey": (name) => ({
    privateKeyPem: pem("EC PRIVATE KEY", `${name} key`),
    privateKeyPemPkcs8: pem("PRIVATE KEY", `${name} key`),
    publicKeyPem: pem("PUBLIC KEY", name),
  }),
  "tls:index/selfSignedCert:SelfSignedCert": (name) => ({ certPem: pem("CERTIFICATE", name) }),
  "tls:index/certRequest:CertRequest": (name) => ({ certRequestPem: pem("CERTIFICATE REQUEST", name) }),
  "tls:index/locallySignedCert:LocallySignedCert": (name) => ({
    certPem: pem("CERTIFICATE", name),
    validityEndTime: "2031-01-01T00:00:00Z",
  }),
};

export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Whether Pulumi protects it from deletion and replacement. */
  readonly protect: boolean;
}

/** Mocks that record every registered resource, in `registered`. */
export class RecordingMocks implements pulumi.runtime.Mocks {
  readonly registered: Registered[] = [];
  private readonly protected = new Set<string>();

  /** Mocks are not told of options; a stack transformation is. */
  readonly observe: pulumi.ResourceTransformation = ({ type, name, opts }) => {
    if (opts.protect) this.protected.add(`${type} ${name}`);
    return undefined;
  };

  newResource({ type, name, inputs }: pulumi.runtime.MockResourceArgs) {
    this.registered.push({ type, name, inputs, protect: this.protected.has(`${type} ${name}`) });
    return { id: `${name}-id`, state: { ...inputs, ...madeUp[type]?.(name) } };
  }

  call(): Record<string, never> {
    return {};
  }
}
