import * as assert from "node:assert/strict";
import * as config from "../../components/analytics/jupyterhub/config";
import type { Notebooks } from "../../components/analytics/jupyterlab";
import type { OidcClient } from "../../components/infrastructure/keycloak";
import type { Database } from "../../components/storage/postgresql";
import { runScript } from "../support/scripts";

const notebooks = {
  namespace: "t-notebooks",
  domain: "notebook.t-notebooks.svc.cluster.local",
  port: 8443,
  plainPort: 8888,
  choices: [
    { template: "notebook-small", title: "Small", description: "1Gi" },
    { template: "notebook-large", title: "Large", description: "4Gi" },
  ],
} as unknown as Notebooks;
const oidc = {
  clientId: "jupyterhub",
  authorizationUrl: "https://keycloak.example.com/auth",
  logoutUrl: "https://keycloak.example.com/logout",
  tokenUrl: "https://keycloak.t.svc:8443/token",
  userinfoUrl: "https://keycloak.t.svc:8443/userinfo",
} as OidcClient;
const settings = (login: config.Login) =>
  config.settings({
    host: "jupyter.example.com",
    service: "jupyterhub-hub",
    url: "https://jupyterhub-hub.t.svc:8443",
    labels: { "app.kubernetes.io/name": "jupyterhub" },
    proxyApi: "https://jupyterhub-proxy.t.svc:8001",
    database: { host: "postgresql.t.svc", port: 5432, database: "jupyterhub" } as Database,
    login,
    notebooks,
  });

/** A container's Python, in the test's own folders. */
const python = (text: string): string => `PYTHONPATH="$FOLDER/python" python3 - <<'END'\n${text}\nEND`;

const secrets = Object.fromEntries(
  ["database/password", "keys/cookie", "keys/proxy", "keys/metrics", "smoke/token", "admin/password"].map((name) => [
    `etc/jupyterhub-secrets/${name}`,
    `${name}-value\n`,
  ]),
);

