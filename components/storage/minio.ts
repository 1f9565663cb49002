import { authorityFile, authorityMount, certificate } from "../core/certificates";
import { password } from "../core/credentials";
import { jsonText } from "../core/formats";
import { type LogsSpec, plainLines } from "../core/logs";
import { serviceHost, serviceNames } from "../core/names";
import type { Platform } from "../core/platform";
import { jobSize } from "../core/profiles";
import { type Account, type Handle, Service } from "../core/service";
import { claim, filesFrom, keyOf, type Source, scratch } from "../core/sources";
import { job, statefulSet, type Workload } from "../core/workload";
import { route } from "../networking/routes";
import { alerts } from "./minio/alerts";
import { panels } from "./minio/panels";

/**
 * MinIO: the platform's S3. Everything is TLS, path-style, region us-east-1.
 *
 * ha: 4 nodes with one drive each, EC:2: reads survive the loss of two, writes of one.
 * standalone: one node, one drive, no erasure coding; it cannot be grown into ha, data is copied instead.
 *
 * Ports: 9000 S3, admin, health and peers; 9001 console (Route `minio-console`).
 */

/** A bucket with a user that may read and write it and nothing else. */
export interface Bucket extends Handle {
  readonly bucket: string;
  /** `https://host:port`, certificate of the platform's authority. */
  readonly endpoint: string;
  readonly region: string;
  /** Secret in the owner's namespace: `accessKey`, `secretKey`. */
  readonly credentials: Source;
}

const ports = { api: 9000, console: 9001 };
const region = "us-east-1";

/** Errors come as blocks of lines: what was asked, when, by whom, the error, the way to it. */
const serverLogs: LogsSpec = { entry: "^(API: |INTERNAL|INFO: |WARNING: |ERROR |FATAL )" };

export class Minio extends Service {
  static readonly service = "minio";
  private readonly account: Account;
  private readonly root: Source;
  private readonly servers: Workload;
  private readonly endpoint: string;

  constructor(platform: Platform, _wiring: object) {
    super(platform, Minio.service);
    const size = platform.size("minio");
    const image = platform.image("minio");
    const headless = "minio-headless";
    this.endpoint = `https://${serviceHost("minio", this.namespace)}:${ports.api}`;
    this.account = this.serviceAccount({ stateful: true });
    this.root = this.secret("root", "server", { username: "minio-admin", password: password(this, "root").result });

    const tls = certificate(this, "tls", "minio", [
      ...serviceNames("minio", this.namespace),
      `*.${serviceHost(headless, this.namespace)}`,
      "localhost",
    ]);
    // MinIO expands the three dots itself: one drive on each node, and the order is part of the format.
    const nodes = `https://minio-{0...${size.replicas - 1}}.${serviceHost(headless, this.namespace)}:${ports.api}/data`;
    this.servers = statefulSet(this, {
      name: "minio",
      component: "server",
      account: this.account,
      size,
      governing: headless,
      volume: "data",
      gracePeriod: 60,
      amongItself: size.replicas > 1 ? [ports.api] : [],
      containers: [
        {
          name: "minio",
          image,
          logs: serverLogs,
          // Arguments only: the image's entrypoint knows the name of its binary.
          args: [
            "server",
            size.replicas > 1 ? nodes : "/data",
            "--certs-dir",
            "/certs",
            "--address",
            `:${ports.api}`,
            "--console-address",
            `:${ports.console}`,
          ],
          // The same on every node: nodes compare their environment before they form a cluster.
          env: {
            MINIO_ROOT_USER: keyOf(this.root, "username"),
            MINIO_ROOT_PASSWORD: keyOf(this.root, "password"),
            ...(size.replicas > 1 ? { MINIO_STORAGE_CLASS_STANDARD: "EC:2" } : {}),
            MINIO_SITE_REGION: region,
            MINIO_BROWSER_REDIRECT_URL: `https://${platform.host("minio-console")}`,
            // Read by Prometheus without a token; the port is fenced by NetworkPolicy.
            MINIO_PROMETHEUS_AUTH_TYPE: "public",
            MINIO_UPDATE: "off",
          },
          ports,
          metrics: [
            { port: "api", path: "/minio/v2/metrics/cluster", tls: true, throughService: "minio", interval: 60 },
            { port: "api", path: "/minio/v2/metrics/node", tls: true, job: "minio-node" },
          ],
          resources: size,
          mounts: [
            claim("data", "/data"),
            scratch("tmp", "/tmp", "1Gi"),
            filesFrom(tls, "/certs", {
              "tls.crt": "public.crt",
              "tls.key": "private.key",
              "ca.crt": "CAs/platform-ca.crt",
            }),
          ],
          startup: { http: "/minio/health/live", port: "api", scheme: "HTTPS", period: 5, failures: 60 },
          // Not `/cluster`: a rolling update would wait for a quorum that only the next restarted node can form.
          readiness: { http: "/minio/health/ready", port: "api", scheme: "HTTPS" },
          liveness: { http: "/minio/health/live", port: "api", scheme: "HTTPS", period: 20, failures: 6 },
        },
      ],
    });

    this.clusterIp("minio", "server", ports);
    this.clusterIp(headless, "server", ports, { headless: true });
    route(this, {
      to: "minio",
      port: "console",
      endpoint: { peer: this.servers.peer, port: ports.console },
      tls: true,
      // Uploads through the browser.
      timeout: "10m",
    });
    this.alert(alerts(size.replicas));
    this.show(panels(size.replicas));
    this.registerOutputs({});
  }

