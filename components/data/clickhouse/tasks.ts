import { authorityMount } from "../../core/certificates";
import { plainLines } from "../../core/logs";
import { jobSize, type Size } from "../../core/profiles";
import type { Account, Service } from "../../core/service";
import { type EnvValue, filesFrom, keyOf, type Source, scratch } from "../../core/sources";
import type { TaskSpec, Workload } from "../../core/workload";
import { paths, ports } from "./config";

/** What asks the servers something: at install, or on a schedule. */

export interface Asking {
  readonly account: Account;
  readonly image: string;
  /** ConfigMap with the client's file. */
  readonly files: Source;
  readonly servers: Workload;
}

/** The client maps its own program of 700 MiB, of which little is in memory. */
const size: Size = { ...jobSize, memory: "128Mi", cpuLimit: "1", memoryLimit: "512Mi" };

/** @param credentials of the user that it asks as */
export const queryTask = (
  service: Service,
  { account, image, files, servers }: Asking,
  task: {
    readonly part: string;
    readonly script: string;
    readonly credentials: Source;
    readonly env: Readonly<Record<string, EnvValue>>;
  },
): TaskSpec => ({
  name: `clickhouse-${task.part}`,
  component: task.part,
  account,
  uses: [{ reaches: [{ peer: servers.peer, port: ports.native }], ready: [servers.resource] }],
  size,
  containers: [
    {
      name: task.part,
      logs: plainLines,
      image,
      command: ["/bin/bash", "-ec", task.script],
      env: {
        HOME: "/tmp",
        CLICKHOUSE_USER: keyOf(task.credentials, "username"),
        CLICKHOUSE_PASSWORD: keyOf(task.credentials, "password"),
        ...task.env,
      },
      resources: size,
      mounts: [scratch("tmp", "/tmp", "64Mi"), filesFrom(files, paths.config), authorityMount(service)],
    },
  ],
});