describe("which hub's turn it is", () => {
  /** A database that answers the question for the lock in turn, and ends the session once the Service is led. */
  const psycopg2 = `
import os, signal
class Error(Exception): pass
def log(text):
    with open(os.environ["FOLDER"] + "/log", "a") as file:
        file.write(text + "\\n")
answers = os.environ["ANSWERS"].split()
class Cursor:
    def __enter__(self): return self
    def __exit__(self, *_): pass
    def execute(self, query, values):
        if query.startswith("SELECT pg_try_advisory_lock"):
            self.row = answers.pop(0) if answers else "end"
            log("asked: " + self.row)
            if self.row == "end":
                os.kill(os.getpid(), signal.SIGTERM)
            if self.row == "away":
                raise Error("connection refused")
        else:
            self.row = "yes"
            led = "PATCH" in open(os.environ["FOLDER"] + "/log").read()
            if led and answers[:1] == ["lost"]:
                answers.pop(0)
                raise Error("server closed the connection unexpectedly")
            if led and not answers and "LIVES" not in os.environ:
                os.kill(os.getpid(), signal.SIGTERM)
    def fetchone(self): return [self.row == "yes"]
class Session:
    def cursor(self): return Cursor()
    def close(self): log("session closed")
def connect(**options):
    assert options["password"] == "database/password-value" and options["sslmode"] == "verify-full"
    log("session of " + options["user"])
    return Session()
`;
  /** A hub that says when it begins, and when it ends by itself. */
  const hub = `#!/usr/bin/env python3
import os, signal, sys, time
def log(text):
    with open(os.environ["FOLDER"] + "/log", "a") as file:
        file.write(text + "\\n")
def end(*_):
    log("hub ended")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
log("hub started " + " ".join(sys.argv[1:]).replace(os.environ["FOLDER"], ""))
time.sleep(float(os.environ.get("LIVES", "30")))
log("hub died")
sys.exit(3)
`;
  /** Answers of hub and API server. */
  const web = `
import contextlib, io, json, os, urllib.request
class Answer(io.BytesIO):
    status = 200
def asked(request, timeout, context=None):
    if isinstance(request, str):
        assert request == "http://127.0.0.1:8081/hub/health", request
        if "hub started" not in open(os.environ["FOLDER"] + "/log").read():
            raise OSError("refused")
    else:
        subset = json.loads(request.data)["subsets"][0]
        with open(os.environ["FOLDER"] + "/log", "a") as file:
            file.write(f"{request.method} {request.selector} {subset['addresses'][0]['ip']} {[port['port'] for port in subset['ports']]}\\n")
    return Answer()
urllib.request.urlopen = asked
import ssl
ssl.create_default_context = lambda cafile: None
`;
  async function run(answers: string, env: Readonly<Record<string, string>> = {}) {
    const text = config
      .file("standby.py")
      .replace("BETWEEN = 3 ", "BETWEEN = 0.2 ")
      .replaceAll("/var/run/secrets", "/tmp/secrets");
    const ran = await runScript(
      python(`${web}${text}`),
      {
        "bin/jupyterhub": hub,
        "python/psycopg2.py": psycopg2,
        "etc/jupyterhub/settings.json": settings({ administrator: "admin" }),
        "tmp/secrets/kubernetes.io/serviceaccount/token": "token",
        ...secrets,
      },
      {
        ANSWERS: answers,
        PGSSLMODE: "verify-full",
        PGSSLROOTCERT: "/ca",
        POD_NAME: "hub-1",
        POD_NAMESPACE: "t-analytics",
        POD_IP: "10.1.2.3",
        KUBERNETES_SERVICE_HOST: "10.0.0.1",
        KUBERNETES_SERVICE_PORT: "443",
        ...env,
      },
    );
    assert.equal(ran.status, 0, ran.stderr);
    return ran;
  }
  const started = "hub started --config=/etc/jupyterhub/jupyterhub_config.py";
  const led =
    "PATCH /api/v1/namespaces/t-analytics/endpoints/jupyterhub-hub?fieldManager=jupyterhub&force=true 10.1.2.3 [8443, 9102]";

  it("waits, then starts its hub and leads the Service to it; at the end the lock goes last", async () => {
    const { calls, file } = await run("no no yes");
    assert.deepEqual(calls, [
      "session of jupyterhub",
      "asked: no",
      "asked: no",
      "asked: yes",
      started,
      led,
      "hub ended",
      "session closed",
    ]);
    assert.notEqual(file("tmp/alive"), undefined);
  });

  it("kills its hub when the session is gone, and asks again with another", async () => {
    const { calls, stdout } = await run("yes lost no");
    assert.deepEqual(calls, [
      "session of jupyterhub",
      "asked: yes",
      started,
      led,
      "session closed",
      "session of jupyterhub",
      "asked: no",
      "asked: end",
      "session closed",
    ]);
    assert.match(stdout, /^\[W .* standby\] its turn is over: server closed the connection unexpectedly$/m);
  });

  it("gives the lock away when its hub dies", async () => {
    const { calls, stdout } = await run("yes no", { LIVES: "0.3" });
    assert.deepEqual(calls.slice(-2), ["asked: end", "session closed"]);
    assert.ok(calls.indexOf("hub died") < calls.indexOf("session closed"));
    assert.match(stdout, /the hub has ended with 3/);
  });

  it("is not alive while the database does not answer", async () => {
    const { file, stdout } = await run("away away");
    assert.match(stdout, /it cannot ask for its turn: connection refused/);
    // The last question, by which the test ends it, was answered.
    assert.notEqual(file("tmp/alive"), undefined);
  });
});

