import type { Bucket } from "../storage/minio";
import { authorityFile, authorityMount, certificate } from "./certificates";
import { plainLines } from "./logs";
import { serviceNames } from "./names";
import type { Resources } from "./pods";
import type { Size } from "./profiles";
import type { Account, Service } from "./service";
import { filesFrom, keyOf, scratch } from "./sources";
import { deployment, type Workload } from "./workload";

/**
 * A web site of files that Jobs write into a bucket: nginx, and beside it a container that brings over what has changed.
 * It has no login and no Route: who may open a port of a pod in its namespace reads it (docs/adr/0026).
 */
export interface SiteSpec {
  /** Of the workload, and of the Service in front of it. */
  readonly name: string;
  readonly component: string;
  readonly account: Account;
  readonly size: Size;
  readonly bucket: Bucket;
  /** What of the bucket is shown: keys that begin with this and a slash. */
  readonly prefix: string;
}

const port = 8443;
const folder = "/site";
const config = "/etc/site";
/** Its metrics are those of the Jobs: files `metrics/*.prom` of what is shown, put together. */
const metrics = `${folder}/metrics.prom`;
const syncResources: Resources = { cpu: "10m", memory: "64Mi", cpuLimit: "500m", memoryLimit: "256Mi" };
/** Seconds from one look into the bucket to the next. */
const interval = 15;
/** Whether it still looks; that it finds the bucket is no condition for showing what is there. */
const looking = {
  command: ["/bin/sh", "-ec", `[ $(($(date +%s) - $(stat -c %Y ${metrics}))) -lt 300 ]`],
} as const;

export function site(service: Service, { name, component, account, size, bucket, prefix }: SiteSpec): Workload {
  const tls = certificate(service, `${component}-tls`, name, [
    ...new Set([name, service.service].flatMap((each) => serviceNames(each, service.namespace))),
    "localhost",
  ]);
  const files = service.configMap(component, component, { "nginx.conf": nginxConfig });
  const content = scratch("site", folder, "2Gi");
  const healthy = { http: "/healthz", port: "web", scheme: "HTTPS" } as const;
  const workload = deployment(service, {
    name,
    component,
    account,
    size,
    uses: [bucket],
    containers: [
      {
        name: "nginx",
        logs: plainLines,
        image: service.platform.image("nginx"),
        // Not the image's entrypoint, which changes the configuration.
        command: ["nginx", "-c", `${config}/nginx.conf`, "-g", "daemon off;"],
        ports: { web: port },
        metrics: [{ port: "web", tls: true, throughService: name, interval: 60 }],
        resources: size,
        mounts: [
          { ...content, readOnly: true },
          scratch("tmp", "/tmp", "64Mi"),
          filesFrom(files, config),
          filesFrom(tls, `${config}-tls`, { "tls.crt": "tls.crt", "tls.key": "tls.key" }),
        ],
        startup: { ...healthy, period: 2, failures: 30 },
        readiness: healthy,
        liveness: { ...healthy, failures: 6 },
      },
      {
        name: "sync",
        logs: plainLines,
        image: service.platform.image("minio"),
        command: ["/bin/sh", "-ec", syncScript],
        env: {
          HOME: "/tmp",
          MC_CONFIG_DIR: "/tmp/.mc",
          ENDPOINT: bucket.endpoint,
          SOURCE: `${bucket.bucket}/${prefix}`,
          ACCESS_KEY: keyOf(bucket.credentials, "accessKey"),
          SECRET_KEY: keyOf(bucket.credentials, "secretKey"),
        },
        resources: syncResources,
        startup: { ...looking, period: 5, failures: 24 },
        readiness: looking,
        liveness: { ...looking, period: 60 },
        mounts: [content, scratch("sync-tmp", "/tmp", "64Mi"), authorityMount(service)],
      },
    ],
  });
  service.clusterIp(name, component, { web: port });
  return workload;
}

/** Pages are read by browsers of people who must not be led elsewhere by what a Job wrote. */
export const nginxConfig = `
worker_processes 1;
pid /tmp/nginx.pid;
error_log stderr warn;
events { worker_connections 256; }
http {
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  log_format json escape=json
    '{"time":"$time_iso8601","level":"info","remote":"$remote_addr","request":"$request","status":$status,"bytes":$body_bytes_sent,"seconds":$request_time}';
  access_log /dev/stdout json;
  client_body_temp_path /tmp/client;
  proxy_temp_path /tmp/proxy;
  fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi;
  scgi_temp_path /tmp/scgi;
  server_tokens off;
  gzip on;
  gzip_types application/json text/css application/javascript;
  server {
    listen ${port} ssl;
    ssl_certificate ${config}-tls/tls.crt;
    ssl_certificate_key ${config}-tls/tls.key;
    ssl_protocols TLSv1.2 TLSv1.3;
    add_header X-Content-Type-Options nosniff always;
    add_header X-Frame-Options DENY always;
    add_header Referrer-Policy no-referrer always;
    root ${folder}/files;
    autoindex on;
    location = /healthz { access_log off; default_type text/plain; return 200 "ok\\n"; }
    location = /metrics { access_log off; default_type "text/plain; version=0.0.4"; alias ${metrics}; }
  }
}
`.trimStart();

/** What is gone from the bucket goes here too. A bucket that cannot be reached changes nothing. */
export const syncScript = `
mkdir -p "$MC_CONFIG_DIR/certs/CAs" ${folder}/files/metrics
cp -f ${authorityFile} "$MC_CONFIG_DIR/certs/CAs/platform-ca.crt"
export MC_HOST_platform="https://$ACCESS_KEY:$SECRET_KEY@\${ENDPOINT#https://}"
trap 'exit 0' TERM
while true; do
  mc --quiet mirror --overwrite --remove "platform/$SOURCE" ${folder}/files || echo "not brought over: $SOURCE"
  cat ${folder}/files/metrics/*.prom > ${metrics}.new 2> /dev/null || true
  mv ${metrics}.new ${metrics}
  sleep ${interval} &
  wait $!
done
`.trim();
