import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { formatBytes, formatCpu, mebibytes, parseBytes, parseCpu } from "../../components/core/quantities";

describe("quantities", () => {
  it("reads cores and millicores", () => {
    assert.equal(parseCpu("2"), 2000);
    assert.equal(parseCpu("1.5"), 1500);
    assert.equal(parseCpu("500m"), 500);
  });

  it("reads binary units", () => {
    assert.equal(parseBytes("512Mi"), 512 * 2 ** 20);
    assert.equal(parseBytes("1.5Gi"), 1536 * 2 ** 20);
    assert.equal(parseBytes("1Ti"), 2 ** 40);
  });

  for (const typo of ["", "2 cores", "500M", "-1", "0", "1e3", "0.0001"]) {
    it(`refuses "${typo}" as CPU`, () => assert.equal(parseCpu(typo), undefined));
  }
  for (const typo of ["", "4G", "4GB", "4", "gi", "-1Gi", "0Gi", "4gi"]) {
    it(`refuses "${typo}" as memory`, () => assert.equal(parseBytes(typo), undefined));
  }

  it("writes what it reads back to the same amount, in the form the API server keeps", () => {
    void fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), (amount) => {
        assert.equal(parseCpu(formatCpu(amount)), amount);
        assert.equal(parseBytes(formatBytes(amount * 2 ** 20)), amount * 2 ** 20);
        assert.equal(formatCpu(parseCpu(formatCpu(amount)) ?? 0), formatCpu(amount));
      }),
    );
    assert.equal(formatCpu(2000), "2");
    assert.equal(formatBytes(2048 * 2 ** 20), "2Gi");
    assert.equal(formatBytes(1536 * 2 ** 20), "1536Mi");
  });

  it("takes shares in whole mebibytes", () => assert.equal(mebibytes("6Gi", 0.75), 4608));
});
