import * as assert from "node:assert/strict";
import * as yaml from "yaml";
import { type ServiceName, serviceNames } from "../../components/core/catalogue";
import type { Mode } from "../../components/core/names";
import { parseSettings } from "../../components/core/settings";
import { stackOptions } from "../../sandbox/lib/stack";
import {
  complaint,
  flaw,
  flaws,
  hashOf,
  type Outcome,
  type Proof,
  type Proofs,
  proofOf,
  provable,
  proving,
  provingModes,
  short,
  withProof,
  withRequired,
} from "../../scripts/lib/proofs/record";
import { withConfig } from "../../scripts/lib/proofs/sandbox";

const conditions = {
  date: "2026-11-24",
  machine: { cores: 2, memoryGiB: 24, nodes: 4 },
  services: ["minio", "postgresql"] as const,
};
const manifestsOf = (mode: Mode, service: string): string => `${service} in ${mode}\n`;
const proven = (mode: Mode, service: ServiceName, outcome?: Outcome): Proof =>
  proofOf(service, outcome ?? { level: proving[mode].goal, seen: ["works"] }, manifestsOf(mode, service), conditions);

/** All proven, but for what is given. */
function proofs(but: { readonly [service: string]: { readonly [M in Mode]?: Proof | undefined } } = {}): Proofs {
  return Object.fromEntries(
    serviceNames.map((service) => {
      const good = Object.fromEntries(provingModes.map((mode) => [mode, proven(mode, service)]));
      const own = Object.entries({ ...good, ...but[service] }).filter(([, proof]) => proof !== undefined);
      return [service, Object.fromEntries(own)];
    }),
  );
}

