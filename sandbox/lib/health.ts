import { Resolver } from "node:dns/promises";
import * as fs from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import * as net from "node:net";
import type { Component } from "./components";
import { fail, timed } from "./log";
import { dnsAddress } from "./network";
import { logPath, pkiPath } from "./paths";
import { processOf, read, sleep } from "./processes";

/** How long each thing may take to start, in milliseconds. */
const patience = 60_000;

/** `ok`, or what is wrong, of a component's health address (see Component). */
export function probe(health: string): Promise<string> {
  return new Promise((resolve) => {
    const failed = (error: Error) => resolve(error.message);
    if (health.startsWith("/")) {
      const socket = net.connect(health, () => {
        socket.destroy();
        resolve("ok");
      });
      socket.once("error", failed);
      return;
    }
    const secure = health.startsWith("https:");
    const options = { timeout: 3_000, ...(secure && { ca: fs.readFileSync(pkiPath("ca.crt")) }) };
    const request = (secure ? https : http).get(health, options, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200 ? "ok" : `answers ${answer.statusCode}`);
    });
    request.once("timeout", () => request.destroy(new Error("no answer within 3 s")));
    request.once("error", failed);
  });
}

/** Waits until a started component is healthy; stops with the end of its log when it died or takes too long. */
export async function waitHealthy({ name, health }: Pick<Component, "name" | "health">): Promise<void> {
  const deadline = Date.now() + patience;
  for (let state = await probe(health); state !== "ok"; state = await probe(health)) {
    const died = !processOf(name);
    if (died || Date.now() > deadline) {
      const last = read(logPath(name)).trimEnd().split("\n").slice(-10).join("\n");
      fail(
        `${name} ${died ? "ended" : `is not healthy after ${patience / 1000} s (${state})`}:\n${last}`,
        `Read ${logPath(name)}; \`sandbox down\` removes what was started.`,
      );
    }
    await sleep(100);
  }
}

/** Repeats `attempt` until it returns true; stops with what was waited for, and where to look, when it takes too long. */
export function waitUntil(what: string, look: string, attempt: () => Promise<boolean>): Promise<void> {
  return timed(what, async () => {
    const deadline = Date.now() + patience;
    while (!(await attempt())) {
      if (Date.now() > deadline) fail(`${what}: not within ${patience / 1000} s`, look);
      await sleep(200);
    }
  });
}

/** Whether the cluster's DNS answers under its Service address, hence CoreDNS, kube-proxy and the pod network work. */
export async function dnsAnswers(): Promise<boolean> {
  const resolver = new Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([dnsAddress]);
  const found = await resolver.resolve4("kubernetes.default.svc.cluster.local").catch(() => []);
  return found.length > 0;
}
