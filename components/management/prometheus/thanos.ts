import { authorityFile } from "../../core/certificates";
import { yamlText } from "../../core/formats";
import { serviceHost } from "../../core/names";
import { keyOf } from "../../core/sources";
import type { Bucket } from "../../storage/minio";
import { replicaLabel } from "./config";
import { serverCertificateMount } from "./web";

/** Thanos' containers, options and files. */

export type Part = "sidecar" | "query" | "store" | "compact";

export const ports = { grpc: 10901, http: 10902 };
export const directory = "/etc/thanos";
export const storeDirectory = "/var/thanos";

const listening = [`--http-address=0.0.0.0:${ports.http}`, ...serverCertificateMount.thanosArgs, "--log.format=json"];
const serving = [`--grpc-address=0.0.0.0:${ports.grpc}`, ...serverCertificateMount.thanosGrpcArgs];
const objectStore = [`--objstore.config-file=${directory}/objstore.yml`];

/** Beside Prometheus: hands out what it has, and brings finished blocks to the bucket. */
export const sidecarArgs = (port: number, uploads: boolean): readonly string[] => [
  "sidecar",
  `--prometheus.url=https://localhost:${port}`,
  `--prometheus.http-client-file=${directory}/prometheus-client.yml`,
  "--tsdb.path=/prometheus",
  ...(uploads ? objectStore : []),
  ...serving,
  ...listening,
];

/** @param serverName the name that the certificate of all parts has: they are found by their addresses */
export const queryArgs = (serverName: string): readonly string[] => [
  "query",
  `--query.replica-label=${replicaLabel}`,
  "--query.auto-downsampling",
  `--endpoint.sd-config-file=${directory}/endpoints.yml`,
  "--grpc-client-tls-secure",
  `--grpc-client-tls-ca=${authorityFile}`,
  `--grpc-client-server-name=${serverName}`,
  ...serving,
  ...listening,
];

export const bucketArgs = {
  store: [
    "store",
    `--data-dir=${storeDirectory}`,
    ...objectStore,
    // The default of the second is 2 GB, which is all that the pod has.
    "--index-cache-size=200MB",
    "--chunk-pool-size=500MB",
    ...serving,
    ...listening,
  ],
  // Raw samples for a month, one of five minutes for three, one of an hour for a year.
  compact: [
    "compact",
    "--wait",
    `--data-dir=${storeDirectory}`,
    ...objectStore,
    "--retention.resolution-raw=30d",
    "--retention.resolution-5m=90d",
    "--retention.resolution-1h=365d",
    ...listening,
  ],
} satisfies Record<string, readonly string[]>;

/** What all parts have in common: how they are known to be well, and the keys of the bucket for those that use it. */
export function container(part: Part, bucket: Bucket | undefined) {
  const probe = (path: string) => ({ http: path, port: "http", scheme: "HTTPS" }) as const;
  return {
    name: `thanos-${part}`,
    ...(bucket && part !== "query"
      ? {
          env: {
            AWS_ACCESS_KEY_ID: keyOf(bucket.credentials, "accessKey"),
            AWS_SECRET_ACCESS_KEY: keyOf(bucket.credentials, "secretKey"),
          },
        }
      : {}),
    // The compactor serves nobody's queries.
    ports: part === "compact" ? { http: ports.http } : ports,
    metrics: [{ port: "http", tls: true, job: "thanos" }],
    // Not ready: the sidecar is so only when Prometheus has read its log.
    startup: { ...probe("/-/healthy"), period: 5, failures: 24 },
    readiness: probe("/-/ready"),
    liveness: { ...probe("/-/healthy"), failures: 6 },
  };
}

/** Keys are not in it: Thanos' S3 client finds them in its environment. */
export const files = (namespace: string, bucket: Bucket | undefined): Record<string, string> => ({
  "prometheus-client.yml": yamlText({ tls_config: { ca_file: authorityFile } }),
  "endpoints.yml": yamlText({
    endpoints: ["prometheus-headless", ...(bucket ? ["thanos-store-headless"] : [])].map((service) => ({
      address: `dnssrv+_grpc._tcp.${serviceHost(service, namespace)}`,
    })),
  }),
  ...(bucket
    ? {
        "objstore.yml": yamlText({
          type: "S3",
          config: {
            bucket: bucket.bucket,
            endpoint: new URL(bucket.endpoint).host,
            region: bucket.region,
            bucket_lookup_type: "path",
            http_config: { tls_config: { ca_file: authorityFile } },
          },
        }),
      }
    : {}),
});
