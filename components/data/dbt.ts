import * as pulumi from "@pulumi/pulumi";
import { type BuiltImage, builtImage } from "../core/builds";
import { authorityFile, authorityMount } from "../core/certificates";
import type { DbtProject, DbtTarget } from "../core/dbt-projects";
import { plainLines } from "../core/logs";
import type { Platform } from "../core/platform";
import type { ContainerSpec } from "../core/pods";
import { type Account, type Handle, Service } from "../core/service";
import { site } from "../core/site";
import { type EnvValue, filesFrom, keyOf, type Mount, type Source, scratch } from "../core/sources";
import { cronJob } from "../core/workload";
import type { Bucket, Minio } from "../storage/minio";
import type { Postgresql } from "../storage/postgresql";
import type { ClickHouse } from "./clickhouse";
import { databases } from "./clickhouse/users";
import { alerts } from "./dbt/alerts";
import * as config from "./dbt/config";
import { panels } from "./dbt/panels";
import { bundleScript, copyScript, gitScript, runScript } from "./dbt/scripts";
import type { Trino } from "./trino";

/**
 * dbt: models in SQL, built, tested and documented by Jobs. It is no server: each project of `datalyptica:dbtProjects` is a
 * CronJob `dbt-<name>`, which may also be run by hand, and `dbt-demo` is a project of the platform's own, for trying it and
 * for the smoke check. Two runs of a project never meet.
 *
 * A project is fetched from Git or from a bundle in bucket `dbt`, and built on Trino, ClickHouse or PostgreSQL. Artifacts,
 * documentation and figures of each run go to the bucket; a small web server shows them inside the cluster.
 * ha: 2 web servers. standalone: 1. Ports: 8443 documentation and metrics (TLS).
 */

/** dbt's user of an engine. */
interface Engine extends Handle {
  /** How a project reaches its schema there. */
  output(schema: string): config.Output;
  readonly credentials: Source;
}

interface Wiring {
  readonly minio: Minio;
  readonly trino: Trino;
  readonly clickhouse?: ClickHouse | undefined;
  readonly postgresql?: Postgresql | undefined;
}

interface Run {
  readonly name: string;
  readonly target: DbtTarget;
  readonly directory?: string | undefined;
  readonly schedule?: string | undefined;
  readonly staleAfterHours?: number | undefined;
  readonly fetch: Pick<ContainerSpec, "command" | "env" | "mounts">;
  /** Address blocks that it may reach, as `<address block>:<port>`. */
  readonly egress?: readonly string[];
}

const { paths } = config;
/** How long a run may take, in seconds. */
const deadline = 7200;
const artifactDays = 90;
const work = scratch("work", paths.work, "2Gi");
const tmp = scratch("tmp", "/tmp", "256Mi");

export class Dbt extends Service {
  static readonly service = "dbt";
  private readonly account: Account;
  private readonly image: BuiltImage;
  private readonly bucket: Bucket;
  private readonly scripts: Mount;
  private readonly engines = new Map<DbtTarget, Engine>();

  constructor(
    platform: Platform,
    private readonly wiring: Wiring,
  ) {
    super(platform, Dbt.service);
    this.account = this.serviceAccount();
    this.image = builtImage(this, "dbt");
    this.bucket = wiring.minio.bucket(this, "dbt", { expireDays: artifactDays, expirePrefix: "artifacts/" });
    this.scripts = filesFrom(this.configMap("scripts", "run", config.scriptFiles()), paths.scripts);
    site(this, {
      name: "dbt-docs",
      component: "docs",
      account: this.account,
      size: platform.size("dbt-docs"),
      bucket: this.bucket,
      prefix: "site",
    });
    this.run({ name: "demo", target: "trino", fetch: this.demonstration() });
    for (const project of platform.settings.dbtProjects) this.project(project);
    this.show(panels);
    this.alert(alerts);
    this.registerOutputs({});
  }

  private project({ source, ...project }: DbtProject): void {
    if ("bundle" in source) {
      this.run({
        ...project,
        fetch: {
          command: ["/bin/bash", "-ec", bundleScript],
          env: { BUNDLE: source.bundle, ...this.bucketEnv() },
          mounts: [this.scripts, authorityMount(this)],
        },
      });
      return;
    }
    const token =
      source.token && this.secret(`git-${project.name}`, `run-${project.name}`, { token: pulumi.secret(source.token) });
    this.run({
      ...project,
      egress: source.egress,
      fetch: {
        command: ["/bin/bash", "-ec", gitScript],
        env: { GIT_URL: source.git, GIT_REF: source.ref },
        mounts: token ? [filesFrom(token, paths.git)] : [],
      },
    });
  }

