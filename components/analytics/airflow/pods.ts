import type { BuiltImage } from "../../core/builds";
import { authorityMount } from "../../core/certificates";
import { plainLines } from "../../core/logs";
import type { ContainerSpec } from "../../core/pods";
import { jobSize } from "../../core/profiles";
import type { Service } from "../../core/service";
import { filesFrom, type Mount, type Source, scratch } from "../../core/sources";
import { databaseEnv, type Kind, logs, paths } from "./config";
import { statsd } from "./statsd";

/** What all of Airflow's pods have in common, which is nearly everything. */

export const bin = "/opt/airflow/bin";

export interface Setup {
  readonly service: Service;
  readonly image: BuiltImage;
  /** Folders that templates name. */
  readonly secrets: Readonly<Record<string, Source>>;
  readonly templates: Source;
  readonly scripts: Source;
  /** DAGs and plugins of the platform's own. */
  readonly code: readonly Mount[];
}

const run = scratch("run", paths.run, "1Mi", "Memory");
const files = ["connections.json", "variables.json"];

/** First the files with secrets are made for this kind of process, then it starts. @param figures whether it tells any */
export function podOf(
  { service, image, secrets, templates, scripts, code }: Setup,
  kind: Kind,
  container: Omit<ContainerSpec, "image" | "logs">,
  figures = false,
) {
  const scriptsMount = filesFrom(scripts, paths.scripts);
  const folders = Object.entries(secrets).flatMap(([name, source]) => {
    const path = `${paths.secrets}/${name}`;
    if (kind !== "worker") return filesFrom(source, path);
    if (name === "metadata") return [];
    return filesFrom(source, path, name === "keys" ? { session: "session" } : undefined);
  });
  const configure: ContainerSpec = {
    name: "configure",
    image: image.reference,
    logs: plainLines,
    command: [
      `${bin}/python`,
      `${paths.scripts}/configure.py`,
      paths.secrets,
      paths.run,
      ...["airflow.cfg", ...files].map((file) => `${paths.templates}/${file}`),
    ],
    resources: jobSize,
    mounts: [
      run,
      filesFrom(templates, paths.templates, {
        [`${kind}.cfg`]: "airflow.cfg",
        ...Object.fromEntries(files.map((file) => [file, file])),
      }),
      scriptsMount,
      ...folders,
    ],
  };
  return {
    init: [configure],
    containers: [
      {
        ...container,
        image: image.reference,
        logs,
        env: {
          HOME: paths.home,
          // There is no name for the user that OpenShift assigns.
          USER: "airflow",
          AIRFLOW_HOME: paths.home,
          AIRFLOW_CONFIG: `${paths.run}/airflow.cfg`,
          PYTHONDONTWRITEBYTECODE: "1",
          ...databaseEnv,
          ...container.env,
        },
        mounts: [
          run,
          scratch("home", paths.home, "10Gi"),
          scratch("tmp", "/tmp", "1Gi"),
          ...code,
          scriptsMount,
          authorityMount(service),
          ...(container.mounts ?? []),
        ],
      },
      ...(figures ? [statsd(service.platform.image("statsd-exporter"))] : []),
    ],
  };
}

/**
 * Probes of a process that tells its database that it lives. Nobody's requests depend on whether it is ready.
 * @param kind of job, in Airflow's words
 */
export function heardOf(kind: string) {
  const alive = { command: [`${bin}/python`, `${paths.scripts}/alive.py`, "job", kind] };
  return {
    startup: { ...alive, period: 10, timeout: 30, failures: 60 },
    readiness: { ...alive, period: 120, timeout: 30 },
    liveness: { ...alive, period: 60, timeout: 30, failures: 5 },
  };
}
