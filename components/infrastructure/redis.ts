import * as pulumi from "@pulumi/pulumi";
import { authorityMount, certificate } from "../core/certificates";
import { password } from "../core/credentials";
import type { Endpoint } from "../core/flows";
import { plainLines } from "../core/logs";
import { serviceHost, serviceNames } from "../core/names";
import type { Platform } from "../core/platform";
import type { ContainerSpec, Resources } from "../core/pods";
import { jobSize } from "../core/profiles";
import { type Account, type Handle, Service } from "../core/service";
import { claim, filesFrom, keyOf, type Mount, podField, rereadFrom, type Source, scratch } from "../core/sources";
import { job, statefulSet, type Workload } from "../core/workload";
import { aclFiles, clientRules, type Grant, internalUsers, type User } from "./redis/acl";
import { alerts } from "./redis/alerts";
import {
  master,
  type Node,
  nodeOf,
  nodeTable,
  paths,
  ports,
  redisConfig,
  redisFile,
  sentinelFile,
  serverLogs,
} from "./redis/config";
import { exporter, logins, loginsKey } from "./redis/exporter";
import { panels } from "./redis/panels";
import { configureScript, handoverScript, livenessScript, loadAclScript, readinessScript } from "./redis/scripts";

/**
 * Redis for queues and caches: Celery's brokers, Superset's caches and results. Nothing in it is a system of record, and
 * whoever uses it must be able to lose what it wrote last.
 *
 * ha: a master with two replicas, and a Sentinel beside each: any two Sentinels elect another master about 10 s after the
 * last one fell silent. Replication does not wait: writes that no replica had yet are lost then, at most 10 s of them if
 * the old master was cut off, and with a node's crash those of its last second on disk. A restart that was asked for
 * (roll, drain) hands over first and loses nothing. Without any replica in reach the master takes no writes.
 * standalone: one server, no Sentinel; a crash loses at most the last second.
 *
 * Clients ask the Sentinels for the master, by the names of the pods' own Services (`redis-announce-N`): these stay when
 * pods go, hence so does what Sentinels remember. No Service leads to all servers, since writes fail on replicas.
 *
 * Ports: 6379 Redis, 26379 Sentinel, both TLS only; every client has a user of its own (docs/adr/0013). 9121 metrics.
 */

/** A user of Redis with its own keys and channels; in ha the same user may ask the Sentinels. */
export interface RedisAccess extends Handle {
  /** Sentinels to ask for the master; empty in standalone. */
  readonly sentinels: readonly { readonly host: string; readonly port: number }[];
  /** The name under which the Sentinels know the master. */
  readonly master: string;
  /** The server in standalone; absent in ha, where only the Sentinels know it. */
  readonly host: string | undefined;
  readonly port: number;
  /** Secret in the owner's namespace: `username`, `password`, for Redis and for Sentinel. */
  readonly credentials: Source;
}

const sentinelResources: Resources = { cpu: "20m", memory: "32Mi", cpuLimit: "200m", memoryLimit: "128Mi" };
const governing = "redis-headless";
const data = claim("data", paths.data);
const run = scratch("run", paths.run, "1Mi", "Memory");
const shell = (script: string): readonly string[] => ["/bin/sh", "-ec", script];

export class Redis extends Service {
  static readonly service = "redis";
  private readonly account: Account;
  private readonly image: string;
  private readonly nodes: readonly Node[];
  private readonly passwords: Source;
  private readonly users: pulumi.Output<User>[] = [];
  private readonly servers: Workload;
  private readonly aclLoaded: Workload;

