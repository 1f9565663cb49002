import * as pulumi from "@pulumi/pulumi";
import { authorityMount, certificate } from "../core/certificates";
import { password } from "../core/credentials";
import { type JavaTrust, javaTrust } from "../core/java";
import { plainLines } from "../core/logs";
import { serviceHost, serviceNames } from "../core/names";
import type { Platform } from "../core/platform";
import { jobSize } from "../core/profiles";
import { type Account, type Handle, onDemand, Service } from "../core/service";
import { filesFrom, keyOf, type Source, scratch } from "../core/sources";
import { job, statefulSet, type Workload } from "../core/workload";
import { route } from "../networking/routes";
import type { Postgresql } from "../storage/postgresql";
import { alerts } from "./keycloak/alerts";
import { type ClientSpec, clientDefinition } from "./keycloak/client";
import { cluster, poolSize, server, store, tlsDirectory } from "./keycloak/environment";
import { panels } from "./keycloak/panels";
import { realm, realmFile, realmName, secretVariable } from "./keycloak/realm";
import { builtDirectory, clientScript, toolOptions, writableCopyScript } from "./keycloak/scripts";

/**
 * Keycloak: one login for people, at `https://keycloak.<domain>`, realm `datalyptica`. Everything it knows is in PostgreSQL.
 *
 * ha: 2 replicas that share their caches over mTLS and find each other in the database; the loss of one, or of both for a
 * while, logs nobody out. Old and new minor versions must not run together: scale to 0 before such an update.
 * standalone: 1 replica, the same database.
 *
 * The realm is imported once, into an empty database, and belongs to its administrators from then on (ADR 0014).
 * Ports: 8443 login, tokens and administration (TLS; Route `keycloak`), 9000 health and metrics (plain, fenced by
 * NetworkPolicy), 7800 and 57800 caches.
 */

/** A client of the realm, for a service that people log in to. Its tokens carry `preferred_username`, `roles`, `groups`. */
export interface OidcClient extends Handle {
  readonly clientId: string;
  /** Secret in the owner's namespace: `clientId`, `clientSecret`. */
  readonly credentials: Source;
  /** What tokens name as their issuer: the public address of the realm. */
  readonly issuer: string;
  /** Where browsers are sent: public addresses. */
  readonly authorizationUrl: string;
  readonly logoutUrl: string;
  /** What the service itself asks, inside the cluster: certificates of the platform's authority. */
  readonly tokenUrl: string;
  readonly jwksUrl: string;
  readonly userinfoUrl: string;
}

/** Read access to users and groups of the realm, through the admin REST API. */
export interface Directory extends Handle {
  /** Secret in the owner's namespace: `clientId`, `clientSecret`. */
  readonly credentials: Source;
  readonly tokenUrl: string;
  /** The realm's admin REST API inside the cluster. */
  readonly adminUrl: string;
}

const ports = { https: 8443, management: 9000 };
const clusterPorts = { jgroups: 7800, "jgroups-fd": 57800 };
const protocol = "/protocol/openid-connect";
const discovery = "keycloak-discovery";
const tmp = scratch("tmp", "/tmp", "256Mi");
const built = (path: string) => scratch("built", path, "64Mi");

/** Id and secret of a client, as its owner's Secret has them. */
interface Keys {
  readonly clientId: string;
  readonly clientSecret: pulumi.Output<string>;
  readonly [key: string]: pulumi.Input<string>;
}

export class Keycloak extends Service {
  static readonly service = "keycloak";
  private readonly image: string;
  private readonly account: Account;
  private readonly trust: JavaTrust;
  private readonly directoryKeys: Keys;
  private readonly provisioner: Source;
  private readonly servers: Workload;
  private readonly inside: string;

