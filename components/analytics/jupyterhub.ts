import type * as pulumi from "@pulumi/pulumi";
import { type BuiltImage, builtImage } from "../core/builds";
import { authorityFile, authorityMount, certificate } from "../core/certificates";
import { password } from "../core/credentials";
import { serviceHost, serviceNames } from "../core/names";
import type { Platform } from "../core/platform";
import { type Account, type Handle, Service } from "../core/service";
import { apiToken, filesFrom, keyOf, type Mount, podField, type Source, scratch } from "../core/sources";
import { tlsProxy } from "../core/tls-proxy";
import { deployment, type Workload } from "../core/workload";
import type { Keycloak } from "../infrastructure/keycloak";
import { route } from "../networking/routes";
import type { Postgresql } from "../storage/postgresql";
import { alerts } from "./jupyterhub/alerts";
import * as config from "./jupyterhub/config";
import { panels } from "./jupyterhub/panels";
import type { JupyterLab, Notebooks } from "./jupyterlab";
import { logs } from "./jupyterlab/config";

/**
 * JupyterHub: the way to notebooks, at `https://jupyter.<domain>`. It lets people in, starts a notebook for each of the
 * templates that JupyterLab offers, and stops what has lain idle for four hours. What it knows is in PostgreSQL.
 *
 * Two parts: the hub, and a proxy (configurable-http-proxy) that leads each person's requests to his notebook.
 * ha: 2 hubs, of which one works; the other takes over within a minute when that is lost (`standby.py`, docs/adr/0028).
 * Notebooks, and the ways to them, stay meanwhile. The proxy is one in both modes: after its loss the hub tells the new one
 * all ways again. standalone: 1 hub.
 *
 * With Keycloak, people log in there, and who has a role that may have a notebook gets one. Without, the user `admin` does
 * (Secret `jupyterhub-admin`). Ports: proxy 8443 people (TLS; Route `jupyter`), 8001 ways (TLS, token), 9100 metrics; hub 8443
 * (TLS), 9102 metrics (plain, fenced by NetworkPolicy).
 */

interface Wiring {
  readonly postgresql: Postgresql;
  readonly jupyterlab: JupyterLab;
  readonly keycloak?: Keycloak | undefined;
}

const hubService = "jupyterhub-hub";
const apiService = "jupyterhub-proxy";
const { ports, directories } = config;
const tmp = scratch("tmp", "/tmp", "256Mi");

export class JupyterHub extends Service {
  static readonly service = "jupyterhub";
  private readonly image: BuiltImage;
  private readonly account: Account;
  /** By which the hub and nobody else tells the proxy ways. */
  private readonly token: pulumi.Output<string>;
  private readonly keys: Source;