  constructor(platform: Platform, _wiring: object) {
    super(platform, Redis.service);
    const size = platform.size("redis");
    const { clustered } = this;
    this.image = platform.image("redis");
    this.account = this.serviceAccount({ stateful: true });
    const own = (i: number) => (clustered ? `redis-announce-${i}` : "redis");
    this.nodes = Array.from({ length: size.replicas }, (_, i) =>
      nodeOf(`redis-${i}`, serviceHost(own(i), this.namespace)),
    );
    this.passwords = this.internalPasswords();
    const files = platform.whenWired(() => pulumi.all(this.users).apply(aclFiles));
    const acl = this.secret("acl", "server", files);
    const config = this.configMap("config", "server", {
      "redis.conf": redisConfig(size),
      ...(clustered ? { nodes: nodeTable(this.nodes) } : {}),
    });
    const tls = certificate(this, "tls", "redis", [
      ...["redis", ...(clustered ? ["redis-sentinel", ...this.nodes.map((_, i) => own(i))] : [])].flatMap((name) =>
        serviceNames(name, this.namespace),
      ),
      `*.${serviceHost(governing, this.namespace)}`,
      "localhost",
    ]);

    const configMount = filesFrom(config, paths.config);
    const shared: readonly Mount[] = [
      data,
      filesFrom(tls, paths.tls, { "tls.crt": "tls.crt", "tls.key": "tls.key" }),
      // A new client must not restart the servers of all the others.
      rereadFrom(acl, paths.acl),
      authorityMount(this),
    ];
    this.servers = statefulSet(this, {
      name: "redis",
      component: "server",
      account: this.account,
      size,
      governing,
      volume: "data",
      // Handing over takes up to 20 s, stopping up to 10 s.
      gracePeriod: 60,
      amongItself: clustered ? [ports.redis, ports.sentinel] : [],
      ...(clustered ? { init: [this.configure(size.replicas, configMount)] } : {}),
      containers: [
        {
          name: "redis",
          image: this.image,
          logs: serverLogs,
          // Not the image's entrypoint, which loads modules that nobody uses.
          command: ["redis-server", clustered ? redisFile : `${paths.config}/redis.conf`],
          env: {
            REDISCLI_AUTH: keyOf(this.passwords, "health"),
            ...(clustered
              ? { POD_NAME: podField("metadata.name"), HANDOVER_PASSWORD: keyOf(this.passwords, "handover") }
              : {}),
          },
          ports: { redis: ports.redis },
          resources: size,
          mounts: [...shared, configMount, ...(clustered ? [run] : [])],
          // A large file takes its time to load; the server answers meanwhile.
          startup: { command: shell(livenessScript(ports.redis)), period: 5, failures: 60 },
          readiness: { command: shell(readinessScript), timeout: 10 },
          liveness: { command: shell(livenessScript(ports.redis)), failures: 5 },
          ...(clustered ? { preStop: shell(handoverScript) } : {}),
        },
        ...(clustered ? [this.sentinel(shared)] : []),
        exporter(platform.image("redis-exporter"), clustered, this.passwords, authorityMount(this)),
      ],
    });
    this.services();
    this.aclLoaded = this.loadAcl(acl);
    // For the smoke check, which comes as one more client.
    this.user("check", { keys: ["check:*"] }, this, "check");
    this.alert(alerts(size.replicas));
    this.show(panels(size.replicas));
    this.registerOutputs({});
  }

  /** A user for a service, of the service's name. What others have in Redis it can neither read nor write. */
  access(owner: Service, grant: Grant): RedisAccess {
    return {
      reaches: this.endpoints,
      // The user is on all servers when the Job is done; it needs them up for that.
      ready: [this.aclLoaded.resource, this.servers.resource],
      sentinels: this.clustered ? this.nodes.map(({ host }) => ({ host, port: ports.sentinel })) : [],
      master,
      host: this.clustered ? undefined : this.nodes[0]?.host,
      port: ports.redis,
      credentials: this.user(owner.service, grant, owner, "redis"),
    };
  }

  private get clustered(): boolean {
    return this.platform.size("redis").replicas > 1;
  }

  /** Ports of a pod: a Sentinel is there only where there are several. */
  private get open(): Readonly<Record<string, number>> {
    return this.clustered ? ports : { redis: ports.redis };
  }

