import * as fs from "node:fs";
import * as path from "node:path";
import { authorityFile } from "../../core/certificates";
import { jsonText } from "../../core/formats";
import type { LogsSpec } from "../../core/logs";
import type { Size, WorkloadName } from "../../core/profiles";
import type { EnvValue } from "../../core/sources";
import type { TrinoAccess } from "../../data/trino";
import type { Bucket } from "../../storage/minio";

/** What a notebook finds in its pod. */

export const paths = {
  home: "/home/jovyan",
  /** `lakehouse.py`, where Python finds it. */
  library: "/opt/lakehouse",
  /** Logins of the lakehouse, a folder each. */
  logins: "/etc/lakehouse",
  /** Where Jupyter looks for settings first. */
  settings: "/etc/jupyter",
} as const;

/** `https` is the TLS proxy's; the notebook itself listens to its own pod alone. */
export const ports = { https: 8443, health: 8405 } as const;
export const plainPort = 8888;

/** Sizes that people choose from, smallest first. A size with no pods at once is not offered. */
export const sizes = {
  "notebook-small": "Small",
  "notebook-medium": "Medium",
  "notebook-large": "Large",
} as const satisfies Readonly<Partial<Record<WorkloadName, string>>>;
export type NotebookSize = keyof typeof sizes;
export const sizeNames = Object.keys(sizes) as NotebookSize[];

/** What the choice says of a size. */
export const described = ({ cpu, memory, cpuLimit, memoryLimit }: Size): string =>
  `${memory} of memory, up to ${memoryLimit}; ${cpu} CPU, up to ${cpuLimit}`;

/** Lines begin with the level's letter and the time: `[I 2026-11-26 14:00:00.123 ServerApp] …`. */
export const logs: LogsSpec = {
  entry: String.raw`^\[[DIWEC] \d{4}-`,
  level: {
    pattern: String.raw`^\[(?P<level>[DIWEC]) \d{4}-`,
    words: { D: "debug", I: "info", W: "warn", E: "error", C: "fatal" },
  },
};

/** JupyterLab's own, by where they lie. What would leave the cluster, or change an image that cannot be written to, is off. */
export const settings = (): Readonly<Record<string, string>> => ({
  "jupyter_server_config.json": jsonText({
    ServerApp: { root_dir: paths.home, use_redirect_file: false },
    LabApp: { extension_manager: "readonly" },
    ResourceUseDisplay: { track_cpu_percent: true },
  }),
  // News of Jupyter's and newer versions; without news people are asked whether they want them.
  "page_config.json": jsonText({ disabledExtensions: { "@jupyterlab/apputils-extension:announcements": true } }),
});
/** Where each is looked for, below `paths.settings`. */
export const settingsPaths = {
  "jupyter_server_config.json": "jupyter_server_config.json",
  "page_config.json": "labconfig/page_config.json",
} as const;

/** Python's clients that name no authority of their own take it from these. */
const trust = {
  SSL_CERT_FILE: authorityFile,
  REQUESTS_CA_BUNDLE: authorityFile,
  AWS_CA_BUNDLE: authorityFile,
} as const;

export const environment = (wired: {
  readonly trino: TrinoAccess | undefined;
  readonly bucket: Bucket | undefined;
}): Readonly<Record<string, EnvValue>> => ({
  HOME: paths.home,
  USER: "jovyan",
  SHELL: "/bin/bash",
  PYTHONPATH: paths.library,
  ...trust,
  ...(wired.trino ? { TRINO_URL: wired.trino.url } : {}),
  ...(wired.bucket
    ? {
        S3_ENDPOINT: wired.bucket.endpoint,
        S3_REGION: wired.bucket.region,
        S3_BUCKET: wired.bucket.bucket,
      }
    : {}),
});

/** Whether it listens: to its own pod alone, which the kubelet cannot ask. */
export const listening = ["/bin/bash", "-c", `exec 3<>/dev/tcp/127.0.0.1/${plainPort}`] as const;

export const library = (): string => fs.readFileSync(path.join(__dirname, "lakehouse.py"), "utf8");