  constructor(platform: Platform, wiring: Wiring) {
    super(platform, JupyterHub.service);
    const notebooks = wiring.jupyterlab.offer();
    this.image = builtImage(this, "jupyterhub");
    this.account = this.serviceAccount({
      // The Endpoints of its Service, where the one writes itself in whose turn it is; who writes pod addresses there
      // needs the second on OpenShift (RestrictedEndpointsAdmission).
      rules: [
        { apiGroups: [""], resources: ["endpoints"], verbs: ["create"] },
        { apiGroups: [""], resources: ["endpoints"], resourceNames: [hubService], verbs: ["patch"] },
        { apiGroups: [""], resources: ["endpoints/restricted"], verbs: ["create"] },
      ],
      elsewhere: {
        space: "notebooks",
        rules: [
          { apiGroups: [""], resources: ["podtemplates"], verbs: ["get"] },
          { apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch", "create", "delete"] },
          { apiGroups: [""], resources: ["persistentvolumeclaims"], verbs: ["get", "create"] },
          { apiGroups: [""], resources: ["events"], verbs: ["list", "watch"] },
        ],
      },
    });
    this.token = password(this, "proxy").result;
    this.keys = this.secret("keys", "hub", {
      cookie: password(this, "cookie").result,
      proxy: this.token,
      metrics: password(this, "metrics").result,
    });

    const proxy = this.proxy(notebooks);
    const hub = this.hub(wiring, notebooks, proxy);
    // Who looks where a person's notebook is: the proxy asks the hub, and so does the notebook itself.
    for (const peer of [proxy.peer, ...notebooks.peers]) {
      platform.flows.allow(peer, { peer: hub.peer, port: ports.hub.https });
    }
    this.alert(alerts(notebooks.most));
    this.show(panels(notebooks.most));
    this.registerOutputs({});
  }

  private get hubUrl(): string {
    return `https://${serviceHost(hubService, this.namespace)}:${ports.hub.https}`;
  }

  private proxy(notebooks: Notebooks): Workload {
    const size = this.platform.size("jupyterhub-proxy");
    const names = ["jupyterhub", apiService].flatMap((name) => serviceNames(name, this.namespace));
    const tls = certificate(this, "tls", "jupyterhub", [...names, "localhost"]);
    const token = this.secret("proxy", "proxy", { token: this.token });
    const healthy = { http: config.healthPath, port: "https", scheme: "HTTPS" } as const;
    const proxy = deployment(this, {
      name: "jupyterhub-proxy",
      component: "proxy",
      account: this.account,
      size,
      // Each would know its own ways only.
      replace: true,
      uses: [{ reaches: notebooks.reaches, ready: [] }],
      containers: [
        {
          name: "proxy",
          image: this.platform.image("configurable-http-proxy"),
          logs: config.proxyLogs,
          command: ["/bin/sh", "-ec", config.proxyScript, "start", ...config.proxyArguments(this.hubUrl)],
          // Of hub and notebooks.
          env: { NODE_EXTRA_CA_CERTS: authorityFile },
          ports: ports.proxy,
          metrics: [{ port: "metrics", job: "jupyterhub-proxy" }],
          resources: size,
          mounts: [
            filesFrom(tls, directories.tls, { "tls.crt": "tls.crt", "tls.key": "tls.key" }),
            filesFrom(token, directories.token),
            authorityMount(this),
          ],
          startup: { ...healthy, period: 2, failures: 60 },
          readiness: healthy,
          liveness: { ...healthy, failures: 6 },
        },
      ],
    });
    this.clusterIp("jupyterhub", "proxy", { https: ports.proxy.https });
    this.clusterIp(apiService, "proxy", { api: ports.proxy.api });
    route(this, {
      to: "jupyterhub",
      port: "https",
      endpoint: { peer: proxy.peer, port: ports.proxy.https },
      tls: true,
      // Files are brought up through the browser; what kernels say comes over WebSockets, which have a time of their own.
      timeout: "10m",
    });
    return proxy;
  }

  private hub({ postgresql, keycloak }: Wiring, notebooks: Notebooks, proxy: Workload): Workload {
    const { platform } = this;
    const size = platform.size("jupyterhub-hub");
    const database = postgresql.database(this, "jupyterhub", config.connections(size.replicas));
    const { login, handle, mounts } = this.login(keycloak);
    const smoke = this.secret("smoke", "hub", { token: password(this, "smoke").result });
    const files = this.configMap("hub", "hub", {
      "settings.json": config.settings({
        host: platform.host("jupyter"),
        service: hubService,
        url: this.hubUrl,
        labels: platform.labels(this.service, "hub"),
        proxyApi: `https://${serviceHost(apiService, this.namespace)}:${ports.proxy.api}`,
        database,
        login,
        notebooks,
      }),
      "jupyterhub_config.py": config.file("jupyterhub_config.py"),
      "spawner.py": config.file("spawner.py"),
      "standby.py": config.file("standby.py"),
    });
    const secret = (name: string, source: Source): Mount => filesFrom(source, `${directories.secrets}/${name}`);
    const hub = deployment(this, {
      name: "jupyterhub-hub",
      component: "hub",
      account: this.account,
      size,
      gracePeriod: 60,
      uses: [
        this.image,
        database,
        handle,
        notebooks,
        { reaches: [{ peer: proxy.peer, port: ports.proxy.api }], ready: [] },
      ],
      containers: [
        {
          name: "hub",
          image: this.image.reference,
          logs,
          command: ["python3", `${directories.config}/standby.py`],
          workingDir: "/tmp",
          env: {
            HOME: "/tmp",
            USER: "jupyterhub",
            PGSSLMODE: "verify-full",
            PGSSLROOTCERT: authorityFile,
            // Of Keycloak, the proxy and notebooks; the API server's is with the token.
            SSL_CERT_FILE: authorityFile,
            POD_NAME: podField("metadata.name"),
            POD_NAMESPACE: podField("metadata.namespace"),
            POD_IP: podField("status.podIP"),
          },
          resources: size,
          mounts: [
            tmp,
            apiToken,
            filesFrom(files, directories.config),
            secret("database", database.credentials),
            secret("keys", this.keys),
            secret("smoke", smoke),
            ...mounts,
            authorityMount(this),
          ],
          startup: { ...config.looked(30), period: 3, failures: 100 },
          readiness: config.looked(30),
          liveness: { ...config.looked(180), period: 30 },
        },
        {
          ...tlsProxy(this, {
            part: "tls-proxy",
            component: "hub",
            certificate: certificate(this, "hub-tls", "jupyterhub-hub", [
              ...serviceNames(hubService, this.namespace),
              ...config.publicNames(this.platform),
            ]),
            ports: ports.hub,
            port: "https",
            frontend: "hub",
            server: "jupyterhub",
            plainPort: config.plainPort,
            more: config.metricsProxy,
            env: { METRICS_TOKEN: keyOf(this.keys, "metrics") },
            // A hub that waits for its turn is as it should be.
            follows: false,
          }),
          metrics: [{ port: "metrics", throughService: hubService }],
        },
      ],
    });
    this.clusterIp(hubService, "hub", { https: ports.hub.https, metrics: ports.hub.metrics }, { selector: null });
    return hub;
  }

  private login(keycloak: Keycloak | undefined): {
    readonly login: config.Login;
    readonly handle?: Handle;
    readonly mounts: readonly Mount[];
  } {
    const host = this.platform.host("jupyter");
    if (!keycloak) {
      const { administrator } = config;
      const admin = this.secret("admin", "access", {
        username: administrator,
        password: password(this, "admin").result,
      });
      return { login: { administrator }, mounts: [filesFrom(admin, `${directories.secrets}/admin`)] };
    }
    const oidc = keycloak.client(this, {
      redirectUris: [`https://${host}${config.callbackPath}`],
      postLogoutRedirectUris: [`https://${host}/`],
    });
    return {
      login: { oidc, host },
      handle: oidc,
      mounts: [filesFrom(oidc.credentials, `${directories.secrets}/oidc`)],
    };
  }
}
