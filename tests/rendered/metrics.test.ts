import * as assert from "node:assert/strict";
import * as yaml from "yaml";
import { type ServiceName, serviceNames } from "../../components/core/catalogue";
import { entriesOf, type Manifest } from "../../policies/objects/manifest";
import { workloads } from "../../policies/objects/pods";
import { selects } from "../../policies/objects/selectors";
import type { Stack } from "../../scripts/lib/render";
import { rendering } from "../support/stacks";

interface Job {
  readonly job_name: string;
  readonly scheme?: string;
  readonly basic_auth?: { readonly username: string; readonly password_file: string };
  readonly static_configs?: readonly {
    readonly targets: readonly string[];
    readonly labels?: Readonly<Record<string, string>>;
  }[];
  readonly kubernetes_sd_configs?: readonly {
    readonly namespaces: { readonly names: readonly string[] };
    readonly selectors: readonly { readonly label: string }[];
  }[];
  readonly relabel_configs?: readonly {
    readonly action?: string;
    readonly regex?: string;
    readonly replacement?: string;
    readonly target_label?: string;
  }[];
}

/** Services that show no metrics, and why. */
const silent: Readonly<Partial<Record<ServiceName, string>>> = {
  jupyterlab: "notebooks are told of by the hub and by Kubernetes: what people run in them is theirs",
};

/** Jobs whose port is public and whose product guards the metrics itself: Trino lets its management user in, on the plain side only. */
const plain: readonly string[] = ["trino"];

const selectorOf = (label: string) => ({
  matchLabels: Object.fromEntries(
    [...label.matchAll(/([\w./-]+)=([\w-]+)/g)].map(([, key, value]) => [key, value ?? ""]),
  ),
  matchExpressions: [...label.matchAll(/([\w./-]+) in \(([^)]+)\)/g)].map(([, key = "", values = ""]) => ({
    key,
    operator: "In",
    values: values.split(","),
  })),
});

for (const stack of ["ha", "standalone", "sandbox"] as const satisfies readonly Stack[]) {
  describe(`scrape jobs of stack ${stack}`, () => {
    let manifests: readonly Manifest[];
    let jobs: readonly Job[];
    before(async () => {
      manifests = (await rendering(stack)).manifests as readonly Manifest[];
      const config = manifests.find(
        ({ kind, metadata }) => kind === "ConfigMap" && metadata.name === "prometheus-config",
      );
      assert.ok(config);
      jobs = (yaml.parse(entriesOf(config)["prometheus.yml"] ?? "") as { readonly scrape_configs: readonly Job[] })
        .scrape_configs;
    });

    it("there are for every service, or a reason why not", () => {
      // A Route's answer is not the service's metrics.
      const labelled = JSON.stringify(jobs.filter(({ job_name }) => job_name !== "routes"));
      const present = serviceNames.filter((service) =>
        workloads(manifests).some(({ labels }) => labels["app.kubernetes.io/name"] === service),
      );
      assert.ok(present.length >= 12);
      const without = present.filter(
        (service) => !labelled.includes(`"replacement":"${service}"`) && !labelled.includes(`"service":"${service}"`),
      );
      assert.deepEqual(
        without,
        present.filter((service) => service in silent),
      );
    });

    it("each find the pods of some workload that has the port, and of none that has not", () => {
      for (const { job_name, kubernetes_sd_configs: [discovery] = [], relabel_configs = [] } of jobs) {
        if (!discovery) continue;
        const selector = selectorOf(discovery.selectors[0]?.label ?? "");
        const found = workloads(manifests).filter(
          ({ namespace, labels }) => discovery.namespaces.names.includes(namespace) && selects(selector, labels),
        );
        const port = relabel_configs.find(({ action }) => action === "keep")?.regex;
        assert.ok(found.length > 0, job_name);
        for (const { id, pod } of found) {
          const ports = (pod.containers ?? []).flatMap(({ ports = [] }) => ports.map(({ name }) => name));
          assert.ok(port && ports.includes(port), `${job_name}: ${id} has no port ${port} but ${ports.join(", ")}`);
        }
      }
    });

    it("ask every Route through the router, for the service that it belongs to", () => {
      const routes = manifests
        .filter(({ kind }) => kind === "Route")
        .map(({ metadata, spec }) => ({
          targets: [`https://${(spec as { host: string }).host}`],
          labels: {
            service: metadata.labels?.["app.kubernetes.io/name"] ?? "",
            layer: metadata.namespace?.replace(/.*-/, "") ?? "",
          },
        }));
      const byTarget = (a: { readonly targets: readonly string[] }, b: { readonly targets: readonly string[] }) =>
        String(a.targets) < String(b.targets) ? -1 : 1;
      const asked = jobs.find(({ job_name }) => job_name === "routes")?.static_configs ?? [];
      assert.deepEqual([...asked].sort(byTarget), routes.sort(byTarget));
    });

    it("log in where a port with metrics is public, with the password that the service asks for", () => {
      const routed = manifests
        .filter(({ kind }) => kind === "Route")
        .flatMap(({ metadata, spec }) => {
          const { to, port } = spec as { to: { name: string }; port: { targetPort: string } };
          return [`${metadata.labels?.["app.kubernetes.io/name"]}/${to.name}/${port.targetPort}`];
        });
      for (const { job_name, scheme, basic_auth, relabel_configs = [] } of jobs) {
        const port = relabel_configs.find(({ action }) => action === "keep")?.regex;
        const open = routed.some((route) => route.startsWith(`${job_name}/`) && route.endsWith(`/${port}`));
        assert.equal(basic_auth !== undefined, open && !plain.includes(job_name), job_name);
        if (basic_auth) assert.equal(scheme, "https", job_name);
      }
      const secret = (name: string) =>
        manifests.find(({ kind, metadata }) => kind === "Secret" && metadata.name === name);
      const [own, asked] = ["prometheus-scraper", "grafana-scraper"].map(secret);
      assert.ok(own);
      assert.equal(asked !== undefined, stack !== "sandbox");
      if (asked) assert.deepEqual(entriesOf(asked), entriesOf(own));
    });

    it("ask OpenShift's monitoring only where it is there", () => {
      const federated = jobs.filter(({ job_name }) => job_name.startsWith("cluster-")).map(({ job_name }) => job_name);
      assert.deepEqual(federated, stack === "sandbox" ? [] : ["cluster-volumes", "cluster-containers"]);
      const bound = manifests.some(
        ({ kind, metadata }) => kind === "ClusterRoleBinding" && /monitoring/.test(metadata.name),
      );
      assert.equal(bound, stack !== "sandbox");
    });

    it("Prometheus may look at pods in each namespace it looks for them in, and at no Secret", () => {
      const roles = manifests.filter(({ kind, metadata }) => kind === "Role" && metadata.name === "prometheus");
      const allowed = roles.map(({ metadata }) => metadata.namespace);
      const wanted = jobs.flatMap(({ kubernetes_sd_configs = [] }) => kubernetes_sd_configs[0]?.namespaces.names ?? []);
      assert.deepEqual(
        [...new Set(wanted)].filter((namespace) => !allowed.includes(namespace)),
        [],
      );
      assert.doesNotMatch(JSON.stringify(roles), /secrets|configmaps|"get"/);
    });
  });
}
