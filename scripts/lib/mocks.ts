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
  /** Names of the resources it is created after, beside those that its inputs come from. */
  readonly after: readonly string[];
}

/** Mocks that record every registered resource, in `registered`. */
export class RecordingMocks implements pulumi.runtime.Mocks {
  readonly registered: Registered[] = [];
  private readonly protected = new Set<string>();
  private readonly after = new Map<string, readonly string[]>();

  /** Mocks are not told of options; a stack transformation is. */
  readonly observe: pulumi.ResourceTransformation = ({ type, name, opts }) => {
    if (opts.protect) this.protected.add(`${type} ${name}`);
    const before = [(opts as pulumi.CustomResourceOptions).dependsOn ?? []].flat() as { readonly __name?: string }[];
    this.after.set(
      `${type} ${name}`,
      before.map(({ __name }) => __name ?? ""),
    );
    return undefined;
  };

  newResource({ type, name, inputs }: pulumi.runtime.MockResourceArgs) {
    const id = `${type} ${name}`;
    this.registered.push({ type, name, inputs, protect: this.protected.has(id), after: this.after.get(id) ?? [] });
    return { id: `${name}-id`, state: { ...inputs, ...madeUp[type]?.(name) } };
  }

  call(): Record<string, never> {
    return {};
  }
}
