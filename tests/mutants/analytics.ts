import type { Mutant } from "./mutants";

/** Mistakes in the layer that people work in. */
export const analytics: readonly Mutant[] = [
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
    from: '["admin", "data_engineer", "data_scientist"]',
    to: '["admin", "data_engineer", "data_scientist", "analyst"]',
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
    what: "the key of all notebooks where a person's code runs",
    file: "components/analytics/jupyterlab.ts",
    from: "              authorityMount(this),\n            ],\n            startup: { ...listens",
    to: '              filesFrom(tls, "/etc/tls"),\n              authorityMount(this),\n            ],\n            startup: { ...listens',
  },
];
