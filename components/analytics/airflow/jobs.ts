import { password } from "../../core/credentials";
import type { Size } from "../../core/profiles";
import type { Account, Handle } from "../../core/service";
import { filesFrom } from "../../core/sources";
import { cronJob, job } from "../../core/workload";
import type { Database } from "../../storage/postgresql";
import { paths } from "./config";
import type { Login } from "./login";
import { bin, podOf, type Setup } from "./pods";

/** What runs before Airflow, and what tidies up behind it. */

/** Tables, and rights of roles; without Keycloak, the one user. Running it again changes nothing. */
export function migration(setup: Setup, account: Account, state: Database, login: Login, size: Size): Handle {
  const { service, image } = setup;
  const admin = login.client
    ? undefined
    : service.secret("admin", "access", { username: "admin", password: password(service, "admin").result });
  const user = `--username admin --password "$(cat ${paths.admin}/password)"`;
  const steps = [
    "airflow db migrate",
    "airflow sync-perm",
    // The first of these does nothing where the user is there.
    ...(admin
      ? [
          `airflow users create ${user} --role Admin --firstname Platform --lastname Administrator --email admin@localhost`,
          `airflow users reset-password ${user}`,
        ]
      : []),
  ];
  const { resource } = job(service, {
    name: "airflow-migrate",
    component: "migrate",
    account,
    size: { ...size, replicas: 1 },
    uses: [image, state],
    ...podOf(setup, "api-server", {
      name: "migrate",
      command: ["/bin/bash", "-ec", steps.map((step) => `${bin}/${step}`).join("\n")],
      resources: size,
      env: login.env,
      mounts: [...login.mounts, ...(admin ? [filesFrom(admin, paths.admin)] : [])],
    }),
  });
  return { reaches: [], ready: [resource] };
}

/** Rows of runs that are long over; their logs are gone by then, too. @param days that they are kept */
export function cleaning(
  setup: Setup,
  account: Account,
  state: Database,
  migrated: Handle,
  size: Size,
  days: number,
): void {
  const before = `"$(date -u -d '-${days} days' +%Y-%m-%dT%H:%M:%S+00:00)"`;
  cronJob(setup.service, {
    name: "airflow-clean",
    component: "clean",
    account,
    size: { ...size, replicas: 1 },
    schedule: "30 3 * * 0",
    deadline: 3600,
    uses: [setup.image, migrated, state],
    ...podOf(setup, "control", {
      name: "clean",
      command: [
        "/bin/bash",
        "-ec",
        `exec ${bin}/airflow db clean --clean-before-timestamp ${before} --skip-archive --yes`,
      ],
      resources: size,
    }),
  });
}