describe("the hub's settings", () => {
  /** What the file sets, as JSON; functions by what they answer. */
  function read(login: config.Login): Promise<Record<string, never>> {
    const stub = `
import json, sys, types
class Section(dict):
    def __getattr__(self, name): return self.setdefault(name, Section())
    def __setattr__(self, name, value): self[name] = value
made = Section()
def get_config(): return made
`;
    const tell = `
def plain(value):
    if callable(value):
        return value({"oauth_user": {"roles": ["offline_access", "data_engineer", "analyst"]}})
    return sorted(value) if isinstance(value, (set, frozenset)) else value.decode() if isinstance(value, bytes) else str(value)
print(json.dumps(made, default=plain))
`;
    return runScript(python(`${stub}${config.file("jupyterhub_config.py")}${tell}`), {
      "etc/jupyterhub/settings.json": settings(login),
      "etc/jupyterhub-secrets/oidc/clientId": "jupyterhub",
      "etc/jupyterhub-secrets/oidc/clientSecret": "hush",
      ...secrets,
    }).then(({ status, stdout, stderr }) => {
      assert.equal(status, 0, stderr);
      return JSON.parse(stdout) as Record<string, never>;
    });
  }

  it("let in who may write the lakehouse, by his roles in the realm", async () => {
    const made = (await read({ oidc, host: "jupyter.example.com" })) as Record<string, Record<string, unknown>>;
    const login = made.GenericOAuthenticator ?? {};
    assert.equal(made.JupyterHub?.authenticator_class, "generic-oauth");
    assert.deepEqual(login.allowed_groups, ["admin", "data_engineer", "data_scientist"]);
    assert.deepEqual(login.admin_groups, ["admin"]);
    // Roles of the realm that are no groups of notebooks are left out.
    assert.deepEqual(login.auth_state_groups_key, ["data_engineer"]);
    assert.equal(login.oauth_callback_url, "https://jupyter.example.com/hub/oauth_callback");
    assert.match(
      String(login.logout_redirect_url),
      /logout\?client_id=jupyterhub&post_logout_redirect_uri=https%3A%2F%2F/,
    );
    assert.equal(login.allow_all, undefined);
  });

  it("without Keycloak know one user, with a password", async () => {
    const made = (await read({ administrator: "admin" })) as Record<string, Record<string, unknown>>;
    assert.equal(made.JupyterHub?.authenticator_class, "shared-password");
    assert.deepEqual(made.Authenticator?.allowed_users, ["admin"]);
    assert.equal(made.SharedPasswordAuthenticator?.admin_password, "admin/password-value");
    assert.equal(made.GenericOAuthenticator, undefined);
  });

  it("give each who asks no more rights than he needs, and keep people's volumes", async () => {
    const made = (await read({ administrator: "admin" })) as Record<string, Record<string, unknown>>;
    const roles = made.JupyterHub?.load_roles as readonly { name: string; scopes: readonly string[] }[];
    const scopes = Object.fromEntries(roles.map((role) => [role.name, role.scopes]));
    assert.deepEqual(scopes.prometheus, ["read:metrics"]);
    for (const scope of scopes.smoke ?? []) assert.match(scope, /!user=smoke-check$/);
    assert.equal(made.NotebookSpawner?.delete_pvc, false);
    assert.equal(made.JupyterHub?.cleanup_servers, false);
    assert.doesNotMatch(String(made.JupyterHub?.db_url), /password/);
  });
});

