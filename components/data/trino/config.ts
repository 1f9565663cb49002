import { airliftProperties, type PropertyValues } from "../../core/formats";
import type { JavaTrust } from "../../core/java";
import type { Size } from "../../core/profiles";
import { mebibytes } from "../../core/quantities";
import type { Bucket } from "../../storage/minio";
import type { IcebergCatalog } from "../nessie";
import { managementUser } from "./access";

/** Trino's configuration files. Each is a key of the ConfigMap; `path` is where it lies under /etc/trino. */

export const ports = { http: 8080, https: 8443 };

/** Memory of one node, all from the container's: heap three quarters of it, of that a quarter is headroom. */
export function memoryOf(size: Size) {
  const heap = mebibytes(size.memory, 0.75);
  return {
    heap,
    headroom: Math.floor(heap / 4),
    perNode: Math.floor(heap * 0.4),
    codeCache: Math.min(512, mebibytes(size.memory, 1 / 8)),
  };
}

export function jvmConfig(size: Size, trust: JavaTrust): string {
  const { heap, codeCache } = memoryOf(size);
  return [
    "-server",
    "-agentpath:/usr/lib/trino/bin/libjvmkill.so",
    `-Xmx${heap}M`,
    "-XX:+UseG1GC",
    "-XX:G1HeapRegionSize=32M",
    "-XX:+ExplicitGCInvokesConcurrent",
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:-OmitStackTraceInFastThrow",
    `-XX:ReservedCodeCacheSize=${codeCache}M`,
    "-XX:PerMethodRecompilationCutoff=10000",
    "-XX:PerBytecodeRecompilationCutoff=10000",
    "-Djdk.attach.allowAttachSelf=true",
    "-Djdk.nio.maxCachedBufferSize=2000000",
    "-XX:+EnableDynamicAgentLoading",
    "-XX:+UnlockDiagnosticVMOptions",
    "-XX:G1NumCollectionsKeepPinned=10000000",
    ...trust.options,
    "",
  ].join("\n");
}

export const nodeProperties = (environment: string): string =>
  airliftProperties({
    // Lower case, digits and underscores only.
    "node.environment": environment.replace(/[^a-z0-9]/g, "_"),
    "node.data-dir": "/data/trino",
    "plugin.dir": "/usr/lib/trino/plugin",
  });

/** Beside /etc/trino, not below it: one mount inside another needs a writable parent. */
export const catalogDirectory = "/etc/trino-catalog";

const shared = (size: Size) => {
  const { headroom, perNode } = memoryOf(size);
  return {
    "http-server.http.port": ports.http,
    "internal-communication.shared-secret": "${ENV:TRINO_SHARED_SECRET}",
    "query.max-memory-per-node": `${perNode}MB`,
    "memory.heap-headroom-per-node": `${headroom}MB`,
    "catalog.config-dir": catalogDirectory,
    // Whoever reaches the plain port (fenced by NetworkPolicy) reads metrics and drains workers as this user.
    "management.user": managementUser,
  };
};

/**
 * @param worker size and number of workers; absent when the coordinator does the work itself
 * @param login what single sign-on sets in place of passwords alone
 */
export function coordinatorProperties(size: Size, worker: Size | undefined, login: PropertyValues = {}): string {
  const { perNode } = memoryOf(worker ?? size);
  return airliftProperties({
    coordinator: true,
    "node-scheduler.include-coordinator": worker === undefined,
    "discovery.uri": `http://localhost:${ports.http}`,
    ...shared(size),
    "query.max-memory": `${perNode * (worker?.replicas ?? 1)}MB`,
    "query.max-execution-time": "4h",
    // Whole queries are run again after the loss of a worker; results wait in the exchange bucket.
    "retry-policy": worker ? "QUERY" : "NONE",
    // The router ends TLS; without this every request through it is refused with 406.
    "http-server.process-forwarded": true,
    "http-server.https.enabled": true,
    "http-server.https.port": ports.https,
    "http-server.https.keystore.path": "/etc/trino-tls/server.pem",
    "http-server.authentication.type": "PASSWORD",
    ...login,
  });
}

export const workerProperties = (size: Size, discovery: string): string =>
  airliftProperties({
    coordinator: false,
    "discovery.uri": discovery,
    ...shared(size),
    "shutdown.grace-period": "30s",
  });

export function icebergProperties(catalog: IcebergCatalog): string {
  return airliftProperties({
    "connector.name": "iceberg",
    "iceberg.catalog.type": "rest",
    "iceberg.rest-catalog.uri": catalog.uri,
    "iceberg.rest-catalog.security": "NONE",
    "fs.native-s3.enabled": true,
    "s3.endpoint": catalog.storage.endpoint,
    "s3.region": catalog.storage.region,
    "s3.path-style-access": true,
    "s3.aws-access-key": "${ENV:TRINO_LAKEHOUSE_KEY}",
    "s3.aws-secret-key": "${ENV:TRINO_LAKEHOUSE_SECRET}",
    // Trino sees one snapshot of a Nessie table only: these two would delete files that older commits still need.
    "iceberg.expire-snapshots.min-retention": "3650d",
    "iceberg.remove-orphan-files.min-retention": "3650d",
  });
}

/** Where finished stages of a query wait, so that it can be run again without its workers. */
export const exchangeProperties = (bucket: Bucket): string =>
  airliftProperties({
    "exchange-manager.name": "filesystem",
    "exchange.base-directories": `s3://${bucket.bucket}`,
    "exchange.s3.region": bucket.region,
    "exchange.s3.endpoint": bucket.endpoint,
    "exchange.s3.path-style-access": true,
    "exchange.s3.aws-access-key": "${ENV:TRINO_EXCHANGE_KEY}",
    "exchange.s3.aws-secret-key": "${ENV:TRINO_EXCHANGE_SECRET}",
  });

export const tpchProperties = (): string => airliftProperties({ "connector.name": "tpch", "tpch.splits-per-node": 4 });

export const passwordAuthenticator = (): string =>
  airliftProperties({
    "password-authenticator.name": "file",
    "file.password-file": "/etc/trino-auth/password.db",
  });

/** Tells the worker to finish what runs and take nothing new, then waits for its end. */
export const drainScript = [
  `curl -sS -X PUT -H 'Content-Type: application/json' -H 'X-Trino-User: ${managementUser}'`,
  `-d '"SHUTTING_DOWN"' http://localhost:${ports.http}/v1/info/state; tail --pid=1 -f /dev/null`,
].join(" ");
