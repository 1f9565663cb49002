import * as assert from "node:assert/strict";
import { AlertReceiver } from "../sandbox/support/alert-receiver";

describe("whom the sandbox tests have told of alerts", () => {
  it("keeps apart receivers, names and beginning from end, and refuses what is no notification", async () => {
    const receiver = await AlertReceiver.at("127.0.0.1");
    const tell = async (path: string, body: string) =>
      (await fetch(receiver.url(path), { method: "POST", body })).status;
    const alert = (alertname: string, status: string) => ({
      status,
      labels: { alertname },
      annotations: { summary: alertname },
    });
    const notification = (...alerts: readonly object[]) => JSON.stringify({ version: "4", status: "firing", alerts });
    try {
      assert.equal(await tell("team", notification(alert("A", "firing"), alert("B", "resolved"))), 200);
      assert.equal(await tell("deadman", notification(alert("A", "firing"))), 200);
      assert.equal(await tell("team", "hello"), 400);
      assert.equal(await tell("team", "{}"), 400);
      assert.equal(receiver.told.length, 3);
      assert.deepEqual(
        receiver.of("team").map(({ labels, status, annotations }) => [labels.alertname, status, annotations.summary]),
        [
          ["A", "firing", "A"],
          ["B", "resolved", "B"],
        ],
      );
      assert.equal(receiver.of("team", "A", "resolved").length, 0);
      assert.equal(receiver.of("deadman", "A").length, 1);
    } finally {
      await receiver.close();
    }
  });
});
