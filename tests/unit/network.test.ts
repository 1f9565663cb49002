import * as assert from "node:assert/strict";
import { raised } from "../../sandbox/lib/network";

const file = (name: string) => `/proc/sys/net/ipv4/${name}`;

describe("the kernel's settings for real nodes", () => {
  it("have room for more pairs of pods that talk than a machine has by default", () => {
    const plain = { ip_forward: "0", "neigh/default/gc_thresh1": "128", "neigh/default/gc_thresh2": "512" };
    const present = { ...plain, "neigh/default/gc_thresh3": "1024" };
    const set = raised(Object.fromEntries(Object.entries(present).map(([name, value]) => [file(name), value])));
    assert.equal(set[file("ip_forward")], "1");
    // Each of 200 pods with all others, at both ends.
    assert.ok(Number(set[file("neigh/default/gc_thresh3")]) > 200 * 199);
    assert.deepEqual(Object.keys(set).sort(), Object.keys(present).map(file).sort());
  });

  it("are never lowered, and not made up where the kernel has none", () => {
    assert.deepEqual(raised({ [file("ip_forward")]: "1", [file("neigh/default/gc_thresh3")]: "200000" }), {});
  });
});
