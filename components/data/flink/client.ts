import { createHash } from "node:crypto";
import { type Acl, clientProperties, type KafkaClient, type Topic } from "../../control/kafka/client";
import type { FlinkJob } from "../../core/flink-jobs";
import type { Handle } from "../../core/service";
import type { Source } from "../../core/sources";
import { paths } from "./config";

/** How services use Flink, and what its jobs may do in Kafka. */

/** Flink's REST endpoints. Both want a certificate, and whoever shows one may run any code in the cluster. */
export interface FlinkAccess extends Handle {
  /** The JobManagers: jobs, checkpoints, savepoints. */
  readonly jobManager: string;
  /** The SQL gateway: sessions and statements; the lakehouse is catalog `iceberg`. */
  readonly sqlGateway: string;
  /** Secret in the owner's namespace: `tls.crt`, `tls.key`, `ca.crt`. */
  readonly certificate: Source;
}

/** What Flink calls one of the platform's jobs; others are left alone. @param hash of the job's text */
export const jobPrefix = "platform-";
export const jobName = (name: string, hash: string): string => `${jobPrefix}${name}-${hash}`;

/** Consumer groups and transactions of Flink's jobs begin so. */
const kafkaPrefix = "flink-";

/** All jobs have the same user, so these are what any of them may do. */
export function grants(jobs: readonly FlinkJob[]): {
  readonly topics: readonly Topic[];
  readonly acls: readonly Acl[];
} {
  const unique = (names: readonly string[]) => [...new Set(names)].sort();
  const reads = unique(jobs.flatMap((job) => job.reads));
  const writes = unique(jobs.flatMap((job) => job.writes));
  const all = unique([...reads, ...writes]);
  return {
    topics: all.map((name) => ({ name, partitions: 3 })),
    acls: [
      ...all.map((name): Acl => {
        const read = reads.includes(name) ? (["Read"] as const) : [];
        const write = writes.includes(name) ? (["Write"] as const) : [];
        return { resource: "topic", name, operations: [...read, ...write, "Describe"] };
      }),
      { resource: "group", name: kafkaPrefix, prefix: true, operations: ["Read", "Describe"] },
      { resource: "transactional-id", name: kafkaPrefix, prefix: true, operations: ["Write", "Describe"] },
    ],
  };
}

/** The connector's jar has Kafka's client under a name of its own. */
const shaded = (text: string): string =>
  text.replaceAll("org.apache.kafka.", "org.apache.flink.kafka.shaded.org.apache.kafka.");

/**
 * A table that others are made like: `CREATE TEMPORARY TABLE orders (...) WITH ('topic' = 'orders', 'format' = 'json') LIKE kafka`.
 * Kafka's client itself reads the password, so that it stands in no statement, plan or state. A job without state goes on
 * at the offsets that were committed with its last checkpoint.
 */
export function kafkaTable(kafka: KafkaClient, job: string): string {
  const client = {
    "bootstrap.servers": kafka.bootstrap,
    ...clientProperties(kafka, `\${dir:${paths.kafka}:password}`),
    "config.providers": "dir",
    "config.providers.dir.class": "org.apache.kafka.common.config.provider.DirectoryConfigProvider",
    "config.providers.dir.param.allowed.paths": paths.kafka,
    "group.id": `${kafkaPrefix}${job}`,
    "auto.offset.reset": "earliest",
  };
  const options = {
    connector: "kafka",
    "scan.startup.mode": "group-offsets",
    ...Object.fromEntries(Object.entries(client).map(([key, value]) => [`properties.${key}`, shaded(String(value))])),
  };
  const lines = Object.entries(options).map(([key, value]) => `'${key}' = '${value}'`);
  return `CREATE TEMPORARY TABLE kafka WITH (${lines.join(", ")})`;
}

/** What the Job that starts jobs reads: `names.txt`, and for each job its statements as the gateway takes them. */
export function jobFiles(jobs: readonly FlinkJob[], kafka: KafkaClient | undefined): Record<string, string> {
  const files = jobs.map(({ name, sql }) => {
    const start = sql.at(-1) ?? "";
    // Tried before it is carried out, so that a mistake stops no job.
    const trial = `EXPLAIN ${start.replace(/^\s*EXECUTE\s+/i, "")}`;
    const statements = [...(kafka ? [kafkaTable(kafka, name)] : []), ...sql.slice(0, -1), trial, start];
    const text = statements.map((statement) => `${JSON.stringify({ statement })}\n`).join("");
    return { name, text, hash: createHash("sha256").update(text).digest("hex").slice(0, 10) };
  });
  return {
    "names.txt": files.map(({ name, hash }) => `${name} ${hash}\n`).join(""),
    ...Object.fromEntries(files.map(({ name, text }) => [`${name}.jsonl`, text])),
  };
}
