import type { Mutant } from "./mutants";

/** Mistakes in the layer where people look at data. */
export const analytics: readonly Mutant[] = [
  {
    what: "Superset's user in Trino who may become Trino's administrator",
    file: "components/data/trino/access.ts",
    from: "new_user: own, allow: false",
    to: "new_user: own, allow: true",
  },
  {
    what: "viewers who may run any SQL",
    file: "components/analytics/superset/config.ts",
    from: 'viewer: ["Gamma", readsAll]',
    to: 'viewer: ["Gamma", "sql_lab", readsAll]',
  },
  {
    what: "a connection to ClickHouse that believes any certificate",
    file: "components/analytics/superset/config.ts",
    from: "secure: true, verify: true",
    to: "secure: true, verify: false",
  },
  {
    what: "a worker of Superset's that cannot ask Trino",
    file: "components/analytics/superset.ts",
    from: "this.worker(sizes.worker, [ready, ...asked]);",
    to: "this.worker(sizes.worker, [ready]);",
  },
  {
    what: "more connections of Superset's than its role may have",
    file: "components/analytics/superset/config.ts",
    from: "(web.replicas + 1) * webProcesses(web) * pool.web",
    to: "web.replicas * pool.web",
  },
  {
    what: "probes' requests kept in the logs of Superset",
    file: "components/analytics/superset/config.ts",
    from: '"GET /health HTTP',
    to: '"GET /healthz HTTP',
  },
];
