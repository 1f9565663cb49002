import * as assert from "node:assert/strict";
import {
  airflowCfg,
  channels,
  concurrency,
  filesOf,
  fileText,
  type Kind,
  keyPrefix,
  paths,
  type Wired,
} from "../../components/analytics/airflow/config";
import { connections, variables } from "../../components/analytics/airflow/connections";
import { loginSettings, roles } from "../../components/analytics/airflow/login";
import { profiles } from "../../components/core/profiles";
import type { OidcClient } from "../../components/infrastructure/keycloak";
import { runScript } from "../support/scripts";

const database = (name: string) => ({ host: "postgresql.storage", port: 5432, database: name });
const sentinels = [0, 1, 2].map((i) => ({ host: `redis-announce-${i}`, port: 26379 }));
const bundles = [
  {
    name: "sales-eu",
    git: { url: "https://git.example.com/sales.git", ref: "main", token: "hush", egress: ["10.0.0.1/32:443"] },
    directory: "dags",
  },
];
const wired = (changes: Partial<Wired> = {}): Wired => ({
  host: "airflow.example.com",
  namespace: "analytics",
  metadata: database("airflow"),
  results: database("airflow-results"),
  redis: { sentinels, master: "mymaster", host: undefined, port: 6379 },
  logs: { bucket: "airflow-logs" },
  dags: { bucket: "airflow-dags" },
  bundles,
  worker: profiles.ha["airflow-worker"],
  ...changes,
});
/** Sections as Airflow's parser reads them: a doubled percent sign is one. */
const read = (text: string): Readonly<Record<string, Readonly<Record<string, string>>>> => {
  const sections: Record<string, Record<string, string>> = {};
  let section: Record<string, string> = {};
  for (const line of text.split("\n").filter(Boolean)) {
    const [, name] = /^\[(\w+)\]$/.exec(line) ?? [];
    if (name) {
      section = {};
      sections[name] = section;
      continue;
    }
    const at = line.indexOf("=");
    assert.ok(at > 0, line);
    assert.doesNotMatch(line.replaceAll("%%", ""), /%/);
    section[line.slice(0, at)] = line.slice(at + 1).replaceAll("%%", "%");
  }
  return sections;
};
const cfg = (kind: Kind, changes?: Partial<Wired>) => read(airflowCfg(kind, wired(changes)));

