import * as assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as yaml from "yaml";
import { entriesOf, type Manifest } from "../../policies/objects/manifest";
import { workloads } from "../../policies/objects/pods";
import { rendering } from "../support/stacks";

/** Exporters ask their service as a user of their own: one side must know what the other was told, and no more. */
for (const stack of ["ha", "standalone"] as const) {
  describe(`exporters of stack ${stack}`, () => {
    let manifests: readonly Manifest[];
    before(async () => {
      manifests = (await rendering(stack)).manifests as readonly Manifest[];
    });

    const entries = (kind: string, name: string) => {
      const found = manifests.find((each) => each.kind === kind && each.metadata.name === name);
      assert.ok(found, `${kind} ${name}`);
      return entriesOf(found);
    };
    /** The container, and where it sees which keys of which Secret or ConfigMap. */
    const exporter = (workload: string) => {
      const found = workloads(manifests).find(({ manifest }) => manifest.metadata.name === workload);
      const container = found?.pod.containers?.find(({ name }) => name === "exporter");
      assert.ok(found && container, workload);
      const env = Object.fromEntries((container.env ?? []).map((each) => [each.name, each]));
      const files = (container.volumeMounts ?? []).map(({ name, mountPath }) => {
        const volume = found.pod.volumes?.find((each) => each.name === name);
        return { mountPath, source: volume?.secret?.secretName ?? volume?.configMap?.name };
      });
      const { args = [], command = [] } = container as { readonly args?: string[]; readonly command?: string[] };
      return { args, command, env, files };
    };
    const authority = { mountPath: "/etc/platform-ca", source: "platform-ca" };

    it("PostgreSQL's logs in over TLS as the role that a Job makes, and which may only look", () => {
      const { env, files } = exporter("postgresql");
      const { username, password } = entries("Secret", "postgresql-exporter");
      assert.equal(env.DATA_SOURCE_USER?.value, username);
      assert.ok(password);
      assert.equal(env.DATA_SOURCE_PASS_FILE?.value, "/etc/exporter/password");
      assert.deepEqual(files, [{ mountPath: "/etc/exporter", source: "postgresql-exporter" }, authority]);
      const uri = new URL(`postgresql://${env.DATA_SOURCE_URI?.value}`);
      assert.deepEqual([uri.hostname, uri.searchParams.get("sslmode")], ["localhost", "verify-full"]);
      assert.equal(uri.searchParams.get("sslrootcert"), `${authority.mountPath}/ca.crt`);

      const job = workloads(manifests).find(
        ({ manifest }) => manifest.metadata.name === "postgresql-provision-exporter",
      );
      const [container] = job?.pod.containers ?? [];
      const script = (container as { readonly command?: readonly string[] } | undefined)?.command?.at(-1) ?? "";
      assert.match(script, new RegExp(`CREATE ROLE ${username}'`));
      assert.deepEqual(script.match(/^(GRANT|ALTER ROLE) .*$/gm), [
        `ALTER ROLE ${username} LOGIN PASSWORD :'password' CONNECTION LIMIT 5;`,
        `GRANT pg_monitor TO ${username};`,
      ]);
      assert.deepEqual(
        (container?.volumeMounts ?? []).filter(({ mountPath }) => mountPath === "/etc/credentials").length,
        1,
      );
    });

    it("Redis' has a password for each address that it asks, and its user sees no key and no configuration", () => {
      const { args, files } = exporter("redis");
      const option = (name: string) => args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3) ?? "";
      const { scrape_configs } = yaml.parse(entries("ConfigMap", "prometheus-config")["prometheus.yml"] ?? "") as {
        readonly scrape_configs: readonly {
          readonly job_name: string;
          readonly metrics_path?: string;
          readonly params?: { readonly target?: readonly string[] };
        }[];
      };
      const sentinel = scrape_configs.find(({ job_name }) => job_name === "redis-sentinel");
      assert.equal(sentinel?.metrics_path, stack === "ha" ? "/scrape" : undefined);
      assert.equal(args.includes("--disable-scrape-endpoint"), stack === "standalone");

      assert.deepEqual(files, [{ mountPath: "/etc/exporter", source: "redis-internal" }, authority]);
      const file = option("redis.password-file").replace("/etc/exporter/", "");
      const logins = JSON.parse(entries("Secret", "redis-internal")[file] ?? "{}") as Record<string, string>;
      for (const address of [option("redis.addr"), ...(sentinel?.params?.target ?? [])]) {
        const password = logins[address.replace("//", `//${option("redis.user")}@`)];
        assert.ok(password, address);
        const hash = createHash("sha256").update(password).digest("hex");
        const acl = entries("Secret", "redis-acl")[address.endsWith(":6379") ? "redis.acl" : "sentinel.acl"] ?? "";
        const rules = new RegExp(`^user exporter on #${hash} resetchannels (.*)$`, "m").exec(acl)?.[1] ?? "";
        assert.match(rules, /\+info/, address);
        assert.doesNotMatch(rules, /[~&@]|config|kill|failover|reset|set /, address);
      }
    });

    it("Kafka's is told which Kafka it asks, logs in, and may only see how far topics and groups are", () => {
      const { args, command, env, files } = exporter("kafka-exporter");
      assert.match(command.join(" "), /--kafka\.version="\$KAFKA_VERSION"/);
      for (const option of ["--sasl.enabled", "--tls.enabled", `--tls.ca-file=${authority.mountPath}/ca.crt`]) {
        assert.ok(args.includes(option), option);
      }
      const { name = "", key = "" } = env.SASL_USER_PASSWORD?.valueFrom?.secretKeyRef ?? {};
      const secret = entries("Secret", name);
      assert.ok(args.includes(`--sasl.username=${secret.username}`));
      assert.equal(secret[key], entries("Secret", "kafka-user-exporter").password);
      assert.deepEqual(files, [authority]);
      assert.equal(
        entries("ConfigMap", "kafka-grants-exporter").acls,
        "topic * literal Describe\ngroup * literal Describe\n",
      );
    });
  });
}
