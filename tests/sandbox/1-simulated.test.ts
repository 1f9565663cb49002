import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import { depth, exported } from "../../scripts/lib/state";
import { replaceIn, scratchCopy } from "../support/scratch";
import {
  inSandbox,
  isWell,
  kubectl,
  type List,
  ownSandbox,
  platformPods,
  pulumi,
  tryPulumi,
  tryPulumiOf,
} from "./support/sandbox";

const ours = "app.kubernetes.io/part-of=datalyptica";

interface Step {
  readonly op: string;
  readonly urn: string;
}

/** What a preview would change: everything but what stays the same. */
function changes(...args: string[]): readonly Step[] {
  const { steps } = JSON.parse(pulumi("preview", "--json", ...args).stdout) as { steps: readonly Step[] };
  return steps.filter(({ op, urn }) => op !== "same" && !urn.includes("pulumi:pulumi:Stack"));
}

for (const mode of ["ha", "standalone"] as const) {
  describe(`stack ${mode} at full size on simulated nodes`, () => {
    ownSandbox("--simulate", mode);

    for (const [what, bad, messages] of badConfigs(mode)) {
      it(`is not touched by ${what}`, () => {
        const ran = tryPulumi("preview", "--stack", mode, ...bad);
        assert.notEqual(ran.code, 0);
        for (const message of messages) assert.match(ran.stdout + ran.stderr, message);
        assert.doesNotMatch(ran.stdout, /kubernetes:core/);
      });
    }

    it("violates no policy, as far as a first preview can know", () => {
      const { stdout } = pulumi("preview", "--stack", mode, "--policy-pack", "policies");
      assert.match(stdout, /datalyptica@v/); // the pack was run
      assert.doesNotMatch(stdout, /\[(mandatory|advisory)\]/);
    });

    it("is stopped by the policy pack before anything is created", () => {
      const scratch = scratchCopy();
      try {
        replaceIn(scratch, {
          file: "components/core/pods.ts",
          from: "RootFilesystem: true",
          to: "RootFilesystem: false",
        });
        const ran = tryPulumiOf(scratch, "up", "--stack", mode, "--yes", "--policy-pack", "policies");
        assert.notEqual(ran.code, 0);
        assert.match(
          ran.stdout,
          /\[mandatory\].*hardening[\s\S]*container minio: readOnlyRootFilesystem is false instead of true/,
        );
        assert.equal(inSandbox("kubectl", "get", "namespaces", "-l", ours, "-o", "name").stdout, "");
      } finally {
        fs.rmSync(scratch, { recursive: true });
      }
    });

    it("comes up with every pod scheduled and ready", () => {
      const { seconds } = pulumi("up", "--stack", mode, "--yes", "--skip-preview");
      const pods = platformPods();
      assert.ok(pods.length > 0);
      const unwell = pods.filter((pod) => !isWell(pod) || !pod.spec.nodeName).map(({ metadata }) => metadata.name);
      assert.deepEqual(unwell, []);
      console.log(`      pulumi up: ${seconds.toFixed(1)} s, ${pods.length} pods`);
    });

    it("waits in no longer chains than ADR 0034 says", () => {
      const { stdout } = pulumi("stack", "export", "--stack", mode);
      assert.equal(depth(exported(stdout)), 8);
    });

    it("does not change when it is brought up again, nor when it is refreshed", () => {
      const again = pulumi("up", "--stack", mode, "--yes", "--skip-preview", "--expect-no-changes");
      const refresh = pulumi("refresh", "--stack", mode, "--yes", "--skip-preview", "--expect-no-changes");
      const preview = pulumi("preview", "--stack", mode, "--expect-no-changes", "--policy-pack", "policies");
      console.log(
        `      up ${again.seconds.toFixed(1)} s, refresh ${refresh.seconds.toFixed(1)} s, preview ${preview.seconds.toFixed(1)} s`,
      );
    });

    it("touches Trino only, and little of it, when a property of Trino changes", () => {
      const steps = changes("--stack", mode, ...config("sizes.trino-coordinator.memory", "10Gi"));
      assert.ok(steps.length > 0 && steps.length <= 5, JSON.stringify(steps, undefined, 2));
      for (const { urn } of steps) assert.match(urn, /datalyptica:data:Trino/);
    });

    it("leaves nothing when it is destroyed but what is protected on purpose", () => {
      pulumi("destroy", "--stack", mode, "--yes", "--skip-preview", "--exclude-protected");
      const kept = kubectl<List<{ metadata: { name: string } }>>(
        "get",
        "namespaces,statefulsets,deployments,daemonsets,persistentvolumeclaims",
        "-A",
        "-l",
        ours,
      ).items.map(({ metadata }) => metadata.name);
      if (mode === "standalone") assert.deepEqual(kept, []);
      else {
        assert.ok(kept.includes("postgresql") && kept.includes("datalyptica-storage"), kept.join(", "));
        // The README's way to remove what is kept.
        pulumi("state", "unprotect", "--all", "--stack", mode, "--yes");
        pulumi("destroy", "--stack", mode, "--yes", "--skip-preview");
      }
      const left = inSandbox(
        "kubectl",
        "get",
        "namespaces,persistentvolumes,clusterroles,securitycontextconstraints",
        "-l",
        ours,
        "-o",
        "name",
      );
      assert.equal(left.stdout, "");
    });
  });
}

type BadConfig = readonly [what: string, args: readonly string[], messages: readonly RegExp[]];

/** Sets a key of the stack config, or what lies at a path in it, for one command. */
function config(key: string, value: string): readonly string[] {
  return ["--config-path", "--config", `datalyptica:${key}=${value}`];
}

/** Several mistakes in one preview: they must come in one message. */
function badConfigs(mode: string): readonly BadConfig[] {
  return [
    [
      "a preview with several mistakes",
      [
        ...config("colour", "red"),
        ...config("domain", "https://nowhere"),
        ...config("services[0]", "nessie"),
        ...config("services[1]", "oracle"),
        ...config("sizes.postgresql.replicas", "2"),
        ...config("sizes.trino-coordinator.memory", "1Gi"),
        ...config("sizes.minio.cpu", "2x"),
      ],
      [
        /datalyptica:colour: no such key/,
        /datalyptica:domain: "https:\/\/nowhere" is not valid/,
        /"oracle" is no service/,
        /nessie needs postgresql, which is not in the list/,
        /\["postgresql"\].replicas: 2 in mode/,
        /\["trino-coordinator"\].memory: "1Gi" is too little/,
        /\["minio"\].cpu: "2x" is not a quantity/,
      ],
    ],
    [`a preview of ${mode} without a domain`, config("domain", ""), [/datalyptica:domain: missing/]],
  ];
}
