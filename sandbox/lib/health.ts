import { Resolver } from "node:dns/promises";
import * as fs from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import * as net from "node:net";
import type { Component } from "./components";
import { fail } from "./log";
import { dnsAddress } from "./network";
import { logPath, pkiPath } from "./paths";
import { hasEnded, read, start } from "./processes";

/** How long each thing may take to start or to end, in milliseconds. */
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

/** Repeats `attempt` until it returns `ok`; stops with what it returned instead, and the cure, when that takes too long. */
export async function waitUntil(what: string, cure: string, attempt: () => Promise<string>): Promise<void> {
  const deadline = Date.now() + patience;
  for (let state = await attempt(); state !== "ok"; state = await attempt()) {
    if (Date.now() > deadline) fail(`not within ${patience / 1000} s: ${what} (${state})`, cure);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Starts components side by side and waits until all are healthy. */
export async function startAll(all: readonly Component[]): Promise<void> {
  for (const { name, command } of all) start(name, command);
  await Promise.all(all.map(waitHealthy));
}

/** Waits until a started component is healthy; stops with the end of its log when it died. */
export function waitHealthy({ name, health }: Pick<Component, "name" | "health">): Promise<void> {
  const cure = `Read ${logPath(name)}; \`sandbox down\` removes what was started.`;
  return waitUntil(`${name} is healthy`, cure, async () => {
    const state = await probe(health);
    if (state === "ok" || !hasEnded(name)) return state;
    const last = read(logPath(name)).trimEnd().split("\n").slice(-10).join("\n");
    return fail(`${name} ended:\n${last}`, cure);
  });
}

/** Whether the cluster's DNS answers under its Service address, hence CoreDNS, kube-proxy and the pod network work. */
export function dnsAnswers(): Promise<string> {
  const resolver = new Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([dnsAddress]);
  return resolver.resolve4("kubernetes.default.svc.cluster.local").then(() => "ok", String);
}