  private get endpoints(): readonly Endpoint[] {
    return Object.values(this.open).map((port) => ({ peer: this.servers.peer, port }));
  }

  /** Before the servers: their configuration, and which of them is master. */
  private configure(replicas: number, configMount: Mount): ContainerSpec {
    return {
      name: "configure",
      image: this.image,
      logs: plainLines,
      command: shell(configureScript(replicas)),
      env: {
        POD_NAME: podField("metadata.name"),
        REDISCLI_AUTH: keyOf(this.passwords, "health"),
        REPLICATION_PASSWORD: keyOf(this.passwords, "replication"),
        SENTINEL_PASSWORD: keyOf(this.passwords, "sentinel"),
      },
      resources: jobSize,
      mounts: [data, run, configMount, authorityMount(this)],
    };
  }

  private sentinel(shared: readonly Mount[]): ContainerSpec {
    const alive = { command: shell(livenessScript(ports.sentinel)) };
    return {
      name: "sentinel",
      image: this.image,
      logs: serverLogs,
      command: ["redis-sentinel", sentinelFile],
      env: { REDISCLI_AUTH: keyOf(this.passwords, "health") },
      ports: { sentinel: ports.sentinel },
      resources: sentinelResources,
      mounts: [...shared, scratch("tmp", "/tmp", "16Mi")],
      startup: { ...alive, period: 5, failures: 24 },
      readiness: alive,
      liveness: { ...alive, failures: 5 },
    };
  }

  private services(): void {
    this.clusterIp(governing, "server", this.open, { headless: true });
    if (!this.clustered) {
      this.clusterIp("redis", "server", this.open);
      return;
    }
    this.clusterIp("redis-sentinel", "server", { sentinel: ports.sentinel }, { unready: true });
    for (const [i, { pod }] of this.nodes.entries()) {
      const selector = { ...this.servers.peer.selector, "statefulset.kubernetes.io/pod-name": pod };
      this.clusterIp(`redis-announce-${i}`, "server", this.open, { selector, unready: true });
    }
  }

  /**
   * Has all servers read the users anew, whenever these change. It does not wait for the servers to be rolled: a roll after
   * a changed password of replication needs the new users on the servers that still run.
   */
  private loadAcl(acl: Source): Workload {
    return job(this, {
      name: "redis-acl",
      component: "acl",
      account: this.account,
      uses: [{ reaches: this.endpoints, ready: [] }],
      containers: [
        {
          name: "acl",
          image: this.image,
          logs: plainLines,
          command: shell(loadAclScript),
          env: {
            NODES: this.nodes
              .flatMap(({ host }) => Object.values(this.open).map((port) => `${host}:${port}`))
              .join(" "),
            VERSION: keyOf(acl, "version"),
            REDISCLI_AUTH: keyOf(this.passwords, "provisioner"),
          },
          resources: jobSize,
          mounts: [authorityMount(this)],
        },
      ],
    });
  }

  /** Adds a client to the ACL files. @param part of the Secret `<owner>-<part>` with its credentials */
  private user(username: string, grant: Grant, owner: Service, part: string): Source {
    const { result } = password(this, `user-${username}`);
    this.users.push(result.apply((password) => ({ name: username, password, rules: clientRules(grant) })));
    return owner.secret(part, "access", { username, password: result });
  }

  /** The platform's own users, in Secret `redis-internal` by name. */
  private internalPasswords(): Source {
    const passwords = Object.entries(internalUsers).map(([name, rules]) => {
      const { result } = password(this, name);
      this.users.push(result.apply((password) => ({ name, password, rules })));
      return [name, result] as const;
    });
    const keys = pulumi
      .all(Object.fromEntries(passwords))
      .apply((byName) => ({ ...byName, [loginsKey]: logins(byName.exporter ?? "") }));
    return this.secret("internal", "server", keys);
  }
}
