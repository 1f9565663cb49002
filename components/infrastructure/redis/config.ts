import { createHash } from "node:crypto";
import { authorityFile } from "../../core/certificates";
import type { LogsSpec } from "../../core/logs";
import type { Size } from "../../core/profiles";
import { mebibytes } from "../../core/quantities";

/** Configuration of Redis and of Sentinel. */

export const ports = { redis: 6379, sentinel: 26379 };
export const master = "mymaster";
export const paths = {
  config: "/etc/redis-config",
  acl: "/etc/redis-acl",
  tls: "/etc/redis-tls",
  /** In memory: Redis writes role changes into its configuration, which also has passwords. */
  run: "/run/redis",
  data: "/data",
};
export const redisFile = `${paths.run}/redis.conf`;
/** On the volume: after a full restart it is what is known of the last master. */
export const sentinelFile = `${paths.data}/sentinel/sentinel.conf`;

/** What servers and Sentinels write: `<pid>:<role> <date> <time> <sign> <text>`, the sign being the level. */
export const serverLogs: LogsSpec = {
  level: {
    pattern: String.raw`^\d+:[A-Z] \d+ \w+ \d+ [\d:.]+ (?P<level>[.*#-]) `,
    words: { ".": "debug", "-": "debug", "*": "info", "#": "warn" },
  },
};

/** One pod of several: the name by which the others reach it, and its Sentinel's id. */
export interface Node {
  readonly pod: string;
  readonly host: string;
  /** Fixed: a Sentinel that comes back with another id would count as one more, and raise the majority for ever. */
  readonly id: string;
}

export const nodeOf = (pod: string, host: string): Node => ({
  pod,
  host,
  id: createHash("sha1").update(pod).digest("hex"),
});

/** Nodes as the scripts read them: `pod host id`, one a line. */
export const nodeTable = (nodes: readonly Node[]): string =>
  nodes.map(({ pod, host, id }) => `${pod} ${host} ${id}\n`).join("");

const tls = (port: number) => `
port 0
tls-port ${port}
tls-cert-file ${paths.tls}/tls.crt
tls-key-file ${paths.tls}/tls.key
tls-ca-cert-file ${authorityFile}
tls-auth-clients no
tls-replication yes`;

/** What all nodes have in common. */
export function redisConfig(size: Size): string {
  const clustered = size.replicas > 1;
  return `${tls(ports.redis).trim()}
bind * -::*
dir ${paths.data}
aclfile ${paths.acl}/redis.acl
# Every write is in the file within a second; the snapshot is for backups.
appendonly yes
appendfsync everysec
save 900 1
# The rest of the container's memory is for the copy that a fork makes, and for replicas' buffers.
maxmemory ${mebibytes(size.memoryLimit, 0.75)}mb
# Only keys with a time to live are evicted: caches give way, queues do not.
maxmemory-policy volatile-lru
tcp-keepalive 60
timeout 0
${
  clustered
    ? `masteruser replication
repl-diskless-sync yes
repl-backlog-size 64mb
# A master that lost both replicas, perhaps because others went on without it, takes no more writes.
min-replicas-to-write 1
min-replicas-max-lag 10
`
    : ""
}`;
}

/** The node's own part of redis.conf; a template of the shell. */
export const redisNodeTemplate = `
replica-announce-ip $host
replica-announce-port ${ports.redis}
masterauth $REPLICATION_PASSWORD
`.trim();

/**
 * sentinel.conf; a template of the shell. All nodes are named from the start: a Sentinel that begins while the master is
 * gone could otherwise find neither replicas nor colleagues.
 */
export const sentinelTemplate = (replicas: number): string => `${tls(ports.sentinel).trim()}
bind * -::*
dir /tmp
aclfile ${paths.acl}/sentinel.acl
sentinel resolve-hostnames yes
sentinel announce-hostnames yes
sentinel deny-scripts-reconfig yes
sentinel myid $id
sentinel announce-ip $host
sentinel announce-port ${ports.sentinel}
sentinel sentinel-user sentinel
sentinel sentinel-pass $SENTINEL_PASSWORD
sentinel monitor ${master} $master ${ports.redis} ${Math.floor(replicas / 2) + 1}
sentinel auth-user ${master} sentinel
sentinel auth-pass ${master} $SENTINEL_PASSWORD
sentinel down-after-milliseconds ${master} 10000
sentinel failover-timeout ${master} 60000
sentinel parallel-syncs ${master} 1`;
