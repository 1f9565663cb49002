import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { serviceNames } from "../../components/core/catalogue";
import { profiles } from "../../components/core/profiles";
import { entriesOf, field, listAt, type Manifest } from "../../policies/objects/manifest";
import { type Container, type PodSpec, workloads } from "../../policies/objects/pods";
import type { Rule } from "../../policies/rules/rbac";
import { byService, type Rendered, root } from "../../scripts/lib/render";
import { rendering } from "../support/stacks";

for (const [stack, prefix, sizes] of [
  ["ha", "datalyptica", { small: "8", medium: "4", large: "1" }],
  ["standalone", "datalyptica-dev", { small: "2" }],
] as const) {
  describe(`notebooks of stack ${stack}`, function () {
    this.timeout(120_000);
    let manifests: readonly Manifest[];
    before(async () => {
      manifests = (await rendering(stack)).manifests as readonly Manifest[];
    });
    const namespace = `${prefix}-notebooks`;
    const inNamespace = (kind: string, where = namespace) =>
      manifests.filter((each) => each.kind === kind && each.metadata.namespace === where);
    const find = (kind: string, name: string, where = namespace): Manifest => {
      const found = inNamespace(kind, where).find(({ metadata }) => metadata.name === name);
      assert.ok(found, `${kind} ${where}/${name}`);
      return found;
    };
    const pods = () => inNamespace("PodTemplate").map((each) => field<PodSpec>(each, "template", "spec") ?? {});
    const container = (pod: PodSpec, name: string): Container => {
      const found = pod.containers?.find((each) => each.name === name);
      assert.ok(found, name);
      return found;
    };
    const sourcesOf = (pod: PodSpec, name: string): readonly string[] => {
      const { volumeMounts = [], env = [] } = container(pod, name);
      const volumes = pod.volumes ?? [];
      return [
        ...volumeMounts.flatMap((mount) => volumes.find((each) => each.name === mount.name)?.secret?.secretName ?? []),
        ...env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.name ?? []),
      ];
    };

    it("come in the sizes that are offered, each with how many may run at once", () => {
      const atOnce = inNamespace("PodTemplate").map(({ metadata }) => [
        metadata.name.replace("notebook-", ""),
        metadata.annotations?.["datalyptica.io/at-once"],
      ]);
      assert.deepEqual(Object.fromEntries(atOnce), sizes);
      const settings = entriesOf(find("ConfigMap", "jupyterhub-hub", `${prefix}-analytics`))["settings.json"] ?? "{}";
      const { choices } = (JSON.parse(settings) as { notebooks: { choices: readonly { template: string }[] } })
        .notebooks;
      assert.deepEqual(
        choices.map(({ template }) => template),
        Object.keys(sizes).map((size) => `notebook-${size}`),
      );
    });

    it("read their own logins and no key of TLS, which is the proxy's alone", () => {
      for (const pod of pods()) {
        const own = [...new Set(sourcesOf(pod, "notebook"))].sort();
        assert.deepEqual(own, [
          "jupyterlab-bucket-notebooks",
          "jupyterlab-mlflow",
          "jupyterlab-spark",
          "jupyterlab-trino",
        ]);
        assert.deepEqual(sourcesOf(pod, "tls"), ["jupyterlab-tls"]);
        assert.equal(pod.automountServiceAccountToken, false);
      }
    });

    it("find MLflow and their login there", () => {
      for (const pod of pods()) {
        const { env = [], volumeMounts = [] } = container(pod, "notebook");
        const uri = env.find(({ name }) => name === "MLFLOW_TRACKING_URI")?.value;
        assert.equal(uri, `https://mlflow.${prefix}-analytics.svc.cluster.local:8443`);
        const home = env.find(({ name }) => name === "HOME")?.value;
        const login = volumeMounts.find(({ mountPath }) => mountPath === `${home}/.mlflow`);
        const volume = pod.volumes?.find(({ name }) => name === login?.name);
        assert.equal(volume?.secret?.secretName, "jupyterlab-mlflow");
      }
    });

    it("have a volume that the hub puts a person's own in place of", () => {
      for (const pod of pods()) {
        const home = pod.volumes?.find(({ name }) => name === "home");
        const storage = home?.ephemeral?.volumeClaimTemplate?.spec?.resources?.requests?.storage;
        assert.equal(storage, stack === "ha" ? "10Gi" : "5Gi");
      }
    });

    it("live where no Secret of another service is", () => {
      const owners = inNamespace("Secret").map(({ metadata }) => metadata.labels?.["app.kubernetes.io/name"]);
      assert.deepEqual([...new Set(owners)], ["jupyterlab"]);
    });

    it("are made by a hub that may do nothing else, there or in its own namespace", () => {
      const rules = (where: string) =>
        listAt<Rule>(find("Role", "jupyterhub", where), "rules").map(
          ({ resources = [], resourceNames = [], verbs = [] }) =>
            `${[...resources].sort().join("+")}${resourceNames.map((name) => `/${name}`).join("")}: ${[...verbs].sort().join(" ")}`,
        );
      assert.deepEqual(rules(namespace), [
        "podtemplates: get",
        "pods: create delete get list watch",
        "persistentvolumeclaims: create get",
        "events: list watch",
      ]);
      assert.deepEqual(rules(`${prefix}-analytics`), [
        "endpoints: create",
        "endpoints/jupyterhub-hub: patch",
        "endpoints/restricted: create",
      ]);
    });

    it("have names in DNS that their certificate has, through a Service of all sizes", () => {
      const service = find("Service", "notebook");
      assert.equal(field(service, "spec", "clusterIP"), "None");
      const selector = field<Record<string, string>>(service, "spec", "selector") ?? {};
      const chosen = workloads(manifests).filter(({ labels }) =>
        Object.entries(selector).every(([key, value]) => labels[key] === value),
      );
      assert.deepEqual(
        chosen.map(({ name }) => name).sort(),
        Object.keys(sizes)
          .map((size) => `notebook-${size}`)
          .sort(),
      );
    });

    it("are started with the image that every node has", () => {
      const daemonSet = field<PodSpec>(find("DaemonSet", "jupyterlab-image"), "spec", "template", "spec") ?? {};
      for (const pod of pods()) assert.equal(container(pod, "notebook").image, container(daemonSet, "image").image);
    });
  });
}

