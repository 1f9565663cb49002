import * as pulumi from "@pulumi/pulumi";
import type { Bucket } from "../storage/minio";
import type { BuiltImage } from "./builds";
import { authorityFile, authorityMount } from "./certificates";
import { type JobAccess, JobRunner } from "./job-runner";
import { plainLines } from "./logs";
import type { ContainerSpec } from "./pods";
import type { Size } from "./profiles";
import { keyOfFile, type ProjectPaths, projectPaths, projectScripts, sharedFiles } from "./project-scripts";
import type { Project } from "./projects";
import type { Account, Handle, Service } from "./service";
import { type EnvValue, filesFrom, keyOf, type Mount, scratch } from "./sources";
import { cronJob } from "./workload";

/**
 * CronJobs that each fetch a project from Git or from a bundle in a bucket, run a product on it, and publish what came of
 * it to the bucket. Two runs of a project never meet, and a run that failed is not tried again by itself.
 */
export interface ProjectRunsSpec {
  /** Of folders and programs in the image: Python is `/opt/<product>/bin/python`. */
  readonly product: string;
  readonly account: Account;
  readonly image: BuiltImage;
  /** Where bundles are, below `projects/`, and where results go. */
  readonly bucket: Bucket;
  readonly size: Size;
  /** Of the server that starts runs for other services. */
  readonly runnerSize: Size;
  /** Seconds after which a run is ended. */
  readonly deadline: number;
  /** Python beside that of all products: file name -> text. */
  readonly scripts: Readonly<Record<string, string>>;
}

/** What runs on a project that has been fetched. */
export interface Run {
  readonly uses: readonly Handle[];
  readonly container: Pick<ContainerSpec, "name" | "logs" | "env" | "mounts"> & {
    /** Bash. */
    readonly script: string;
  };
}

type Fetch = Pick<ContainerSpec, "command" | "env" | "mounts">;
type Named = Pick<Project, "name"> & Partial<Pick<Project, "schedule" | "staleAfterHours">>;

const tmp = scratch("tmp", "/tmp", "256Mi");

export class ProjectRuns {
  private readonly paths: ProjectPaths;
  private readonly fetching: ReturnType<typeof projectScripts>;
  private readonly work: Mount;
  private readonly scripts: Mount;
  private readonly cronJobs: string[] = [];
  private runner: JobRunner | undefined;

  constructor(
    private readonly service: Service,
    private readonly spec: ProjectRunsSpec,
  ) {
    this.paths = projectPaths(spec.product);
    this.fetching = projectScripts(spec.product);
    this.work = scratch("work", this.paths.work, "2Gi");
    this.scripts = filesFrom(
      service.configMap("scripts", "run", { ...sharedFiles(spec.product), ...spec.scripts }),
      this.paths.scripts,
    );
  }

  /** A project of the stack config. */
  project({ source, ...project }: Project, run: Run): void {
    if ("bundle" in source) {
      this.cronJob(project, run, {
        command: ["/bin/bash", "-ec", this.fetching.bundle],
        env: { BUNDLE: source.bundle, ...this.bucketEnv() },
        mounts: [this.scripts, authorityMount(this.service)],
      });
      return;
    }
    const { name } = project;
    const token =
      source.token && this.service.secret(`git-${name}`, `run-${name}`, { token: pulumi.secret(source.token) });
    const fetch = {
      command: ["/bin/bash", "-ec", this.fetching.git],
      env: { GIT_URL: source.git, GIT_REF: source.ref },
      mounts: token ? [filesFrom(token, this.paths.git)] : [],
    };
    this.cronJob(project, run, fetch, source.egress);
  }

  /** A project of the platform's own, which runs only when somebody asks. @param files by their paths in the project */
  bundled(name: string, files: Readonly<Record<string, string>>, run: Run): void {
    const names = Object.keys(files).map((file) => [keyOfFile(file), file] as const);
    const source = this.service.configMap(
      name,
      `run-${name}`,
      Object.fromEntries(names.map(([key, file]) => [key, files[file] ?? ""])),
    );
    this.cronJob({ name }, run, {
      command: ["/bin/bash", "-ec", this.fetching.copy],
      mounts: [filesFrom(source, this.paths.bundled, Object.fromEntries(names))],
    });
  }

  /** Has a service run projects. The server that starts their Jobs is there from the first one that asks for it. */
  jobs(owner: Service): JobAccess {
    const { image, runnerSize } = this.spec;
    this.runner ??= new JobRunner(this.service, {
      jobs: this.cronJobs,
      size: runnerSize,
      image,
      python: this.paths.python,
    });
    return this.runner.access(owner);
  }

  /** @param egress address blocks that it may reach, as `<address block>:<port>` */
  private cronJob(project: Named, { uses, container }: Run, fetch: Fetch, egress: readonly string[] = []): void {
    const { service, paths, work, scripts } = this;
    const { account, image, bucket, size, deadline } = this.spec;
    const { name, schedule, staleAfterHours } = project;
    const { script, env, mounts = [], ...own } = container;
    const job = `${service.service}-${name}`;
    this.cronJobs.push(job);
    const { peer } = cronJob(service, {
      name: job,
      component: `run-${name}`,
      account,
      size,
      schedule,
      // A run that failed may have done half of its work: that is for the next one, or for somebody who has looked.
      once: true,
      deadline,
      uses: [image, bucket, ...uses],
      init: [
        {
          name: "fetch",
          logs: plainLines,
          image: image.reference,
          // It is done before the run starts, so that it costs the node nothing.
          resources: size,
          ...fetch,
          env: { HOME: paths.home, ...fetch.env },
          mounts: [work, tmp, ...(fetch.mounts ?? [])],
        },
      ],
      containers: [
        {
          ...own,
          image: image.reference,
          command: ["/bin/bash", "-ec", script],
          env: {
            HOME: paths.home,
            ...env,
            ...(staleAfterHours ? { STALE_AFTER_SECONDS: `${staleAfterHours * 3600}` } : {}),
            ...this.bucketEnv(),
          },
          resources: size,
          mounts: [work, tmp, ...mounts, scripts, authorityMount(service)],
        },
      ],
    });
    service.platform.flows.allowBlocks(peer, egress);
  }

  private bucketEnv(): Readonly<Record<string, EnvValue>> {
    const { endpoint, region, bucket, credentials } = this.spec.bucket;
    return {
      S3_ENDPOINT: endpoint,
      S3_REGION: region,
      S3_ACCESS_KEY: keyOf(credentials, "accessKey"),
      S3_SECRET_KEY: keyOf(credentials, "secretKey"),
      BUCKET: bucket,
      CA_FILE: authorityFile,
    };
  }
}
