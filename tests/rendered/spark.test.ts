import * as assert from "node:assert/strict";
import { entriesOf, field, type Manifest, ofKind } from "../../policies/objects/manifest";
import { type Container, workloads } from "../../policies/objects/pods";
import type { Stack } from "../../scripts/lib/render";
import { rendering } from "../support/stacks";

/** Spark's processes in different pods: what one is told is what the others offer. */
for (const stack of ["ha", "standalone"] as const satisfies readonly Stack[]) {
  describe(`Spark in stack ${stack}`, () => {
    let manifests: readonly Manifest[];
    before(async () => {
      manifests = (await rendering(stack)).manifests as readonly Manifest[];
    });

    const container = (workload: string): Container => {
      const found = workloads(manifests).find(({ manifest }) => manifest.metadata.name === workload);
      const [first] = found?.pod.containers ?? [];
      assert.ok(first, workload);
      return first;
    };
    const arguments_ = (workload: string): readonly string[] => (container(workload).command ?? []) as string[];
    const option = (workload: string, name: string) => {
      const all = arguments_(workload);
      return all[all.indexOf(name) + 1];
    };
    const settings = (kind: "ConfigMap" | "Secret", name: string) => {
      const found = ofKind(manifests, kind).find(({ metadata }) => metadata.name === name);
      assert.ok(found, `${kind} ${name}`);
      return entriesOf(found)["spark-defaults.conf"] ?? "";
    };
    const variables = (workload: string): readonly string[] => (container(workload).env ?? []).map(({ name }) => name);
    const named = (text: string, of: RegExp) => [...text.matchAll(of)].map(([, name = ""]) => name);

    it("every variable that settings name is one of the process that reads it", () => {
      const connect = settings("Secret", "spark-connect");
      const hadoop = /\$\{env\.(\w+)\}/g;
      const inDriver = [...named(connect, hadoop), ...named(connect, /=env:(\w+)/g)];
      assert.equal(inDriver.length, 6);
      assert.deepEqual(
        inDriver.filter((name) => !variables("spark-connect").includes(name)),
        [],
      );
      // Executors, which have the worker's environment, open files of the landing bucket themselves.
      const inExecutors = named(connect, hadoop).filter((name) => name.startsWith("LANDING"));
      assert.deepEqual(
        inExecutors.filter((name) => !variables("spark-worker").includes(name)),
        [],
      );
      const inHistory = named(settings("ConfigMap", "spark-history"), hadoop);
      assert.deepEqual(
        inHistory.filter((name) => !variables("spark-history").includes(name)),
        [],
      );
    });

    it("workers and the driver call the master where it listens", () => {
      const master = `spark://${option("spark-master", "--host")}:${option("spark-master", "--port")}`;
      assert.equal(arguments_("spark-worker").at(-1), master);
      assert.match(settings("Secret", "spark-connect"), new RegExp(`^spark\\.master=${master}$`, "m"));
    });

    it("master, workers and driver have the same secret, and nobody else has it", () => {
      const secret = /^spark\.authenticate\.secret=(\S+)$/m;
      const [daemons, connect] = ["spark-daemons", "spark-connect"].map(
        (name) => settings("Secret", name).match(secret)?.[1],
      );
      assert.ok(daemons);
      assert.equal(connect, daemons);
      const readers = workloads(manifests).filter(({ pod }) =>
        (pod.volumes ?? []).some(({ secret }) => /^spark-(daemons|connect)$/.test(secret?.secretName ?? "")),
      );
      assert.deepEqual(readers.map(({ manifest }) => manifest.metadata.name).sort(), [
        "spark-connect",
        "spark-master",
        "spark-worker",
      ]);
    });

    it("executors fit what a worker offers", () => {
      const connect = settings("Secret", "spark-connect");
      const heap = Number(/^spark\.executor\.memory=(\d+)m$/m.exec(connect)?.[1]);
      const cores = Number(option("spark-worker", "--cores"));
      assert.equal(option("spark-worker", "--memory"), `${heap * cores}m`);
    });

    it("a client is told the address, the token and the authority of the server", () => {
      const env = new Map((container("spark-check").env ?? []).map((each) => [each.name, each]));
      const remote = env.get("SPARK_REMOTE")?.value ?? "";
      const [, host, port] = /^sc:\/\/([^:/]+):(\d+)\/;use_ssl=true;user_id=spark$/.exec(remote) ?? [];
      const service = ofKind(manifests, "Service").find(({ metadata }) => metadata.name === "spark-connect");
      assert.match(host ?? "", new RegExp(`^spark-connect\\.${service?.metadata.namespace}\\.svc\\.`));
      assert.deepEqual(
        field<{ port: number }[]>(service, "spec", "ports")?.map((each) => `${each.port}`),
        [port],
      );
      const token = (of: Container) =>
        of.env?.find(({ name }) => name === "SPARK_CONNECT_AUTHENTICATE_TOKEN")?.valueFrom?.secretKeyRef;
      assert.deepEqual(token(container("spark-check")), token(container("spark-connect")));
      assert.ok(token(container("spark-check"))?.name);
      const authority = env.get("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH")?.value ?? "";
      const mounts = (container("spark-check").volumeMounts ?? []).map(({ mountPath }) => mountPath);
      assert.ok(mounts.some((folder) => authority.startsWith(`${folder}/`)));
    });
  });
}
