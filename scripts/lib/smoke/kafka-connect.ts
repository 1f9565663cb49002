import { setTimeout as sleep } from "node:timers/promises";
import { connectorName } from "../../../components/control/kafka-connect/client";
import { firstLine, getJson, type HttpRequest, request, type Server } from "../clients/https";
import { cleaningUp, expect, smokeCheck } from "./check";

const port = 8083;
/** What the image must have. */
const plugins = [
  "io.debezium.connector.postgresql.PostgresConnector",
  "org.apache.iceberg.connect.IcebergSinkConnector",
];

/**
 * Kafka Connect: through each worker a connector is made, which the group's leader writes to Kafka, and every worker
 * then knows it; it is stopped from the first, and goes again. The platform's own connectors and their tasks all run.
 */
export const check = smokeCheck("kafka-connect", async (installation) => {
  const workers = Array.from({ length: installation.replicas("kafka-connect") }, (_, i) => `kafka-connect-${i}`);
  const through = <T>(worker: string, use: (server: Server) => Promise<T>) =>
    installation.connect("kafka-connect", port, use, `pod/${worker}`);
  const first = workers[0] ?? "";

  const found = await through(first, (server) => getJson<{ class: string }[]>(server, "/connector-plugins"));
  const missing = plugins.filter((plugin) => !found.some((each) => each.class === plugin));
  expect(missing.length === 0, `plugins are missing: ${missing.join(", ")}`);

  const id = `check-${Date.now()}`;
  for (const writer of workers) {
    const name = `${id}-${writer}`;
    await cleaningUp(
      () => through(first, (server) => call(server, { method: "DELETE", path: `/connectors/${name}` })),
      async () => {
        await through(writer, (server) => make(server, name));
        for (const reader of workers) await through(reader, (server) => known(server, name, reader));
      },
    );
  }
  const running = await through(first, runningConnectors);
  const each = workers.length === 1 ? "the worker" : `each of ${workers.length} workers`;
  const connectors = running.length === 0 ? "no connectors declared" : `running: ${running.join(", ")}`;
  return `Debezium and the Iceberg sink are there; a connector made through ${each} is known to all; ${connectors}`;
});

function make(server: Server, name: string): Promise<void> {
  const config = {
    "connector.class": plugins[1],
    topics: name,
    "iceberg.catalog.type": "rest",
    "iceberg.tables": "check.check",
    "tasks.max": "1",
  };
  const body = JSON.stringify({ name, config, initial_state: "STOPPED" });
  return call(server, {
    method: "POST",
    path: "/connectors",
    headers: { "content-type": "application/json" },
    body,
  });
}

const patience = 30_000;

/** Others read of a new connector from Kafka, which takes a moment. */
async function known(server: Server, name: string, worker: string): Promise<void> {
  const deadline = Date.now() + patience;
  while (!(await getJson<string[]>(server, "/connectors")).includes(name)) {
    expect(Date.now() < deadline, `${worker} does not know the connector ${name} after ${patience / 1000} s`);
    await sleep(500);
  }
}

interface State {
  readonly state: string;
  /** Why it has failed. */
  readonly trace?: string;
}

interface Status {
  readonly connector: State;
  readonly tasks: readonly State[];
}

/** @returns the names of the platform's connectors @throws Error when something of them does not run */
async function runningConnectors(server: Server): Promise<readonly string[]> {
  const all = await getJson<Record<string, { status: Status }>>(server, "/connectors?expand=status");
  const own = Object.entries(all).filter(([name]) => name.startsWith(connectorName("")));
  for (const [name, { status }] of own) {
    const parts = [status.connector, ...status.tasks];
    const still = parts.find(({ state }) => state !== "RUNNING");
    expect(parts.length > 1, `${name} has no task`);
    expect(still === undefined, `${name} is ${still?.state}: ${firstLine(still?.trace ?? "")}`);
  }
  return own.map(([name]) => name).sort();
}

async function call(server: Server, options: HttpRequest): Promise<void> {
  const { status, text } = await request(server, { timeout: 90_000, ...options });
  expect(status < 300, `${options.method} ${options.path}: ${status} ${firstLine(text)}`);
}