  private demonstration(): Run["fetch"] {
    const files = config.demonstration();
    const names = Object.keys(files).map((file) => [config.keyOfFile(file), file] as const);
    const source = this.configMap(
      "demo",
      "run-demo",
      Object.fromEntries(names.map(([key, file]) => [key, files[file] ?? ""])),
    );
    return {
      command: ["/bin/bash", "-ec", copyScript],
      mounts: [filesFrom(source, paths.bundled, Object.fromEntries(names))],
    };
  }

  /** A CronJob that fetches a project, builds, tests and documents it, and publishes what came of it. */
  private run({ name, target, directory, schedule, staleAfterHours, fetch, egress = [] }: Run): void {
    const size = this.platform.size("dbt");
    const component = `run-${name}`;
    const engine = this.engine(target);
    const profiles = this.configMap(`profiles-${name}`, component, {
      "profiles.yml": config.profilesFile(target, engine.output(config.schemaOf(name))),
    });
    const { peer } = cronJob(this, {
      name: `dbt-${name}`,
      component,
      account: this.account,
      size,
      schedule,
      // A run that failed may have done half of its work: that is for the next one, or for somebody who has looked.
      once: true,
      deadline,
      uses: [this.image, this.bucket, engine],
      init: [
        {
          name: "fetch",
          logs: plainLines,
          image: this.image.reference,
          // It is done before dbt starts, so that it costs the node nothing.
          resources: size,
          ...fetch,
          env: { HOME: paths.home, ...fetch.env },
          mounts: [work, tmp, ...(fetch.mounts ?? [])],
        },
      ],
      containers: [
        {
          name: "dbt",
          logs: config.logs,
          image: this.image.reference,
          command: ["/bin/bash", "-ec", runScript],
          env: {
            HOME: paths.home,
            DBT_PROJECT_DIR: directory ? `${paths.project}/${directory}` : paths.project,
            DBT_PROFILES_DIR: paths.profiles,
            DBT_LOG_PATH: `${paths.work}/logs`,
            // Of Python's clients that name no authority of their own.
            SSL_CERT_FILE: authorityFile,
            [config.passwordVariable]: keyOf(engine.credentials, "password"),
            PROJECT: name,
            TARGET: target,
            ...(staleAfterHours ? { STALE_AFTER_SECONDS: `${staleAfterHours * 3600}` } : {}),
            ...this.bucketEnv(),
          },
          resources: size,
          mounts: [work, tmp, filesFrom(profiles, paths.profiles), this.scripts, authorityMount(this)],
        },
      ],
    });
    for (const block of egress) {
      const [cidr = "", port] = block.split(":");
      this.platform.flows.allowBlock(peer, { cidr, port: Number(port) });
    }
  }

  private bucketEnv(): Readonly<Record<string, EnvValue>> {
    const { endpoint, region, bucket, credentials } = this.bucket;
    return {
      S3_ENDPOINT: endpoint,
      S3_REGION: region,
      S3_ACCESS_KEY: keyOf(credentials, "accessKey"),
      S3_SECRET_KEY: keyOf(credentials, "secretKey"),
      BUCKET: bucket,
      CA_FILE: authorityFile,
    };
  }

  /** Made for the first project that is built there. */
  private engine(target: DbtTarget): Engine {
    const engine = this.engines.get(target) ?? this.access(target);
    this.engines.set(target, engine);
    return engine;
  }

  private access(target: DbtTarget): Engine {
    const { trino, clickhouse, postgresql } = this.wiring;
    if (target === "clickhouse" && clickhouse) {
      const access = clickhouse.access(this, [{ database: databases.analytics, rights: "write" }]);
      // There a schema is a database: all projects share the one for analysts.
      return { ...access, output: () => config.clickhouseOutput(access, databases.analytics) };
    }
    if (target === "postgresql" && postgresql) {
      const database = postgresql.database(this, config.database);
      return { ...database, output: (schema) => config.postgresqlOutput(database, schema) };
    }
    const access = trino.access(this);
    return { ...access, output: (schema) => config.trinoOutput(access, this.service, schema) };
  }
}
