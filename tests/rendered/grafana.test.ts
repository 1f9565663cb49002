import * as assert from "node:assert/strict";
import { catalogue } from "../../components/core/catalogue";
import { entriesOf, type Manifest } from "../../policies/objects/manifest";
import { workloads } from "../../policies/objects/pods";
import { rendering } from "../support/stacks";

/** Grafana cannot be started here: that it would find what its settings name is seen in the rendered stack. */
for (const stack of ["ha", "standalone"] as const) {
  describe(`Grafana's settings in stack ${stack}`, () => {
    let manifests: readonly Manifest[];
    let settings: Readonly<Record<string, string>>;
    before(async () => {
      manifests = (await rendering(stack)).manifests as readonly Manifest[];
      settings = entriesOf(object("ConfigMap", "grafana-config"));
    });
    const object = (kind: string, name: string) => {
      const found = manifests.find(
        (each) =>
          each.kind === kind && each.metadata.name === name && /-management$/.test(each.metadata.namespace ?? ""),
      );
      assert.ok(found, `${kind} ${name}`);
      return found;
    };
    const pod = () => {
      const found = workloads(manifests).find(({ id }) => /-management\/grafana$/.test(id))?.pod;
      assert.ok(found);
      return found;
    };
    /** Where the container sees what, by path: the keys of the mounted object, renamed as the volume says. */
    const files = (): ReadonlySet<string> => {
      const { containers, volumes } = pod();
      const mounts = containers?.[0]?.volumeMounts ?? [];
      return new Set(
        mounts.flatMap(({ name, mountPath }) => {
          const volume = volumes?.find((each) => each.name === name);
          const [kind, of] = volume?.secret
            ? ["Secret", volume.secret.secretName]
            : ["ConfigMap", volume?.configMap?.name];
          if (!of) return [];
          const items = volume?.secret?.items ?? volume?.configMap?.items;
          const paths = items?.map(({ path }) => path) ?? Object.keys(entriesOf(object(kind ?? "", of)));
          return paths.map((path) => `${mountPath}/${path}`);
        }),
      );
    };

    it("name only files that are there", () => {
      const text = Object.values(settings).join("\n");
      const named = [
        ...[...text.matchAll(/\$__file\{([^}]+)\}/g)].map(([, file]) => file),
        ...[
          ...text.matchAll(/^(?:cert_file|cert_key|ca_cert_path|tls_client_ca|default_home_dashboard_path)=(.+)$/gm),
        ].map(([, file]) => file),
      ];
      assert.ok(named.length >= 12);
      const there = files();
      assert.deepEqual(
        named.filter((file) => !there.has(file ?? "")),
        [],
      );
    });

    it("find data sources and dashboards where Grafana looks for them", () => {
      const there = [...files()];
      for (const kind of ["datasources", "dashboards"])
        assert.ok(there.includes(`/etc/grafana/provisioning/${kind}/${kind}.yaml`), kind);
      const folder = /^ +path: (.+)$/m.exec(settings["dashboards.yaml"] ?? "")?.[1];
      // The overview, the logs, and one of each layer.
      const dashboards = there.filter((file) => file.startsWith(`${folder}/`));
      assert.equal(dashboards.length, 2 + new Set(Object.values(catalogue).map(({ layer }) => layer)).size);
    });

    it("are the addresses that people reach it at and Keycloak sends them back to", () => {
      const { host } = object("Route", "grafana").spec as { readonly host: string };
      const ini = settings["grafana.ini"] ?? "";
      assert.ok(ini.includes(`\nroot_url=https://${host}/\n`));
      const client = manifests.find(
        ({ kind, metadata }) => kind === "Secret" && metadata.name === "keycloak-client-grafana",
      );
      assert.ok(client);
      const { redirectUris, attributes } = JSON.parse(entriesOf(client)["client.json"] ?? "{}") as {
        readonly redirectUris: readonly string[];
        readonly attributes: Readonly<Record<string, string>>;
      };
      assert.deepEqual(redirectUris, [`https://${host}/login/generic_oauth`]);
      const back = decodeURIComponent(/post_logout_redirect_uri=(\S+)/.exec(ini)?.[1] ?? "");
      assert.equal(attributes["post.logout.redirect.uris"], back);
      assert.equal(back, `https://${host}/login`);
    });

    it("leave it running while its database is away", () => {
      const { readinessProbe, livenessProbe } = pod().containers?.[0] ?? {};
      assert.equal(readinessProbe?.httpGet?.path, "/api/health");
      assert.equal(livenessProbe?.httpGet?.path, "/healthz");
    });

    it("hold no secret", () => {
      const secrets = manifests
        .filter(({ kind, metadata }) => kind === "Secret" && metadata.name.startsWith("grafana-"))
        .flatMap((secret) => Object.values(entriesOf(secret)))
        .filter((value) => value.length >= 32);
      assert.ok(secrets.length >= 5);
      const text = Object.values(settings).join("\n");
      for (const secret of secrets) assert.ok(!text.includes(secret));
    });

    it("ask Thanos where there are several of Prometheus, and Prometheus itself where there is one", () => {
      const asked = stack === "ha" ? "thanos-query" : "prometheus";
      assert.match(settings["datasources.yaml"] ?? "", new RegExp(`url: https://${asked}\\.datalyptica`));
      assert.match(
        settings["datasources.yaml"] ?? "",
        new RegExp(`prometheusType: ${stack === "ha" ? "Thanos" : "Prometheus"}`),
      );
    });
  });
}
