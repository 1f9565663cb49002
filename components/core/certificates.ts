import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import type { Platform } from "./platform";
import type { Service } from "./service";
import { checksum, filesFrom, type Mount, type Source } from "./sources";

const hoursPerDay = 24;
/** The authority outlives the platform's hardware; its certificates are renewed every year by an ordinary `pulumi up`. */
const authorityDays = 3650;
const certificateDays = 365;
/** From this long before its end, `pulumi up` issues a certificate anew. */
const renewalDays = 60;

/** Elliptic curves: every product here reads them, and they start faster than RSA. */
const key = { algorithm: "ECDSA", ecdsaCurve: "P256" } as const;

/** The platform's own certificate authority. Its certificate is public and lies as ConfigMap `platform-ca` in every namespace. */
export class CertificateAuthority extends pulumi.ComponentResource {
  readonly key: tls.PrivateKey;
  readonly certificate: tls.SelfSignedCert;
  private readonly bundles = new Map<string, Source>();

  constructor(platform: Platform) {
    super("datalyptica:security:CertificateAuthority", "platform-ca", {}, platform.options());
    const options = { parent: this, protect: platform.protects };
    this.key = new tls.PrivateKey("platform-ca", key, options);
    this.certificate = new tls.SelfSignedCert(
      "platform-ca",
      {
        privateKeyPem: this.key.privateKeyPem,
        subject: { commonName: `${platform.settings.prefix} platform CA`, organization: "datalyptica" },
        isCaCertificate: true,
        setSubjectKeyId: true,
        allowedUses: ["cert_signing", "crl_signing", "digital_signature"],
        validityPeriodHours: authorityDays * hoursPerDay,
        earlyRenewalHours: certificateDays * hoursPerDay,
      },
      options,
    );
    for (const space of platform.spaces) {
      const data = { "ca.crt": this.certificate.certPem };
      const namespace = platform.namespace(space);
      const resource = new k8s.core.v1.ConfigMap(
        `platform-ca-${space}`,
        {
          metadata: {
            name: "platform-ca",
            namespace: platform.namespaces.nameOf(space),
            labels: platform.labels("platform", "certificates"),
          },
          data,
        },
        { parent: this, deletedWith: platform.namespaces.of(space) },
      );
      this.bundles.set(namespace, { kind: "ConfigMap", name: "platform-ca", checksum: checksum(data), resource });
    }
  }

  /** The authority's certificate in a namespace, for clients to verify servers with. */
  bundle(namespace: string): Source {
    const bundle = this.bundles.get(namespace);
    if (!bundle) throw new Error(`no platform-ca in namespace ${namespace}`);
    return bundle;
  }
}

/**
 * A server certificate (also good for clients of the same service) in Secret `<service>-<part>`:
 * `tls.crt`, `tls.key` (PKCS #8), `ca.crt`, and `server.pem`, which is key and certificate in one file.
 */
export function certificate(service: Service, part: string, commonName: string, dnsNames: string[]): Source {
  const { authority } = service.platform;
  const name = `${service.service}-${part}`;
  const options = { parent: service };
  const privateKey = new tls.PrivateKey(name, key, options);
  const request = new tls.CertRequest(
    name,
    { privateKeyPem: privateKey.privateKeyPem, subject: { commonName }, dnsNames },
    options,
  );
  const signed = new tls.LocallySignedCert(
    name,
    {
      certRequestPem: request.certRequestPem,
      caPrivateKeyPem: authority.key.privateKeyPem,
      caCertPem: authority.certificate.certPem,
      allowedUses: ["digital_signature", "server_auth", "client_auth"],
      setSubjectKeyId: true,
      validityPeriodHours: certificateDays * hoursPerDay,
      earlyRenewalHours: renewalDays * hoursPerDay,
    },
    options,
  );
  service.platform.certificates.push({ name, end: signed.validityEndTime });
  return service.secret(part, "certificate", {
    "tls.crt": signed.certPem,
    "tls.key": privateKey.privateKeyPemPkcs8,
    "ca.crt": authority.certificate.certPem,
    "server.pem": pulumi.interpolate`${privateKey.privateKeyPemPkcs8}${signed.certPem}`,
  });
}

/** Where every pod that needs it finds the authority's certificate. */
export const authorityFile = "/etc/platform-ca/ca.crt";

export const authorityMount = (service: Service): Mount =>
  filesFrom(service.platform.authority.bundle(service.namespace), "/etc/platform-ca");
