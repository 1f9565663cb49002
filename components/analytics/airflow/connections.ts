import { authorityFile } from "../../core/certificates";
import type { DagBundle } from "../../core/dag-bundles";
import { jsonText } from "../../core/formats";
import type { JobAccess } from "../../core/job-runner";
import type { TrinoAccess } from "../../data/trino";
import type { Bucket } from "../../storage/minio";
import { gitConnection, secretAt } from "./config";

/** Connections and variables that come from handles. Each pod has them as files; what people add by hand is in the database. */

/** A bucket as the AWS provider takes it. */
const bucketConnection = ({ endpoint, region }: Pick<Bucket, "endpoint" | "region">, of: "logs" | "dags") => ({
  conn_type: "aws",
  login: secretAt(`${of}/accessKey`),
  password: secretAt(`${of}/secretKey`),
  extra: JSON.stringify({
    endpoint_url: endpoint,
    region_name: region,
    verify: authorityFile,
    config_kwargs: { s3: { addressing_style: "path" } },
  }),
});

/** Connections by their ids, as a file that Airflow reads; nothing of it is in its database. */
export function connections(wired: {
  readonly logs: Pick<Bucket, "endpoint" | "region">;
  readonly dags: Pick<Bucket, "endpoint" | "region">;
  readonly bundles: readonly DagBundle[];
  readonly trino: Pick<TrinoAccess, "url"> | undefined;
  readonly jobs: Readonly<Record<string, Pick<JobAccess, "url">>>;
}): string {
  const at = (url: string) => ({ host: new URL(url).hostname, port: Number(new URL(url).port) });
  return jsonText({
    airflow_logs: bucketConnection(wired.logs, "logs"),
    airflow_dags: bucketConnection(wired.dags, "dags"),
    ...(wired.trino
      ? {
          trino_default: {
            conn_type: "trino",
            ...at(wired.trino.url),
            login: secretAt("trino/username"),
            password: secretAt("trino/password"),
            extra: JSON.stringify({ protocol: "https", catalog: "iceberg", verify: authorityFile }),
          },
        }
      : {}),
    ...Object.fromEntries(
      Object.entries(wired.jobs).map(([id, { url }]) => [
        id,
        { conn_type: "generic", ...at(url), password: secretAt(`${id}/token`) },
      ]),
    ),
    ...Object.fromEntries(
      wired.bundles.map(({ name, git: { url, token } }) => [
        gitConnection(name),
        {
          conn_type: "git",
          host: url,
          ...(token ? { login: "token", password: secretAt(`${gitConnection(name)}/token`) } : {}),
        },
      ]),
    ),
  });
}

/** Variables: of which CronJob Jobs are started by which connection. */
export const variables = (jobs: Readonly<Record<string, Pick<JobAccess, "jobs">>>): string =>
  jsonText({
    platform_jobs: JSON.stringify(
      Object.fromEntries(Object.entries(jobs).flatMap(([id, access]) => access.jobs.map((job) => [job, id]))),
    ),
  });