describe("Airflow's configuration", () => {
  it("gives workers neither metadata database, nor the key of connections, nor the one that signs tokens", () => {
    const text = airflowCfg("worker", wired());
    assert.deepEqual(
      ["metadata", "fernet", "tokens"].filter((secret) => text.includes(secret)),
      [],
    );
    const worker = cfg("worker");
    assert.match(worker.database?.sql_alchemy_conn ?? "", /\/airflow-results$/);
    assert.equal(worker.api_auth, undefined);
    for (const kind of ["api-server", "control"] as const) {
      assert.match(
        cfg(kind).database?.sql_alchemy_conn ?? "",
        /<metadata:password>@postgresql\.storage:5432\/airflow$/,
      );
      assert.equal(cfg(kind).core?.fernet_key, "<keys:fernet>");
    }
  });

  it("has the server's own certificate on the server, and what to verify it with on its clients", () => {
    assert.equal(cfg("api-server").api?.ssl_cert, `${paths.tls}/tls.crt`);
    for (const kind of ["control", "worker"] as const) {
      assert.equal(cfg(kind).api?.ssl_cert, "/etc/platform-ca/ca.crt");
      assert.equal(cfg(kind).api?.ssl_key, undefined);
      assert.equal(
        cfg(kind).core?.execution_api_server_url,
        "https://airflow-api-server.analytics.svc.cluster.local:8443/execution/",
      );
    }
  });

  it("asks each Sentinel with a login, over verified TLS, for the same master", () => {
    const { celery = {}, celery_broker_transport_options: options = {} } = cfg("control");
    assert.equal(
      celery.broker_url,
      sentinels.map(({ host }) => `sentinel://airflow:<redis:password>@${host}:26379/0`).join(";"),
    );
    assert.equal(options.master_name, "mymaster");
    const sentinel = JSON.parse(options.sentinel_kwargs ?? "") as Record<string, unknown>;
    assert.deepEqual(
      [sentinel.username, sentinel.ssl, sentinel.ssl_cert_reqs, sentinel.ssl_ca_certs],
      ["airflow", true, "required", "/etc/platform-ca/ca.crt"],
    );
    assert.deepEqual(
      [celery.ssl_active, celery.ssl_mutual_tls, celery.ssl_cacert],
      ["true", "false", "/etc/platform-ca/ca.crt"],
    );
  });

  it("asks the one server where there are no Sentinels", () => {
    const alone = cfg("worker", { redis: { sentinels: [], master: "mymaster", host: "redis", port: 6379 } });
    assert.equal(alone.celery?.broker_url, "rediss://airflow:<redis:password>@redis:6379/0");
    assert.equal(alone.celery_broker_transport_options?.master_name, undefined);
  });

  it("keeps to its own keys and channels in Redis", () => {
    assert.equal(cfg("worker").celery_broker_transport_options?.global_keyprefix, keyPrefix);
    for (const channel of channels) assert.ok(channel.startsWith(keyPrefix));
  });

  it("takes DAGs from the platform, the bucket and each repository", () => {
    const list = JSON.parse(cfg("control").dag_processor?.dag_bundle_config_list ?? "") as {
      name: string;
      kwargs: Record<string, unknown>;
    }[];
    assert.deepEqual(
      list.map(({ name }) => name),
      ["platform", "bucket", "sales-eu"],
    );
    assert.deepEqual(list[2]?.kwargs, {
      git_conn_id: "git_sales_eu",
      tracking_ref: "main",
      refresh_interval: 60,
      subdir: "dags",
    });
  });

  it("blocks figures with names of DAGs and tasks in their names, and no others", () => {
    const patterns = (cfg("worker").metrics?.metrics_block_list ?? "").split(",").map((each) => new RegExp(each));
    const blocked = (name: string) => patterns.some((pattern) => pattern.test(name));
    for (const name of [
      "ti.start.sales.load,dag_id=sales",
      "operator_failures_sqlexecutequeryoperator",
      "dag.sales.load.duration",
      "dagrun.sales.first_task_scheduling_delay",
      "dagrun.duration.success.sales",
      "pool.open_slots.default_pool",
      "dag_processing.last_run.seconds_ago.sales",
    ]) {
      assert.ok(blocked(name), name);
    }
    for (const name of [
      "ti.start,dag_id=sales",
      "ti.finish,dag_id=sales,state=failed",
      "ti_failures,dag_id=sales",
      "task.duration,dag_id=sales",
      "dagrun.duration.success,dag_id=sales",
      "pool.open_slots,pool_name=default_pool",
      "executor.queued_tasks",
      "scheduler_heartbeat",
      "dag_processor_heartbeat",
      "dag_processing.import_errors",
      "dagbag_size",
    ]) {
      assert.ok(!blocked(name), name);
    }
  });

  it("has a worker run as many tasks as fit into its memory", () => {
    const tasks = (memoryLimit: string) => concurrency({ ...profiles.ha["airflow-worker"], memoryLimit });
    assert.deepEqual([tasks("640Mi"), tasks("3Gi"), tasks("6Gi")], [1, 4, 8]);
  });
});

describe("Airflow's connections", () => {
  const bucket = { endpoint: "https://minio:9000", region: "us-east-1" };
  const jobs = { jobs_dbt: { url: "https://dbt-runner.data:8443", jobs: ["dbt-demo", "dbt-sales"] } };
  const all = JSON.parse(
    connections({ logs: bucket, dags: bucket, bundles, trino: { url: "https://trino.data:8443" }, jobs }),
  ) as Record<string, { extra?: string; password?: string; host?: string; port?: number; login?: string }>;

  it("verify every server, and have no secret in them", () => {
    assert.deepEqual(Object.keys(all), ["airflow_logs", "airflow_dags", "trino_default", "jobs_dbt", "git_sales_eu"]);
    for (const name of ["airflow_logs", "airflow_dags", "trino_default"]) {
      assert.equal((JSON.parse(all[name]?.extra ?? "") as { verify: string }).verify, "/etc/platform-ca/ca.crt");
    }
    for (const [name, { password }] of Object.entries(all)) assert.match(password ?? "", /^<[a-z_]+:\w+>$/, name);
    assert.ok(!JSON.stringify(all).includes("hush"));
  });

  it("have only what is wired", () => {
    const few = JSON.parse(connections({ logs: bucket, dags: bucket, bundles: [], trino: undefined, jobs: {} }));
    assert.deepEqual(Object.keys(few), ["airflow_logs", "airflow_dags"]);
  });

  it("lead from each job's name to the server that starts it", () => {
    const { platform_jobs } = JSON.parse(variables(jobs)) as { platform_jobs: string };
    assert.deepEqual(JSON.parse(platform_jobs), { "dbt-demo": "jobs_dbt", "dbt-sales": "jobs_dbt" });
    assert.deepEqual([all.jobs_dbt?.host, all.jobs_dbt?.port], ["dbt-runner.data", 8443]);
  });
});

