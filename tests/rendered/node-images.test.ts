import * as assert from "node:assert/strict";
import type { Manifest } from "../../policies/objects/manifest";
import { containersOf, workloads } from "../../policies/objects/pods";
import { imagesNamedIn } from "../../sandbox/lib/images";
import { render, type Stack, stackConfig } from "../../scripts/lib/render";
import { alertingServices } from "../sandbox/support/alert-delivery";
import { imagesOf } from "../sandbox/support/sandbox";

/** A pod whose image its node has not waits, and the update with it, for half an hour. */
describe("the real nodes of the end to end checks", () => {
  const images = imagesNamedIn(imagesOf);
  const cases: readonly (readonly [Stack, (readonly string[])?])[] = [
    ["sandbox"],
    ["sandbox-ha"],
    ["sandbox-ha", alertingServices],
  ];

  for (const [stack, services] of cases) {
    it(`have every image of ${stack}${services ? ` with ${services.join(", ")}` : ""}`, async () => {
      const config = { ...stackConfig(stack), ...(services && { "datalyptica:services": JSON.stringify(services) }) };
      const { manifests } = await render(config, stack);
      const asked = workloads(manifests as readonly Manifest[]).flatMap(containersOf);
      assert.ok(asked.length > 0);
      const missing = asked.filter(({ image }) => !images.includes(image ?? "")).map(({ image }) => image);
      assert.deepEqual(missing, []);
    });
  }
});
