import * as pulumi from "@pulumi/pulumi";
import type { BuiltImage } from "../../core/builds";
import { password } from "../../core/credentials";
import type { JobAccess } from "../../core/job-runner";
import type { Size } from "../../core/profiles";
import type { Service } from "../../core/service";
import { filesFrom } from "../../core/sources";
import type { TrinoAccess } from "../../data/trino";
import type { RedisAccess } from "../../infrastructure/redis";
import type { Bucket } from "../../storage/minio";
import type { Database } from "../../storage/postgresql";
import * as config from "./config";
import { connections, variables } from "./connections";
import type { Setup } from "./pods";

/** What Airflow uses of others. */
interface Used {
  readonly state: Database;
  readonly results: Database;
  readonly redis: RedisAccess;
  readonly logs: Bucket;
  readonly dags: Bucket;
  readonly trino: TrinoAccess | undefined;
  /** By the connection through which a DAG starts them. */
  readonly jobs: Readonly<Record<string, JobAccess>>;
}

/** Makes what all pods read: secrets, templates of configuration, scripts, DAGs and plugins of the platform's own. */
export function setupOf(service: Service, image: BuiltImage, used: Used, worker: Size): Setup {
  const { state, results, redis, logs, dags, trino, jobs } = used;
  const { platform, namespace } = service;
  const bundles = platform.settings.dagBundles;
  const host = platform.host("airflow");
  const wired: config.Wired = { host, namespace, metadata: state, results, redis, logs, dags, bundles, worker };
  const keys = service.secret("keys", "server", {
    fernet: password(service, "fernet").result.apply(fernetKey),
    session: password(service, "session").result,
    tokens: password(service, "tokens").result,
  });
  const tokens = bundles.flatMap(({ name, git: { token } }) =>
    token
      ? [
          [
            config.gitConnection(name),
            service.secret(`git-${name}`, "server", { token: pulumi.secret(token) }),
          ] as const,
        ]
      : [],
  );
  const code = (name: "dags" | "plugins") =>
    filesFrom(service.configMap(name, "server", config.filesOf(name)), config.paths[name]);
  return {
    service,
    image,
    secrets: {
      keys,
      metadata: state.credentials,
      results: results.credentials,
      redis: redis.credentials,
      logs: logs.credentials,
      dags: dags.credentials,
      ...(trino ? { trino: trino.credentials } : {}),
      ...Object.fromEntries(Object.entries(jobs).map(([id, { credentials }]) => [id, credentials])),
      ...Object.fromEntries(tokens),
    },
    templates: service.configMap("config", "server", {
      ...Object.fromEntries(config.kinds.map((kind) => [`${kind}.cfg`, config.airflowCfg(kind, wired)])),
      "connections.json": connections({ logs, dags, bundles, trino, jobs }),
      "variables.json": variables(jobs),
    }),
    scripts: service.configMap("scripts", "server", {
      "alive.py": config.fileText("alive.py"),
      "configure.py": config.fileText("configure.py"),
    }),
    code: [code("dags"), code("plugins")],
  };
}

/** 32 characters as Fernet takes them. */
const fernetKey = (text: string): string =>
  Buffer.from(text).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
