import { builtImage } from "../core/builds";
import { authorityFile } from "../core/certificates";
import type { JobAccess } from "../core/job-runner";
import type { Platform } from "../core/platform";
import { ProjectRuns, type Run } from "../core/project-runs";
import { projectFolder } from "../core/project-scripts";
import { Service } from "../core/service";
import { site } from "../core/site";
import { filesFrom } from "../core/sources";
import type { ValidationProject } from "../core/validation-projects";
import type { Trino, TrinoAccess } from "../data/trino";
import type { Minio } from "../storage/minio";
import { alerts } from "./great-expectations/alerts";
import * as config from "./great-expectations/config";
import { panels } from "./great-expectations/panels";

/**
 * Great Expectations: whether the lakehouse's tables are what people expect of them. It is a library, no server: each project
 * of `datalyptica:validationProjects` is a CronJob `great-expectations-<name>`, which may also be run by hand, and
 * `great-expectations-demo` is a project of the platform's own, for trying it and for the smoke check. A run that finds bad
 * rows fails, so that whoever waits for it stops.
 *
 * A project is fetched from Git or from a bundle in bucket `data-docs`, and its checkpoints run as SQL on Trino. Results go to
 * table `iceberg.data_quality.results` and to the bucket; a small web server shows them as pages (Data Docs) inside the cluster.
 * ha: 2 web servers. standalone: 1. Ports: 8443 pages and metrics, and the server that starts Jobs for others (TLS).
 */

interface Wiring {
  readonly minio: Minio;
  readonly trino: Trino;
}

/** How long a run may take, in seconds. */
const deadline = 7200;
const resultDays = 90;

export class GreatExpectations extends Service {
  static readonly service = "great-expectations";
  private readonly runs: ProjectRuns;
  private readonly trino: TrinoAccess;

  constructor(platform: Platform, { minio, trino }: Wiring) {
    super(platform, GreatExpectations.service);
    const account = this.serviceAccount();
    const bucket = minio.bucket(this, "data-docs", { expireDays: resultDays, expirePrefix: "validations/" });
    // It reads everything, and writes nothing but its results.
    this.trino = trino.access(this, { writes: config.schema });
    this.runs = new ProjectRuns(this, {
      product: config.product,
      account,
      image: builtImage(this, "great-expectations"),
      bucket,
      size: platform.size("great-expectations-run"),
      runnerSize: platform.size("great-expectations-runner"),
      deadline,
      scripts: config.scriptFiles(),
    });
    site(this, {
      name: "great-expectations",
      component: "docs",
      account,
      size: platform.size("great-expectations"),
      bucket,
      prefix: "site",
    });
    this.runs.bundled("demo", config.demonstration(), this.run({ name: "demo" }));
    for (const project of platform.settings.validationProjects) this.runs.project(project, this.run(project));
    this.show(panels);
    this.alert(alerts);
    this.registerOutputs({});
  }

  /** Has a service run projects, and wait for what they say of the data. */
  jobs(owner: Service): JobAccess {
    return this.runs.jobs(owner);
  }

  /** Runs a project's checkpoints, and publishes what came of them. */
  private run({ name, directory, checkpoints }: Pick<ValidationProject, "name"> & Partial<ValidationProject>): Run {
    const { hostname, port } = new URL(this.trino.url);
    return {
      uses: [this.trino],
      container: {
        name: "validate",
        logs: config.logs,
        script: config.runScript,
        env: {
          PROJECT: name,
          PROJECT_DIR: projectFolder(config.product, directory),
          TRINO_HOST: hostname,
          TRINO_PORT: port,
          TRINO_CATALOG: config.catalog,
          // Trino's client inside of Great Expectations is told of no authority.
          REQUESTS_CA_BUNDLE: authorityFile,
          ...(checkpoints ? { CHECKPOINTS: JSON.stringify(checkpoints) } : {}),
        },
        mounts: [filesFrom(this.trino.credentials, config.paths.trino)],
      },
    };
  }
}
