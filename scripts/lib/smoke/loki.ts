import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { findLines, pushLine } from "../clients/loki";
import { expect, type SmokeCheck, smokeCheck } from "./check";

const port = 3100;

/**
 * Loki: a line that is written through the writers is found through the readers, once. It stays for two weeks as all
 * lines do; there is one for each check.
 * @param patience milliseconds until it must be found
 */
export const checkWithin = (patience: number): SmokeCheck =>
  smokeCheck("loki", async (installation) => {
    const text = `platform-check ${randomUUID()}`;
    const labels = { app: "platform-check" };
    await installation.connect("loki", port, (server) => pushLine(server, { labels, text }), "service/loki-write");
    const started = Date.now();
    for (;;) {
      const query = `{app="${labels.app}"} |= ${JSON.stringify(text)}`;
      const found = await installation.connect("loki", port, (server) => findLines(server, query, 300, 10));
      expect(found.length < 2, `one line was written, and ${found.length} were found`);
      if (found.length === 1) return `a line that was written is found ${(Date.now() - started) / 1000} s later`;
      expect(Date.now() - started < patience, `a line that was written is not found after ${patience / 1000} s`);
      await sleep(500);
    }
  });

export const check = checkWithin(30_000);