describe("Airflow's files", () => {
  const configure = (template: Readonly<Record<string, string>>, secrets: Readonly<Record<string, string>>) =>
    runScript(`mkdir out\npython3 configure.py secrets out ${Object.keys(template).join(" ")}\nstat -c %a out/*`, {
      "configure.py": fileText("configure.py"),
      "secrets/.keep": "",
      ...template,
      ...Object.fromEntries(Object.entries(secrets).map(([name, text]) => [`secrets/${name}`, text])),
    });

  it("get their secrets in memory, readable by nobody else", async () => {
    const ran = await configure(
      { "airflow.cfg": "a=sentinel://airflow:<redis:password>@host:1/0\nb=c@d\n", "c.json": '{"p":"<git_x:token>"}' },
      { "redis/password": "pw1", "git_x/token": 'a"b\\c' },
    );
    assert.equal(ran.status, 0, ran.stderr);
    assert.equal(ran.file("out/airflow.cfg"), "a=sentinel://airflow:pw1@host:1/0\nb=c@d\n");
    assert.deepEqual(JSON.parse(ran.file("out/c.json") ?? ""), { p: 'a"b\\c' });
    assert.equal(ran.stdout, "600\n600\n");
  });

  it("are not made without a secret, nor with one that would change their meaning", async () => {
    assert.notEqual((await configure({ "airflow.cfg": "a=<redis:password>" }, {})).status, 0);
    const odd = await configure({ "airflow.cfg": "a=<redis:password>" }, { "redis/password": "a\n[core]" });
    assert.notEqual(odd.status, 0);
    assert.match(odd.stderr, /<redis:password> has characters/);
  });

  it("leave out what the kubelet keeps beside them", () => {
    for (const name of ["dags", "plugins"] as const) {
      assert.equal(filesOf(name)[".airflowignore"], "..*\n");
      assert.ok(Object.keys(filesOf(name)).some((file) => file.endsWith(".py")));
    }
  });
});

describe("PlatformJob", () => {
  const stubs = {
    "py/airflow/__init__.py": "",
    "py/airflow/sdk/__init__.py": `
import logging, sys
logging.basicConfig(level="INFO", stream=sys.stdout, format="%(message)s")
class BaseOperator:
    log = logging.getLogger("task")
    def __init__(self, **kwargs): pass
class Variable:
    @staticmethod
    def get(name, deserialize_json): return {"dbt-demo": "jobs_dbt"}
class BaseHook:
    @staticmethod
    def get_connection(name): return name
`,
    "py/airflow/sdk/exceptions.py":
      "class AirflowException(Exception): pass\nclass AirflowFailException(AirflowException): pass\n",
    "run.py": `
import json, sys, types
import platform_jobs as p
answers = json.loads(sys.argv[1])
class Server:
    def __init__(self, connection): print("by", connection)
    def ask(self, method, path):
        print(method, path)
        return tuple(answers.pop(0))
p.Server = Server
p.time = types.SimpleNamespace(sleep=lambda _: None, monotonic=iter(range(0, 100000, 700)).__next__)
ti = types.SimpleNamespace(dag_id="d", run_id="r", task_id="t", map_index=-1, try_number=int(sys.argv[3]))
try:
    print("done", p.PlatformJob(job=sys.argv[2]).execute({"ti": ti}))
except Exception as error:
    print(type(error).__name__, error)
`,
  };
  const run = async (answers: readonly (readonly [number, object])[], job = "dbt-demo", attempt = 1) => {
    const ran = await runScript(
      `export PYTHONPATH="$FOLDER/py:$FOLDER"\npython3 run.py "$ANSWERS" ${job} ${attempt}`,
      { ...stubs, "platform_jobs.py": fileText("plugins/platform_jobs.py") },
      { ANSWERS: JSON.stringify(answers), PYTHONDONTWRITEBYTECODE: "1" },
    );
    assert.equal(ran.status, 0, ran.stderr);
    return ran.stdout.trim().split("\n");
  };
  const started = [201, { job: "dbt-demo-x" }] as const;
  const state = (word: string, log = "") => [200, { job: "dbt-demo-x", state: word, log }] as const;

  it("starts a run, waits for its end, and shows its log", async () => {
    const lines = await run([started, state("running"), state("succeeded", "first\nlast\n")]);
    assert.match(lines[1] ?? "", /^PUT \/jobs\/dbt-demo\/runs\/[0-9a-f]{16}$/);
    assert.deepEqual(lines.slice(-3), ["first", "last", "done dbt-demo-x"]);
  });

  it("asks for the same run in the same try, and for another in the next", async () => {
    const put = async (attempt: number) => (await run([started, state("succeeded")], "dbt-demo", attempt))[1];
    assert.equal(await put(1), await put(1));
    assert.notEqual(await put(1), await put(2));
  });

  it("fails for good with a Job that failed, and with one that there is not", async () => {
    const failed = await run([started, state("failed", "3 of 5 failed")]);
    assert.deepEqual(failed.slice(-2), [
      "3 of 5 failed",
      "AirflowFailException Job dbt-demo-x failed; its log is above",
    ]);
    assert.deepEqual(await run([], "other"), ["AirflowFailException there is no job other; allowed: dbt-demo"]);
    assert.match((await run([[401, { error: "a token is wanted" }]])).at(-1) ?? "", /^AirflowFailException 401/);
  });

  it("waits for another run and for a server that is away, and not for ever", async () => {
    const busy = [409, { error: "dbt-demo-y is under way" }] as const;
    const away = [0, { error: "refused" }] as const;
    assert.equal((await run([busy, away, started, state("succeeded")])).at(-1), "done dbt-demo-x");
    const tired = await run(Array.from({ length: 9 }, () => busy));
    assert.match(tired.at(-1) ?? "", /^AirflowException not within 1800 s: dbt-demo-y is under way$/);
  });
});

