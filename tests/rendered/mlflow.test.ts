import * as assert from "node:assert/strict";
import { entriesOf, type Manifest, ofKind } from "../../policies/objects/manifest";
import { type Container, workloads } from "../../policies/objects/pods";
import { rendering } from "../support/stacks";

/** What MLflow's clients are told is what MLflow and its door know. */
for (const stack of ["ha", "standalone"] as const) {
  describe(`MLflow in stack ${stack}`, () => {
    let manifests: readonly Manifest[];
    before(async () => {
      manifests = (await rendering(stack)).manifests as readonly Manifest[];
    });

    const container = (workload: string, name: string): Container => {
      const found = workloads(manifests)
        .find(({ manifest }) => manifest.metadata.name === workload)
        ?.pod.containers?.find((each) => each.name === name);
      assert.ok(found, `${workload}: ${name}`);
      return found;
    };
    const variable = (workload: string, of: string, name: string) =>
      container(workload, of).env?.find((each) => each.name === name)?.value ?? "";
    const object = (kind: string, name: string) => {
      const found = ofKind(manifests, kind).find(({ metadata }) => metadata.name === name);
      assert.ok(found, `${kind} ${name}`);
      return found;
    };
    const values = (name: string) => entriesOf(object("Secret", name));
    const argument = (name: string): string =>
      container("mlflow", "people")
        .args?.find((each) => each.startsWith(`--${name}=`))
        ?.slice(name.length + 3) ?? "";

    it("answers for every host under which clients and browsers ask for it", () => {
      const hosts = variable("mlflow", "mlflow", "MLFLOW_SERVER_ALLOWED_HOSTS").split(",");
      const { host } = object("Route", "mlflow").spec as { readonly host: string };
      const client = new URL(variable("mlflow-cleanup", "cleanup", "MLFLOW_TRACKING_URI"));
      assert.equal(client.protocol, "https:");
      // The last one is what docs/MLFLOW.md has people do from their machines.
      for (const each of [host, client.host, "localhost:8443"]) assert.ok(hosts.includes(each), each);
      assert.equal(variable("mlflow", "mlflow", "MLFLOW_SERVER_CORS_ALLOWED_ORIGINS"), `https://${host}`);
      // Scrapes ask for the pod's address, which the door gives a name.
      assert.match(
        entriesOf(object("ConfigMap", "mlflow-door"))["haproxy.cfg"] ?? "",
        new RegExp(`backend metrics\n {2}http-request set-header Host ${host}\n`),
      );
    });

    it("lets in whoever was given a name and a password, by these", () => {
      const users = values("mlflow-users")["users.cfg"] ?? "";
      for (const [name, secret] of [
        ["admin", "mlflow-admin"],
        ["cleanup", "mlflow-cleanup"],
        ["jupyterlab", "jupyterlab-mlflow"],
      ] as const) {
        const { username, password, credentials } = values(secret);
        assert.equal(username, name);
        assert.ok(users.includes(`\n  user ${name} insecure-password ${password}\n`), name);
        assert.equal(
          credentials,
          `[mlflow]\nmlflow_tracking_username = ${name}\nmlflow_tracking_password = ${password}\n`,
        );
      }
      assert.equal(users.match(/^ {2}user /gm)?.length, 3);
    });

    it("has people log in at Keycloak's public address, and comes back to where Keycloak sends them", () => {
      const { redirectUris } = JSON.parse(values("keycloak-client-mlflow")["client.json"] ?? "{}") as {
        readonly redirectUris: readonly string[];
      };
      assert.deepEqual(redirectUris, [argument("redirect-url")]);
      assert.ok(argument("login-url").startsWith(`${argument("oidc-issuer-url")}/`));
      for (const name of ["redeem-url", "oidc-jwks-url"])
        assert.match(argument(name), /^https:\/\/keycloak\.[a-z-]+-infrastructure\.svc\.cluster\.local:8443\//, name);
      const realm = JSON.parse(entriesOf(object("ConfigMap", "keycloak-realm"))["datalyptica-realm.json"] ?? "{}") as {
        readonly groups: readonly { readonly name: string }[];
      };
      const groups = (container("mlflow", "people").args ?? []).flatMap(
        (each) => /^--allowed-group=(.+)$/.exec(each)?.[1] ?? [],
      );
      assert.ok(groups.length > 0);
      for (const group of groups)
        assert.ok(
          realm.groups.some(({ name }) => name === group),
          group,
        );
    });

    it("names only files that are there", () => {
      const mounted = (of: Container) => (of.volumeMounts ?? []).map(({ mountPath }) => mountPath);
      for (const [workload, name] of [
        ["mlflow", "mlflow"],
        ["mlflow", "door"],
        ["mlflow", "people"],
        ["mlflow-schema", "schema"],
        ["mlflow-cleanup", "cleanup"],
      ] as const) {
        const of = container(workload, name);
        const text = [...(of.command ?? []), ...(of.args ?? []), ...(of.env ?? []).map(({ value = "" }) => value)]
          .map((each) => each.replaceAll("%2F", "/"))
          .join("\n");
        // The script looks whether the bucket's key is there.
        const paths = [...text.matchAll(/\/(?:etc|run)\/[a-z-]+/g)]
          .map(([path]) => path)
          .filter((path) => workload === "mlflow" || path !== "/etc/mlflow-bucket");
        assert.ok(paths.length > 0, name);
        assert.deepEqual(
          paths.filter((path) => !mounted(of).includes(path)),
          [],
          name,
        );
      }
    });
  });
}

describe("MLflow without Keycloak", () => {
  it("has nobody log in but by name and password", async () => {
    const services = JSON.stringify(["minio", "postgresql", "mlflow"]);
    const manifests = (await rendering("ha", { "datalyptica:services": services })).manifests as readonly Manifest[];
    const pod = workloads(manifests).find(({ manifest }) => manifest.metadata.name === "mlflow")?.pod;
    assert.deepEqual(
      pod?.containers?.map(({ name }) => name),
      ["mlflow", "door"],
    );
    assert.doesNotMatch(JSON.stringify(manifests), /oauth2|keycloak|mlflow-session/);
  });
});
