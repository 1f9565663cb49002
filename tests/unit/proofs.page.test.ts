import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { serviceNames } from "../../components/core/catalogue";
import { type StandIn, standIns } from "../../sandbox/images/standins";
import { anchor, proofSection, standInOf } from "../../scripts/lib/proofs/page";
import { hashOf, levels, type Proof } from "../../scripts/lib/proofs/record";
import { root } from "../../scripts/lib/render";

const manifests = () => "kind: Pod\n";
const good: Proof = {
  manifest: hashOf(manifests()),
  date: "2026-11-24",
  level: "survives",
  result: "passed",
  detail: "a|b works",
  machine: { cores: 2, memoryGiB: 24, nodes: 4 },
  beside: ["minio", "postgresql"],
};

/** The cells of the row of nessie in ha. */
function row(proof: Proof | undefined): readonly string[] {
  const text = proofSection(proof ? { nessie: { ha: proof } } : {}, manifests);
  const line = text.split("\n").find((each) => each.startsWith("| nessie | ha |")) ?? "";
  return line
    .split(/(?<!\\)\|/)
    .map((each) => each.trim())
    .slice(3, -1);
}

describe("proofs in the service catalogue", () => {
  const where = "4 nodes on a machine of 2 cores and 24 GiB";
  for (const [what, proof, expected] of [
    ["a good one", good, ["survives", "2026-11-24", "a\\|b works", "minio, postgresql", where]],
    [
      "of one node alone",
      { ...good, beside: [], machine: { ...good.machine, nodes: 1 } },
      ["survives", "2026-11-24", "a\\|b works", "-", "1 node on a machine of 2 cores and 24 GiB"],
    ],
    ["none", undefined, ["**no**: has no proof", "-", "-", "-", "-"]],
    [
      "a failed one",
      { ...good, result: "failed", level: "alive" },
      ["**no**: failed", "2026-11-24", "a\\|b works", "minio, postgresql", where],
    ],
    [
      "of other manifests",
      { ...good, manifest: "" },
      ["**no**: has a proof of 2026-11-24, but of other manifests", "2026-11-24", "-", "minio, postgresql", where],
    ],
  ] as const) {
    it(`${what} is shown as what it is`, () => assert.deepEqual(row(proof).slice(0, 5), expected));
  }

  it("every service has a row for each mode, and every level is explained", () => {
    const text = proofSection({}, manifests);
    for (const service of serviceNames) {
      for (const mode of ["standalone", "ha"])
        assert.ok(text.includes(`| ${service} | ${mode} |`), `${service} ${mode}`);
    }
    for (const level of Object.keys(levels)) assert.ok(text.includes(`- **${level}**: `), level);
  });

  it("products and versions in the sandbox, the image's version, and a link to all differences", () => {
    assert.equal(
      standInOf("trino"),
      "[Trino 476, OpenJDK 25.0.5 or newer](STAND_INS.md#dockeriotrinodbtrino483) for 483",
    );
  });

  it("another product is called that", () => {
    const [image = "", standIn] = Object.entries(standIns).find(([name]) => name.includes("trinodb/trino")) ?? [];
    const presto = { ...(standIn as StandIn), anotherProduct: "a|b" };
    assert.match(standInOf("trino", { [image]: presto }), / for 483; \*\*another product\*\*: a\\\|b$/);
  });

  it("an image without a stand-in is itself what ran", () => {
    assert.equal(standInOf("trino", {}), "the image itself: docker.io/trinodb/trino:483 has no stand-in");
  });

  it("links lead to headings as Markdown names them", () => {
    assert.equal(
      anchor("docker.io/pgsty/silo:RELEASE.2026-09-16T00-00-00Z"),
      "dockeriopgstysilorelease2026-09-16t00-00-00z",
    );
    assert.equal(anchor("Who talks to whom (ha)"), "who-talks-to-whom-ha");
  });
});

describe("command alive", () => {
  const alive = (...args: string[]) =>
    spawnSync("node", ["-r", "ts-node/register/transpile-only", "scripts/alive.ts", ...args], {
      cwd: root,
      encoding: "utf8",
    });

  for (const [what, args, message] of [
    ["without services", [], /^error: no service is named; allowed, separated by spaces: minio, /],
    [
      "with unknown ones",
      ["nessie", "oracle", "db2"],
      /^error: no such service: oracle, db2; allowed, separated by spaces: minio, /,
    ],
    ["with an unknown mode", ["nessie", "--mode", "large"], /'large' is invalid. Allowed choices are standalone, ha/],
  ] as const) {
    it(`is refused ${what}, before anything is started`, () => {
      const { status, stderr, stdout } = alive(...args);
      assert.match(stderr, message);
      assert.deepEqual([status, stdout], [2, ""]);
    });
  }
});
