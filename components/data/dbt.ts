import { builtImage } from "../core/builds";
import { authorityFile } from "../core/certificates";
import type { DbtProject, DbtTarget } from "../core/dbt-projects";
import type { JobAccess } from "../core/job-runner";
import type { Platform } from "../core/platform";
import { ProjectRuns, type Run } from "../core/project-runs";
import { projectFolder } from "../core/project-scripts";
import { type Handle, Service } from "../core/service";
import { site } from "../core/site";
import { filesFrom, keyOf, type Source } from "../core/sources";
import type { Minio } from "../storage/minio";
import type { Postgresql } from "../storage/postgresql";
import type { ClickHouse } from "./clickhouse";
import { databases } from "./clickhouse/users";
import { alerts } from "./dbt/alerts";
import * as config from "./dbt/config";
import { panels } from "./dbt/panels";
import { runScript } from "./dbt/scripts";
import type { Trino } from "./trino";

/**
 * dbt: models in SQL, built, tested and documented by Jobs. It is no server: each project of `datalyptica:dbtProjects` is a
 * CronJob `dbt-<name>`, which may also be run by hand, and `dbt-demo` is a project of the platform's own, for trying it and
 * for the smoke check. Two runs of a project never meet.
 *
 * A project is fetched from Git or from a bundle in bucket `dbt`, and built on Trino, ClickHouse or PostgreSQL. Artifacts,
 * documentation and figures of each run go to the bucket; a small web server shows them inside the cluster.
 * ha: 2 web servers. standalone: 1. Ports: 8443 documentation and metrics, and the server that starts Jobs for others (TLS).
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

const { paths } = config;
/** How long a run may take, in seconds. */
const deadline = 7200;
const artifactDays = 90;

export class Dbt extends Service {
  static readonly service = "dbt";
  private readonly runs: ProjectRuns;
  private readonly engines = new Map<DbtTarget, Engine>();

  constructor(
    platform: Platform,
    private readonly wiring: Wiring,
  ) {
    super(platform, Dbt.service);
    const account = this.serviceAccount();
    const bucket = wiring.minio.bucket(this, "dbt", { expireDays: artifactDays, expirePrefix: "artifacts/" });
    this.runs = new ProjectRuns(this, {
      product: config.product,
      account,
      image: builtImage(this, "dbt"),
      bucket,
      size: platform.size("dbt"),
      runnerSize: platform.size("dbt-runner"),
      deadline,
      scripts: config.scriptFiles(),
    });
    site(this, {
      name: "dbt-docs",
      component: "docs",
      account,
      size: platform.size("dbt-docs"),
      bucket,
      prefix: "site",
    });
    this.runs.bundled("demo", config.demonstration(), this.run({ name: "demo", target: "trino" }));
    for (const project of platform.settings.dbtProjects) this.runs.project(project, this.run(project));
    this.show(panels);
    this.alert(alerts);
    this.registerOutputs({});
  }

  /** Has a service run projects. */
  jobs(owner: Service): JobAccess {
    return this.runs.jobs(owner);
  }

  /** Builds, tests and documents a project, and publishes what came of it. */
  private run({ name, target, directory }: Pick<DbtProject, "name" | "target"> & Partial<DbtProject>): Run {
    const engine = this.engine(target);
    const profiles = this.configMap(`profiles-${name}`, `run-${name}`, {
      "profiles.yml": config.profilesFile(target, engine.output(config.schemaOf(name))),
    });
    return {
      uses: [engine],
      container: {
        name: "dbt",
        logs: config.logs,
        script: runScript,
        env: {
          DBT_PROJECT_DIR: projectFolder(config.product, directory),
          DBT_PROFILES_DIR: paths.profiles,
          DBT_LOG_PATH: `${paths.work}/logs`,
          // Of Python's clients that name no authority of their own.
          SSL_CERT_FILE: authorityFile,
          [config.passwordVariable]: keyOf(engine.credentials, "password"),
          PROJECT: name,
          TARGET: target,
        },
        mounts: [filesFrom(profiles, paths.profiles)],
      },
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
