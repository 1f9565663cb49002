import type { Mutant } from "./mutants";

/** Mistakes in the layer that people work in. */
export const analytics: readonly Mutant[] = [
  {
    what: "MLflow that others reach past its door",
    file: "components/analytics/mlflow/config.ts",
    from: '"--host=127.0.0.1"',
    to: '"--host=0.0.0.0"',
  },
  {
    what: "MLflow's clients sent to the bucket",
    file: "components/analytics/mlflow/config.ts",
    from: '  "--serve-artifacts",\n',
    to: '  "--default-artifact-root=s3://mlflow/artifacts",\n',
  },
  {
    what: "a door that leads people past their login",
    file: "components/analytics/mlflow/door.ts",
    from: "  default_backend people`",
    to: "  default_backend mlflow`",
  },
  {
    what: "a client of MLflow's that asks for a host which it refuses",
    file: "components/analytics/mlflow.ts",
    from: "...names.map((name) => `${name}:${config.ports.https}`)",
    to: "...names",
  },
  {
    what: "MLflow's servers before its tables",
    file: "components/analytics/mlflow.ts",
    from: "oidc, { reaches: [], ready: [this.schema().resource] }]",
    to: "oidc]",
  },
  {
    what: "more connections to MLflow's database than its role may have",
    file: "components/analytics/mlflow/config.ts",
    from: "(size.replicas + 1) * connectionsOf",
    to: "size.replicas * connectionsOf",
  },
  {
    what: "a hub that goes on when another may have its turn",
    file: "components/analytics/jupyterhub/standby.py",
    from: "                hub.kill()\n",
    to: "                hub.terminate()\n",
  },
  {
    what: "a hub that gives up the lock before it has ended",
    file: "components/analytics/jupyterhub/standby.py",
    from: "    end(hub)\n    turn.leave()\n",
    to: "    turn.leave()\n    end(hub)\n",
  },
  {
    what: "notebooks for analysts, who may not write what notebooks write",
    file: "components/analytics/jupyterhub/config.ts",
    from: "allowed: writers",
    to: 'allowed: [...writers, "analyst"]',
  },
  {
    what: "a person's volume that goes with him",
    file: "components/analytics/jupyterhub/jupyterhub_config.py",
    from: "delete_pvc = False",
    to: "delete_pvc = True",
  },
  {
    what: "more notebooks than may run at once",
    file: "components/analytics/jupyterhub/spawner.py",
    from: "if len(others) >= most:",
    to: "if len(others) > most:",
  },
  {
    what: "a hub that may change every pod in its own namespace",
    file: "components/analytics/jupyterhub.ts",
    from: 'resources: ["endpoints"], resourceNames: [hubService], verbs: ["patch"]',
    to: 'resources: ["endpoints", "pods"], verbs: ["patch"]',
  },
  {
    what: "servers that let no notebook in",
    file: "components/security/network-policies.ts",
    from: "if (fromNotebooks.length === 0) return;",
    to: "return;",
  },
  {
    what: "notebooks in the policies of servers, whose proofs end with each of their changes",
    file: "components/security/network-policies.ts",
    from: "const ingress = ingressOf(fromServices);",
    to: "const ingress = ingressOf(into);",
  },
  {
    what: "the key of all notebooks where a person's code runs",
    file: "components/analytics/jupyterlab.ts",
    from: "              authorityMount(this),\n            ],\n            startup: { ...listens",
    to: '              filesFrom(tls, "/etc/tls"),\n              authorityMount(this),\n            ],\n            startup: { ...listens',
  },
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
