import { setTimeout as sleep } from "node:timers/promises";
import { findLines, type Line } from "../clients/loki";
import type { KubernetesObject } from "../kubectl";
import { expect, type SmokeCheck, smokeCheck } from "./check";
import type { Installation } from "./installation";

type DaemonSet = KubernetesObject & {
  readonly status: { readonly desiredNumberScheduled: number; readonly numberReady?: number };
};

/** Labels that each line has, and what stands beside it. */
const expected = ["cluster", "namespace", "app", "component", "container", "pod", "detected_level"];
const recent = 300;

/**
 * Alloy: it is ready on each of its nodes, and a line that a platform pod wrote in the last minutes is in Loki, with all
 * labels. There always is one: Loki itself writes down each question.
 * @param patience milliseconds until it must be there
 */
export const checkWithin = (patience: number): SmokeCheck =>
  smokeCheck("alloy", async (installation) => {
    const nodes = await readyNodes(installation);
    const deadline = Date.now() + patience;
    for (;;) {
      const query = `{namespace=~"${installation.prefix}-.+"}`;
      const [line] = await installation.connect("loki", 3100, (server) => findLines(server, query, recent, 1));
      if (line) return `ready on ${nodes} nodes; ${judge(line)}`;
      expect(Date.now() < deadline, `no line of a platform pod came to Loki in the last ${recent / 60} minutes`);
      await sleep(3000);
    }
  });

async function readyNodes(installation: Installation): Promise<number> {
  const [set] = await installation.objects<DaemonSet>("daemonsets", ",app.kubernetes.io/name=alloy");
  const { desiredNumberScheduled: wanted, numberReady: ready = 0 } = set?.status ?? { desiredNumberScheduled: 0 };
  expect(wanted > 0, "it is on no node");
  expect(ready === wanted, `it is ready on ${ready} of ${wanted} nodes`);
  return ready;
}

function judge({ labels }: Line): string {
  const missing = expected.filter((name) => !labels[name]);
  expect(missing.length === 0, `a line in Loki lacks ${missing.join(", ")}; it has ${JSON.stringify(labels)}`);
  return `a line of ${labels.app} (${labels.pod}) is in Loki with all labels`;
}

export const check = checkWithin(120_000);