describe("Airflow's login", () => {
  const oidc = {
    clientId: "airflow",
    authorizationUrl: "https://public/auth",
    tokenUrl: "https://inside/token",
    jwksUrl: "https://inside/certs",
    userinfoUrl: "https://inside/userinfo",
  } as unknown as OidcClient;
  /** Flask-AppBuilder's and Airflow's names, and what the configuration then has. */
  const stubs = {
    "py/flask_appbuilder/__init__.py": "",
    "py/flask_appbuilder/const.py": "AUTH_DB = 1\nAUTH_OAUTH = 4\n",
    ...Object.fromEntries(
      [
        "",
        "/providers",
        "/providers/fab",
        "/providers/fab/auth_manager",
        "/providers/fab/auth_manager/security_manager",
      ].map((folder) => [`py/airflow${folder}/__init__.py`, ""]),
    ),
    "py/airflow/providers/fab/auth_manager/security_manager/override.py":
      "class FabAirflowSecurityManagerOverride:\n    pass\n",
    "show.py": `
import json, webserver_config as c
shown = {k: v for k, v in vars(c).items() if k.isupper() and k != "SECURITY_MANAGER_CLASS"}
manager = getattr(c, "SECURITY_MANAGER_CLASS", None)
if manager:
    class Answer:
        def raise_for_status(self): pass
        def json(self): return {"preferred_username": "ann", "roles": ["admin", "other"], "groups": ["none"]}
    class Remote:
        def get(self, url):
            shown["asked"] = url
            return Answer()
    it = manager()
    it.oauth_remotes = {"keycloak": Remote()}
    shown["person"] = it.get_oauth_user_info("keycloak", {})
print(json.dumps(shown))
`,
  };
  const shown = async (client: OidcClient | undefined) => {
    const ran = await runScript(
      'export PYTHONPATH="$FOLDER/py:$FOLDER"\npython3 show.py',
      {
        ...stubs,
        "webserver_config.py": fileText("webserver_config.py"),
        "login.json": loginSettings(client),
        secret: "hush",
      },
      { LOGIN_SETTINGS: "login.json", OIDC_SECRET: "secret", PYTHONDONTWRITEBYTECODE: "1" },
    );
    assert.equal(ran.status, 0, ran.stderr);
    return JSON.parse(ran.stdout) as Record<string, unknown> & {
      OAUTH_PROVIDERS?: { remote_app: Record<string, unknown> }[];
      person?: { username: string; role_keys: string[] };
    };
  };

  it("is by password without Keycloak", async () => {
    assert.deepEqual(await shown(undefined), { AUTH_DB: 1, AUTH_OAUTH: 4, AUTH_TYPE: 1, WTF_CSRF_ENABLED: true });
  });

  it("is by Keycloak with it, for the realm's roles, with a challenge, and nothing for who has none", async () => {
    const seen = await shown(oidc);
    assert.equal(seen.AUTH_TYPE, 4);
    assert.equal(seen.AUTH_USER_REGISTRATION_ROLE, "Public");
    assert.deepEqual(
      seen.AUTH_ROLES_MAPPING,
      Object.fromEntries(Object.entries(roles).map(([role, own]) => [role, [own]])),
    );
    const remote = seen.OAUTH_PROVIDERS?.[0]?.remote_app ?? {};
    assert.equal(remote.client_secret, "hush");
    assert.deepEqual(remote.client_kwargs, { scope: "openid profile email", code_challenge_method: "S256" });
    assert.equal(remote.authorize_url, "https://public/auth");
    assert.equal(seen.asked, "https://inside/userinfo");
    assert.deepEqual([seen.person?.username, seen.person?.role_keys], ["ann", ["admin", "other"]]);
  });
});
