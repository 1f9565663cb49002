import { setTimeout as sleep } from "node:timers/promises";
import { firstLine, getJson, parseJson, request, type Server } from "../clients/https";
import { cleaningUp, expect, smokeCheck } from "./check";

const port = 9093;
const path = "/api/v2/silences";
const patience = 30_000;

/** Alertmanager: a silence that is made at one member is known to all. It silences nothing, and ends at once. */
export const check = smokeCheck("alertmanager", async (installation) => {
  const replicas = installation.replicas("alertmanager");
  const through = <T>(member: number, use: (server: Server) => Promise<T>) =>
    installation.connect("alertmanager", port, use, `pod/alertmanager-${member}`);
  const id = await through(0, silence);
  return cleaningUp(
    () => through(0, (server) => call(server, "DELETE", `/api/v2/silence/${id}`)).then(() => undefined),
    async () => {
      for (let member = 0; member < replicas; member++) await through(member, (server) => known(server, member, id));
      return `a silence made at one member is known to ${replicas === 1 ? "it" : `all ${replicas}`}`;
    },
  );
});

async function silence(server: Server): Promise<string> {
  const answer = await call(server, "POST", path, {
    matchers: [{ name: "alertname", value: "platform-check", isRegex: false, isEqual: true }],
    startsAt: new Date().toISOString(),
    endsAt: new Date(Date.now() + 5 * 60_000).toISOString(),
    createdBy: "platform-check",
    comment: "made by the smoke check",
  });
  return parseJson<{ readonly silenceID: string }>(answer, `POST ${path}`).silenceID;
}

async function call(server: Server, method: string, path: string, body?: object): Promise<string> {
  const { status, text } = await request(server, {
    method,
    path,
    ...(body ? { body: JSON.stringify(body), headers: { "content-type": "application/json" } } : {}),
  });
  expect(status === 200, `${method} ${path}: ${status} ${firstLine(text)}`);
  return text;
}

/** Members tell each other within seconds. */
async function known(server: Server, member: number, id: string): Promise<void> {
  const deadline = Date.now() + patience;
  for (;;) {
    const silences = await getJson<readonly { readonly id: string }[]>(server, path);
    if (silences.some((each) => each.id === id)) return;
    expect(Date.now() < deadline, `member ${member} does not know silence ${id} after ${patience / 1000} s`);
    await sleep(500);
  }
}
