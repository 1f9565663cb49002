import type { Finding, Manifest } from "../objects/manifest";
import { containerFindings } from "../objects/pods";
import { milli } from "../objects/quantity";

/** Every container states requests and limits of CPU and memory that fit each other. */
export const resources = (manifests: readonly Manifest[]): Finding[] =>
  containerFindings(manifests, ({ resources: { requests = {}, limits = {} } = {} }) =>
    ["cpu", "memory"].flatMap((resource) => {
      const request = requests[resource];
      const limit = limits[resource];
      if (request === undefined) return [`resources.requests.${resource} is missing`];
      if (limit === undefined) return [`resources.limits.${resource} is missing`];
      const [least, most] = [milli(request), milli(limit)];
      if (least === undefined || most === undefined) return []; // no quantities: the fields rule says so
      return least > 0n && least <= most
        ? []
        : [`resources.requests.${resource} ${request} does not fit the limit ${limit}`];
    }),
  );
