import { setTimeout as sleep } from "node:timers/promises";
import { RegistryError, SchemaRegistry } from "../clients/schema-registry";
import { cleaningUp, expect, refused, smokeCheck } from "./check";
import type { Installation } from "./installation";

const port = 8081;

/**
 * Schema Registry: through each instance a schema is written, which means through the leader, and read again through
 * every instance; a wrong password is refused.
 */
export const check = smokeCheck("schema-registry", async (installation) => {
  const { username = "", password = "" } = await installation.secret("schema-registry", "check");
  const login = { username, password };
  const pods = Array.from({ length: installation.replicas("schema-registry") }, (_, i) => `schema-registry-${i}`);
  const subject = `platform-check-${Date.now()}`;
  const through = <T>(pod: string, use: (registry: SchemaRegistry) => Promise<T>) =>
    installation.connect("schema-registry", port, (server) => use(new SchemaRegistry(server, login)), `pod/${pod}`);

  await installation.connect("schema-registry", port, (server) =>
    refused(
      () =>
        new SchemaRegistry(server, { username, password: `${password}-wrong` }).register(subject, schemaOf("nobody")),
      (error) => error instanceof RegistryError && error.status === 401,
      "a wrong password",
    ),
  );
  const ids = await cleaningUp(
    () => removed(installation, login, subject),
    async () => {
      const written = new Map<string, number>();
      for (const pod of pods) {
        written.set(pod, await through(pod, (registry) => registry.register(subject, schemaOf(pod))));
      }
      for (const pod of pods) {
        for (const [writer, id] of written) await through(pod, (registry) => readBack(registry, pod, writer, id));
      }
      return [...written.values()];
    },
  );
  const instances = pods.length === 1 ? "one instance" : `each of ${pods.length} instances`;
  return `schemas ${ids.join(", ")} written through ${instances} and read again; a wrong password is refused`;
});

/** Versions of a subject must fit each other: these differ in nothing but a property of our own, which no registry minds. */
const schemaOf = (pod: string) => ({ type: "record", name: "check", fields: [], writer: pod });

const patience = 10_000;
const pause = 200;

/** Another instance has a new schema when it has read so far in the topic, which takes a moment. */
async function readBack(registry: SchemaRegistry, pod: string, writer: string, id: number): Promise<void> {
  const deadline = Date.now() + patience;
  for (;;) {
    try {
      const seen = JSON.stringify(await registry.schema(id));
      expect(seen === JSON.stringify(schemaOf(writer)), `${pod} gives ${seen} as schema ${id} that ${writer} took`);
      return;
    } catch (error) {
      if (!(error instanceof RegistryError && error.status === 404) || Date.now() > deadline) throw error;
      await sleep(pause);
    }
  }
}

async function removed(installation: Installation, login: { username: string; password: string }, subject: string) {
  await installation.connect("schema-registry", port, (server) => new SchemaRegistry(server, login).remove(subject));
}