  /**
   * A bucket for a service, with its own user.
   * @param expireDays delete objects this many days after they were written; default never
   * @param expirePrefix only those whose keys begin so; default all
   */
  bucket(
    owner: Service,
    bucket: string,
    options: { readonly expireDays?: number; readonly expirePrefix?: string } = {},
  ): Bucket {
    const id = `${owner.service}-${bucket}`;
    const secretKey = password(this, id).result;
    const keys = { accessKey: id, secretKey };
    const here = this.secret(id, "provision", keys);
    const definition = this.configMap(id, "provision", {
      "policy.json": jsonText(policy(bucket)),
      ...(options.expireDays ? { "lifecycle.json": jsonText(expiry(options.expireDays, options.expirePrefix)) } : {}),
    });
    const provision = job(this, {
      name: `minio-provision-${id}`,
      component: `provision-${id}`,
      account: this.account,
      uses: [this.access()],
      containers: [
        {
          name: "provision",
          image: this.platform.image("minio"),
          logs: plainLines,
          command: ["/bin/sh", "-ec", provisionScript],
          env: {
            HOME: "/tmp",
            MC_CONFIG_DIR: "/tmp/.mc",
            ENDPOINT: this.endpoint,
            BUCKET: bucket,
            ROOT_USER: keyOf(this.root, "username"),
            ROOT_PASSWORD: keyOf(this.root, "password"),
            ACCESS_KEY: keyOf(here, "accessKey"),
            SECRET_KEY: keyOf(here, "secretKey"),
          },
          resources: jobSize,
          mounts: [scratch("tmp", "/tmp", "64Mi"), authorityMount(this), filesFrom(definition, "/etc/provision")],
        },
      ],
    });
    return {
      ...this.access([provision]),
      bucket,
      endpoint: this.endpoint,
      region,
      credentials: owner.secret(`bucket-${bucket}`, "access", keys),
    };
  }

  private access(after: readonly Workload[] = [this.servers]): Handle {
    return {
      reaches: [{ peer: this.servers.peer, port: ports.api }],
      ready: after.map((workload) => workload.resource),
    };
  }
}

/** Everything a client does with objects of one bucket, and nothing with the bucket itself. */
function policy(bucket: string) {
  const arn = `arn:aws:s3:::${bucket}`;
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
        Resource: [arn],
      },
      {
        Effect: "Allow",
        Action: [
          "s3:GetObject",
          "s3:PutObject",
          "s3:DeleteObject",
          "s3:AbortMultipartUpload",
          "s3:ListMultipartUploadParts",
        ],
        Resource: [`${arn}/*`],
      },
    ],
  };
}

const expiry = (days: number, prefix = "") => ({
  Rules: [{ ID: "expire", Status: "Enabled", Filter: { Prefix: prefix }, Expiration: { Days: days } }],
});

/**
 * Running it again changes nothing, also in the same pod, where the certificate that was copied cannot be written to. The
 * lifecycle is imported as a whole, since adding a rule would add it each time.
 */
const provisionScript = `
mkdir -p "$MC_CONFIG_DIR/certs/CAs"
cp -f ${authorityFile} "$MC_CONFIG_DIR/certs/CAs/platform-ca.crt"
export MC_HOST_platform="https://$ROOT_USER:$ROOT_PASSWORD@\${ENDPOINT#https://}"
until curl -fsS --cacert ${authorityFile} "$ENDPOINT/minio/health/cluster"; do sleep 2; done
mc mb --ignore-existing "platform/$BUCKET"
if [ -f /etc/provision/lifecycle.json ]; then mc ilm rule import "platform/$BUCKET" < /etc/provision/lifecycle.json; fi
mc admin user add platform "$ACCESS_KEY" "$SECRET_KEY"
mc admin policy create platform "$ACCESS_KEY" /etc/provision/policy.json
# Attaching what is attached is an error, so the user's own record decides.
mc admin policy attach platform "$ACCESS_KEY" --user "$ACCESS_KEY" ||
  mc admin user info platform "$ACCESS_KEY" | grep -q "PolicyName: $ACCESS_KEY"
`.trim();