describe("the pod of a notebook", () => {
  const template = {
    metadata: {
      labels: { "app.kubernetes.io/name": "jupyterlab", "app.kubernetes.io/component": "notebook-small" },
      annotations: { "openshift.io/required-scc": "restricted-v2" },
    },
    spec: {
      containers: [
        { name: "notebook", image: "lab:1", command: ["start"], env: [{ name: "HOME", value: "/home/jovyan" }] },
        { name: "tls", image: "haproxy:1" },
      ],
      volumes: [
        { name: "tmp", emptyDir: {} },
        {
          name: "home",
          ephemeral: {
            volumeClaimTemplate: {
              spec: {
                accessModes: ["ReadWriteOnce"],
                storageClassName: "fast",
                resources: { requests: { storage: "10Gi" } },
              },
            },
          },
        },
      ],
    },
  };
  /** KubeSpawner as far as the file relies on it: what it makes by itself, and the API's answers. */
  const modules = {
    "python/traitlets.py":
      "def Unicode(default='', **_): return default\ndef Integer(default=0, **_): return default\n",
    "python/kubernetes_asyncio/__init__.py": "",
    "python/kubernetes_asyncio/client.py": `
class Made(dict):
    def __init__(self, **fields):
        super().__init__(fields)
        self.__dict__ = self
V1Pod = V1ObjectMeta = Made
`,
    "python/kubespawner.py": `
import json, re
class Model:
    """A dict with the API's names in Python's spelling."""
    def __init__(self, value): self.value = value
    def __getattr__(self, name): return wrap(self.value[re.sub("_([a-z])", lambda m: m[1].upper(), name)])
    def __getitem__(self, key): return wrap(self.value[key])
    def __iter__(self): return (wrap(each) for each in self.value)
def wrap(value): return Model(value) if isinstance(value, (dict, list)) and value and not all(isinstance(v, str) for v in (value.values() if isinstance(value, dict) else value)) else value
class Client:
    def sanitize_for_serialization(self, model): return json.loads(json.dumps(model.value))
class Api:
    api_client = Client()
    async def read_namespaced_pod_template(self, name, namespace):
        assert (name, namespace) == ("notebook-small", "t-notebooks")
        return Model({"metadata": {"annotations": {"datalyptica.io/at-once": "2"}}, "template": json.load(open("template.json"))})
class Reflector:
    pods = json.load(open("pods.json"))
class KubeSpawner:
    api = Api()
    pod_reflector = Reflector()
    namespace, pod_name, pvc_name = "t-notebooks", "jupyter-ada", "claim-ada"
    async def load_user_options(self): self.template = "notebook-small"
    async def _start(self):
        self.pod = await self.get_pod_manifest()
        return self._get_pod_url(None)
    def get_args(self): return ["--debug"]
    async def get_pod_manifest(self):
        return Model({
            "metadata": {"labels": {"component": "notebook", "app.kubernetes.io/component": "notebook"}, "annotations": {"hub.jupyter.org/username": "ada"}},
            "spec": {"containers": [{"env": [{"name": "HOME", "value": "/elsewhere"}, {"name": "JUPYTERHUB_API_TOKEN", "value": "hush"}]}]},
        })
`,
  };
  async function made(pods: object = {}) {
    const run = `
import asyncio
spawner = NotebookSpawner()
spawner.domain, spawner.tls_port = "notebook.t-notebooks.svc.cluster.local", 8443
try:
    url = asyncio.run(spawner._start())
    print(json.dumps({"url": url, "pod": spawner.pod, "volume": [spawner.storage_capacity, list(spawner.storage_access_modes), spawner.storage_class], "image": spawner.image}))
except NoRoom as full:
    print(json.dumps({"full": full.jupyterhub_message}))
`;
    const { status, stdout, stderr } = await runScript(python(`import json\n${config.file("spawner.py")}${run}`), {
      ...modules,
      "template.json": JSON.stringify(template),
      "pods.json": JSON.stringify(pods),
    });
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout);
  }
  const running = (...names: readonly string[]) =>
    Object.fromEntries(
      names.map((name) => [name, { metadata: { name, annotations: { "datalyptica.io/template": "notebook-small" } } }]),
    );

  it("is the template's, with a person's name, volume and token", async () => {
    const { pod, url, volume, image } = await made();
    assert.equal(url, "https://jupyter-ada.notebook.t-notebooks.svc.cluster.local:8443");
    assert.equal(pod.metadata.name, "jupyter-ada");
    assert.equal(pod.metadata.labels["app.kubernetes.io/component"], "notebook-small");
    assert.equal(pod.metadata.labels.component, "notebook");
    assert.equal(pod.metadata.annotations["openshift.io/required-scc"], "restricted-v2");
    assert.equal(pod.metadata.annotations["datalyptica.io/template"], "notebook-small");
    assert.deepEqual([pod.spec.hostname, pod.spec.subdomain], ["jupyter-ada", "notebook"]);
    assert.deepEqual(pod.spec.volumes[1], { name: "home", persistentVolumeClaim: { claimName: "claim-ada" } });
    const [notebook, tls] = pod.spec.containers;
    // What the template says of a variable holds.
    assert.deepEqual(notebook.env, [
      { name: "HOME", value: "/home/jovyan" },
      { name: "JUPYTERHUB_API_TOKEN", value: "hush" },
    ]);
    assert.deepEqual(notebook.command, ["start", "--debug"]);
    assert.deepEqual(tls, template.spec.containers[1]);
    assert.deepEqual(volume, ["10Gi", ["ReadWriteOnce"], "fast"]);
    assert.equal(image, "lab:1");
  });

  it("is not made when as many of its size run as may", async () => {
    assert.ok((await made(running("jupyter-bob"))).pod);
    // His own, which is about to be replaced, does not count.
    assert.ok((await made(running("jupyter-bob", "jupyter-ada"))).pod);
    assert.match((await made(running("jupyter-bob", "jupyter-eve"))).full, /^All 2 notebooks of this size are in use/);
  });
});