  constructor(platform: Platform, wiring: { readonly postgresql: Postgresql }) {
    super(platform, Keycloak.service);
    const size = platform.size("keycloak");
    const clustered = size.replicas > 1;
    const database = wiring.postgresql.database(this, "keycloak", (size.replicas + 1) * poolSize);
    this.image = platform.image("keycloak");
    this.inside = `https://${serviceHost("keycloak", this.namespace)}:${ports.https}`;
    this.account = this.serviceAccount();
    this.trust = javaTrust(this, this.image, tmp);
    this.directoryKeys = this.keys("directory", "directory");
    const directory = this.secret("directory", "server", this.directoryKeys);
    this.provisioner = this.secret("provisioner", "access", this.keys("provisioner", "provisioner"));
    // For the day when nobody else can log in. Keycloak takes it when it makes its database, and never again.
    const admin = this.secret("admin", "access", { username: "admin", password: password(this, "admin").result });
    const tls = certificate(this, "tls", "keycloak", [...serviceNames("keycloak", this.namespace), "localhost"]);
    const definition = this.configMap("realm", "server", { [realmFile]: realm() });

    this.servers = statefulSet(this, {
      name: "keycloak",
      component: "server",
      account: this.account,
      size,
      governing: discovery,
      // The first pod makes the schema and imports the realm; two at once would collide.
      ordered: true,
      gracePeriod: 60,
      uses: [database],
      amongItself: clustered ? Object.values(clusterPorts) : [],
      init: [
        {
          name: "built",
          image: this.image,
          logs: plainLines,
          command: ["/bin/sh", "-ec", writableCopyScript],
          resources: jobSize,
          mounts: [built("/built")],
        },
      ],
      containers: [
        {
          name: "keycloak",
          image: this.image,
          logs: plainLines,
          command: ["/opt/keycloak/bin/kc.sh"],
          args: ["start", "--import-realm"],
          // Keycloak takes secrets from its environment or a Java keystore, but from no plain file.
          env: {
            ...server(platform.host("keycloak")),
            ...store(database),
            ...(clustered ? cluster : { KC_CACHE: "local" }),
            KC_BOOTSTRAP_ADMIN_USERNAME: keyOf(admin, "username"),
            KC_BOOTSTRAP_ADMIN_PASSWORD: keyOf(admin, "password"),
            [secretVariable("provisioner")]: keyOf(this.provisioner, "clientSecret"),
            [secretVariable("directory")]: keyOf(directory, "clientSecret"),
          },
          ports: { ...ports, ...(clustered ? clusterPorts : {}) },
          metrics: [{ port: "management" }],
          resources: size,
          mounts: [
            built(builtDirectory),
            scratch("data", "/opt/keycloak/data", "256Mi"),
            filesFrom(definition, "/opt/keycloak/data/import"),
            tmp,
            filesFrom(tls, tlsDirectory, { "tls.crt": "tls.crt", "tls.key": "tls.key" }),
            authorityMount(this),
          ],
          // The first start builds for half a minute before anything answers.
          startup: { http: "/health/started", port: "management", period: 5, failures: 120 },
          readiness: { http: "/health/ready", port: "management" },
          liveness: { http: "/health/live", port: "management", failures: 6 },
        },
      ],
    });
    this.clusterIp("keycloak", "server", { https: ports.https });
    this.clusterIp(discovery, "server", { management: ports.management }, { headless: true });
    route(this, {
      to: "keycloak",
      port: "https",
      endpoint: { peer: this.servers.peer, port: ports.https },
      tls: true,
      timeout: "1m",
    });
    this.alert(alerts(size.replicas));
    this.show(panels(size.replicas));
    this.registerOutputs({});
  }

  /**
   * A confidential client for the authorization code flow, named like its owner. The Job that makes it leaves alone what
   * administrators change, but for the secret and redirect URIs that are missing.
   */
  client(owner: Service, spec: ClientSpec): OidcClient {
    const clientId = owner.service;
    const keys = this.keys(clientId, `client-${clientId}`);
    const definition = this.secret(`client-${clientId}`, "provision", {
      clientSecret: keys.clientSecret,
      "client.json": pulumi.jsonStringify({ ...clientDefinition(clientId, spec), secret: keys.clientSecret }),
      "secret.json": pulumi.jsonStringify({ secret: keys.clientSecret }),
    });
    job(this, {
      name: `keycloak-client-${clientId}`,
      component: `client-${clientId}`,
      account: this.account,
      uses: [this.access()],
      init: [this.trust.init],
      containers: [
        {
          name: "client",
          image: this.image,
          logs: plainLines,
          command: ["/bin/bash", "-ec", clientScript],
          env: {
            KC_OPTS: [...toolOptions, ...this.trust.options].join(" "),
            SERVER: this.inside,
            CLIENT_ID: clientId,
            REDIRECT_URIS: spec.redirectUris.join(" "),
            LOGOUT_URIS: (spec.postLogoutRedirectUris ?? []).join(" "),
            KC_CLI_CLIENT_SECRET: keyOf(this.provisioner, "clientSecret"),
          },
          resources: jobSize,
          mounts: [tmp, this.trust.mount, filesFrom(definition, "/etc/client")],
        },
      ],
    });
    const issuer = `https://${this.platform.host("keycloak")}/realms/${realmName}`;
    return {
      // Addresses are known without asking Keycloak, and the client is needed when the first person logs in.
      ...onDemand(this.access()),
      clientId,
      credentials: owner.secret("oidc", "access", keys),
      issuer,
      authorizationUrl: `${issuer}${protocol}/auth`,
      logoutUrl: `${issuer}${protocol}/logout`,
      tokenUrl: `${this.inside}/realms/${realmName}${protocol}/token`,
      jwksUrl: `${this.inside}/realms/${realmName}${protocol}/certs`,
      userinfoUrl: `${this.inside}/realms/${realmName}${protocol}/userinfo`,
    };
  }

  /** Who is in which group, for a service that cannot take it from a token. */
  directory(owner: Service): Directory {
    return {
      ...this.access(),
      credentials: owner.secret("directory", "access", this.directoryKeys),
      tokenUrl: `${this.inside}/realms/${realmName}${protocol}/token`,
      adminUrl: `${this.inside}/admin/realms/${realmName}`,
    };
  }

  private keys(clientId: string, name: string): Keys {
    return { clientId, clientSecret: password(this, name).result };
  }

  private access(): Handle {
    return { reaches: [{ peer: this.servers.peer, port: ports.https }], ready: [this.servers.resource] };
  }
}
