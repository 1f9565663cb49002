import type { Finding, Manifest } from "../objects/manifest";
import { containerFindings } from "../objects/pods";

/** Every container that runs on says how one sees that it has started, can serve, and lives. */
export const probes = (manifests: readonly Manifest[]): Finding[] =>
  containerFindings(manifests, (container, { ends, pod }) =>
    (["startupProbe", "readinessProbe", "livenessProbe"] as const)
      .filter((probe) => !ends && pod.containers?.includes(container) && !container[probe])
      .map((probe) => `${probe} is missing`),
  );
