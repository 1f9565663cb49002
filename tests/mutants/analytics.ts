import type { Mutant } from "./mutants";

/** Mistakes in the layer that people work with. */
export const analytics: readonly Mutant[] = [
  {
    what: "workers of Airflow with the key that signs tokens",
    file: "components/analytics/airflow/config.ts",
    from: "...(own ? { api_auth: { jwt_secret:",
    to: "...(wired ? { api_auth: { jwt_secret:",
  },
  {
    what: "workers of Airflow that can read the metadata database",
    file: "components/analytics/airflow/config.ts",
    from: 'sql_alchemy_conn: own ? databaseUrl(wired.metadata, "metadata") : results',
    to: 'sql_alchemy_conn: databaseUrl(wired.metadata, "metadata")',
  },
  {
    what: "Sentinels that Airflow believes without a certificate",
    file: "components/analytics/airflow/config.ts",
    from: 'ssl_cert_reqs: "required"',
    to: 'ssl_cert_reqs: "none"',
  },
  {
    what: "Airflow's queue among the keys of others",
    file: "components/analytics/airflow/config.ts",
    from: "global_keyprefix: keyPrefix, ",
    to: "",
  },
  {
    what: "people without a role who see Airflow's DAGs",
    file: "components/analytics/airflow/webserver_config.py",
    from: 'AUTH_USER_REGISTRATION_ROLE = "Public"',
    to: 'AUTH_USER_REGISTRATION_ROLE = "Viewer"',
  },
  {
    what: "a runner that starts Jobs of every CronJob",
    file: "components/core/job-runner/runner.py",
    from: "if cronjob not in allowed:",
    to: "if not cronjob:",
  },
  {
    what: "a runner that starts Jobs for strangers",
    file: "components/core/job-runner/runner.py",
    from: "if not caller:",
    to: "if caller is False:",
  },
  {
    what: "a runner that starts two runs at once",
    file: "components/core/job-runner/runner.py",
    from: "if of(job, cronjob) and not over(job)]",
    to: "if of(job, name)]",
  },
  {
    what: "a failed Job that is told as a success",
    file: "components/core/job-runner/runner.py",
    from: 'if condition["type"] == "Complete" else "failed"',
    to: 'if condition["type"] else "failed"',
  },
];
