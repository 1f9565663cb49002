import { authorityFile, authorityMount } from "../../core/certificates";
import { plainLines } from "../../core/logs";
import { serviceHost } from "../../core/names";
import { jobSize } from "../../core/profiles";
import type { Account, Handle, Service } from "../../core/service";
import { type EnvValue, keyOf, type Mount, type Source } from "../../core/sources";
import { job, type Workload } from "../../core/workload";

/** Jobs that prepare something in PostgreSQL for a client, as the superuser. */

export interface Servers {
  readonly account: Account;
  readonly image: string;
  readonly tmp: Mount;
  readonly superuser: Source;
  /** Clients' way to the primary. */
  readonly access: Handle;
}

export const psql = "/usr/pgsql-17/bin/psql -v ON_ERROR_STOP=1";

/** @param task its script is Bash; `$connection` is complete but for `dbname`, and the primary answers when it starts */
export function provision(
  service: Service,
  { account, image, tmp, superuser, access }: Servers,
  task: {
    readonly part: string;
    readonly script: string;
    readonly uses?: readonly Handle[];
    readonly once?: boolean;
    readonly env: Readonly<Record<string, EnvValue>>;
    readonly mounts: readonly Mount[];
  },
): Workload {
  const host = serviceHost("postgresql", service.namespace);
  const script = [
    `connection="host=${host} port=5432 user=postgres sslmode=verify-full sslrootcert=${authorityFile}"`,
    `until ${psql} "$connection dbname=postgres" -qtc 'SELECT 1' > /dev/null; do sleep 2; done`,
    task.script,
  ].join("\n");
  return job(service, {
    name: `postgresql-${task.part}`,
    component: task.part,
    account,
    ...(task.once ? { once: true } : {}),
    uses: [access, ...(task.uses ?? [])],
    containers: [
      {
        name: "provision",
        image,
        logs: plainLines,
        command: ["/bin/bash", "-ec", script],
        env: { HOME: "/tmp", PGPASSWORD: keyOf(superuser, "password"), ...task.env },
        resources: jobSize,
        mounts: [tmp, authorityMount(service), ...task.mounts],
      },
    ],
  });
}
