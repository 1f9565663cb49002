import type { Mutant } from "./mutants";

/** Mistakes in the layer that computes. */
export const data: readonly Mutant[] = [
  {
    what: "ClickHouse that believes any certificate",
    file: "components/data/clickhouse/config.ts",
    from: 'verificationMode: "strict"',
    to: 'verificationMode: "none"',
  },
  {
    what: "ClickHouse under another name than its replicas have",
    file: "components/data/clickhouse/config.ts",
    from: "interserver_https_host:",
    to: "interserver_http_host:",
  },
  {
    what: "a reader of ClickHouse who may write",
    file: "components/data/clickhouse/users.ts",
    from: 'read: ["SELECT", "SHOW"]',
    to: 'read: ["SELECT", "SHOW", "INSERT"]',
  },
  {
    what: "tables in ClickHouse that nobody replicates",
    file: "components/data/clickhouse/users.ts",
    from: "constraints: { database_replicated_allow_only_replicated_engine: { readonly: {} } },",
    to: "",
  },
  {
    what: "backups of ClickHouse that their user may not take",
    file: "components/data/clickhouse/users.ts",
    from: "`NAMED COLLECTION ON ${backupCollection}`,",
    to: "",
  },
  {
    what: "a Keeper with another number than the others know it by",
    file: "components/data/clickhouse/scripts.ts",
    from: "POD_NAME##*-} + 1))",
    to: "POD_NAME##*-}))",
  },
  {
    what: "an even number of Keepers",
    file: "components/core/limits.ts",
    from: 'replicas: { ha: [3, 5], standalone: [1] },\n    because: "members decide by majority"',
    to: 'replicas: { ha: [3, 4, 5], standalone: [1] },\n    because: "members decide by majority"',
  },
  {
    what: "a Job of dbt's that succeeds whatever dbt says",
    file: "components/data/dbt/scripts.ts",
    from: '\nexit "$code"\n',
    to: "\n",
  },
  {
    what: "a run of dbt's that failed told as the last success",
    file: "components/data/dbt/publish.py",
    from: "if code == 0 else []",
    to: "if results else []",
  },
  {
    what: "a bundle of dbt's that may write anywhere",
    file: "components/core/projects/fetch.py",
    from: ', filter="data")',
    to: ', filter="fully_trusted")',
  },
  {
    what: "two runs of a project of dbt's one after the other when the first failed",
    file: "components/core/project-runs.ts",
    from: "once: true,\n      deadline,",
    to: "deadline,",
  },
  {
    what: "bad rows that do not fail a run of Great Expectations",
    file: "components/analytics/great-expectations/outcome.py",
    from: 'else 1 if "failed" in results',
    to: 'else 0 if "failed" in results',
  },
  {
    what: "a run of Great Expectations that failed told as the last success",
    file: "components/analytics/great-expectations/results.py",
    from: "if code == 0:",
    to: "if code >= 0:",
  },
  {
    what: "values of bad rows on Data Docs' pages",
    file: "components/analytics/great-expectations/validate.py",
    from: '"partial_unexpected_count": 0',
    to: '"partial_unexpected_count": 20',
  },
  {
    what: "what could not be checked taken for what is as expected",
    file: "components/analytics/great-expectations/outcome.py",
    from: 'return 2 if broken or "error" in results or not found',
    to: 'return 2 if broken or "error" in results',
  },
  {
    what: "a service's user of Trino that may write everywhere",
    file: "components/data/trino/access.ts",
    from: '...("user" in who ? onlySchema(who.user) : {}), ',
    to: "",
  },
  {
    what: "Great Expectations may write the tables that it looks at",
    file: "components/analytics/great-expectations.ts",
    from: "trino.access(this, { writes: config.schema })",
    to: "trino.access(this)",
  },
  {
    what: "dbt's password of an engine in a ConfigMap",
    file: "components/data/dbt/config.ts",
    from: "{{ env_var('${passwordVariable}') }}",
    to: "secret",
  },
  {
    what: "a cluster of Flink's that any certificate of the platform may join",
    file: "components/data/flink/scripts.ts",
    from: 'echo "security.ssl.internal.cert.fingerprint:',
    to: 'echo "# security.ssl.internal.cert.fingerprint:',
  },
  {
    what: "a job of Flink's that is stopped before its new text is understood",
    file: "components/data/flink/client.ts",
    from: "trial, start];",
    to: "start];",
  },
  {
    what: "TaskManagers that do not reach the blobs of their leader",
    file: "components/data/flink.ts",
    from: "reaches: [rpc, blob, query].map",
    to: "reaches: [rpc, query].map",
  },
];