describe("proof of a service", () => {
  it("says how far it got, of which manifests, and what ran beside it", () => {
    assert.deepEqual(
      proofOf("minio", { level: "survives", seen: ["healthy", "came\nback"] }, "kind: Pod\n", conditions),
      {
        manifest: "af0e5d10555f1d22187ec68b0d9945d404e48ef4fd0ab333f0d6e7cd4c0db89b",
        date: "2026-11-24",
        level: "survives",
        result: "passed",
        detail: "healthy; came back",
        machine: { cores: 2, memoryGiB: 24, nodes: 4 },
        beside: ["postgresql"],
      },
    );
  });

  it("is a failed one when something stopped it, and says what", () => {
    const { level, result, detail } = proven("ha", "trino", { level: "alive", seen: ["works"], stopped: "not back" });
    assert.deepEqual([level, result, detail], ["alive", "failed", "not back"]);
  });

  it("has one line of at most 300 characters for what was seen", () => {
    assert.equal(short("  one\n\ttwo "), "one two");
    assert.equal(short("x".repeat(300)), "x".repeat(300));
    assert.equal(short("x".repeat(301)), `${"x".repeat(297)}...`);
  });

  it("is the hash of the text, which any change changes", () => {
    assert.equal(hashOf(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert.notEqual(hashOf("a: 1\n"), hashOf("a: 1"));
  });

  it("replaces the older one of the same mode and leaves the others, in the catalogue's order", () => {
    const [old, newer] = [proven("ha", "minio"), { ...proven("ha", "minio"), date: "2026-12-01" }];
    const one = withProof({}, "trino", "ha", proven("ha", "trino"));
    const three = withProof(withProof(one, "minio", "ha", old), "minio", "standalone", proven("standalone", "minio"));
    const all = withProof(three, "minio", "ha", newer);
    assert.equal(
      JSON.stringify(all),
      JSON.stringify({
        minio: { standalone: proven("standalone", "minio"), ha: newer },
        trino: { ha: proven("ha", "trino") },
      }),
    );
  });

  it("is forgotten with its service", () => {
    const gone = { oracle: { ha: proven("ha", "minio") } };
    assert.deepEqual(Object.keys(withProof(gone, "nessie", "ha", proven("ha", "nessie"))), ["nessie"]);
  });
});

describe("what a proof is worth", () => {
  const failing = (mode: Mode, level: Outcome["level"]) => proven(mode, "nessie", { level, seen: [], stopped: "no" });
  for (const [what, mode, proof, expected] of [
    ["alive is enough in standalone", "standalone", proven("standalone", "nessie"), undefined],
    ["survives is enough in ha", "ha", proven("ha", "nessie"), undefined],
    ["none", "ha", undefined, "has no proof"],
    ["of other manifests", "ha", proven("standalone", "nessie"), "has a proof of 2026-11-24, but of other manifests"],
    ["failed", "standalone", failing("standalone", "rendered"), "failed on 2026-11-24: rendered instead of alive: no"],
    ["failed at its goal", "ha", failing("ha", "survives"), "failed on 2026-11-24: survives instead of survives: no"],
    [
      "alive is not enough in ha",
      "ha",
      proven("ha", "nessie", { level: "alive", seen: ["works"] }),
      "failed on 2026-11-24: alive instead of survives: works",
    ],
  ] as const) {
    it(what, () => assert.equal(flaw(proof, mode, manifestsOf(mode, "nessie")), expected));
  }

  it("nothing is wrong when all are proven", () => {
    assert.deepEqual(flaws(proofs(), manifestsOf), []);
    assert.equal(complaint([]), "");
  });

  it("one message names every service and mode, what is wrong, and the commands that cure it", () => {
    const found = flaws(
      proofs({
        nessie: { ha: undefined, standalone: { ...proven("standalone", "nessie"), manifest: "" } },
        trino: { ha: proven("ha", "trino", { level: "alive", seen: [], stopped: "trino-worker-0 is gone" }) },
      }),
      manifestsOf,
    );
    assert.equal(
      complaint(found),
      `not proven:
  nessie standalone has a proof of 2026-11-24, but of other manifests
  nessie ha has no proof
  trino ha failed on 2026-11-24: alive instead of survives: trino-worker-0 is gone
to cure it:
  make alive MODE=standalone SERVICES="nessie"
  make alive MODE=ha SERVICES="nessie trino"`,
    );
  });

  it("no proof of a service that can be run here is missed", () => {
    const found = flaws({}, manifestsOf).map(({ service, mode }) => `${service} ${mode}`);
    assert.deepEqual(
      found,
      provable.flatMap((service) => [`${service} standalone`, `${service} ha`]),
    );
  });
});

describe("stack in which services are proven", () => {
  it("has what they require, and what that requires, and nothing else", () => {
    assert.deepEqual(withRequired(["minio"]), ["minio"]);
    assert.deepEqual(withRequired(["nessie"]), ["minio", "postgresql", "nessie"]);
    assert.deepEqual(withRequired(["trino", "minio"]), ["minio", "postgresql", "nessie", "trino"]);
  });

  it("is the committed one but for its services", () => {
    const text =
      "# small\nconfig:\n  datalyptica:mode: ha\n  datalyptica:services: [minio, trino]\n  datalyptica:sizes: { minio: { cpu: 50m } }\n";
    assert.deepEqual(yaml.parse(withConfig(text, { "datalyptica:services": ["minio"] })), {
      config: {
        "datalyptica:mode": "ha",
        "datalyptica:services": ["minio"],
        "datalyptica:sizes": { minio: { cpu: "50m" } },
      },
    });
  });

  it("is one that the program takes, for every service", () => {
    for (const service of serviceNames) {
      const services = withRequired([service]);
      assert.deepEqual([...parseSettings({ mode: "ha", domain: "apps.example.com", services }).services], services);
    }
  });

  it("is told to pulumi with a config file, which the sandbox takes for itself", () => {
    const args = ["up", "--stack", "sandbox", "--config-file", "/tmp/x.yaml", "--yes"];
    assert.deepEqual(stackOptions(args), {
      stack: "sandbox",
      configFile: "/tmp/x.yaml",
      rest: ["up", "--stack", "sandbox", "--yes"],
    });
    const without = ["preview", "--stack", "ha"];
    assert.deepEqual(stackOptions(without), { stack: "ha", configFile: undefined, rest: without });
    assert.equal(stackOptions(["preview"]).stack, undefined);
  });
});