it("notebooks leave the objects of a server that gives them no login as they are without notebooks", async () => {
  const services = serviceNames.filter((name) => !["jupyterlab", "jupyterhub"].includes(name));
  const without = await rendering("ha", { "datalyptica:services": JSON.stringify(services) });
  const spark = ({ manifests }: Rendered) => byService(manifests).get("spark");
  assert.equal(spark(await rendering("ha")), spark(without));
});

it("notebooks have the sizes that the guide tells", () => {
  const guide = fs.readFileSync(path.join(root, "docs", "NOTEBOOKS.md"), "utf8");
  const told = [...guide.matchAll(/^\| (Small|Medium|Large) (\|.*)$/gm)].map(([, , row]) => row);
  const cores = (cpu: string) => (cpu.endsWith("m") ? Number.parseInt(cpu, 10) / 1000 : Number(cpu));
  const rows = (["notebook-small", "notebook-medium", "notebook-large"] as const).map((name) => {
    const [{ cpu, cpuLimit, memory, memoryLimit, replicas }, small] = [profiles.ha[name], profiles.standalone[name]];
    const gibibytes = `${memory}, ${memoryLimit}`.replaceAll("Gi", " GiB");
    return `| ${cores(cpu)}, ${cores(cpuLimit)} | ${gibibytes} | ${replicas} | ${small.replicas || "-"} |`;
  });
  assert.deepEqual(told, rows);
});
