import { type BuiltImage, builtImage } from "../core/builds";
import { authorityMount, certificate } from "../core/certificates";
import type { Endpoint, Peer } from "../core/flows";
import { plainLines } from "../core/logs";
import { serviceHost } from "../core/names";
import type { Platform } from "../core/platform";
import { type Account, type Handle, onDemand, Service } from "../core/service";
import { type EnvValue, filesFrom, type Mount, ownVolume, type Source, scratch } from "../core/sources";
import { tlsProxy } from "../core/tls-proxy";
import { daemonSet, podTemplate, type Workload } from "../core/workload";
import type { Spark } from "../data/spark";
import { clientEnvironment as sparkEnvironment } from "../data/spark/client";
import type { Trino } from "../data/trino";
import type { Minio } from "../storage/minio";
import { publicNames } from "./jupyterhub/config";
import { alerts } from "./jupyterlab/alerts";
import * as config from "./jupyterlab/config";
import { panels } from "./jupyterlab/panels";
import type { Mlflow } from "./mlflow";
import { clientLogin, clientEnvironment as mlflowEnvironment } from "./mlflow/client";

/**
 * JupyterLab: a notebook for each person, in a pod of its own, with a volume that stays. JupyterHub makes the pods, each of
 * a PodTemplate `notebook-<size>` that says all of it; they live in namespace `<prefix>-notebooks`, which holds nothing else,
 * since whoever may make pods in a namespace reaches every Secret in it (docs/adr/0028).
 *
 * What a notebook reaches is what is wired here: Trino, Spark Connect, MLflow, the object store and the hub; no Internet.
 * All notebooks have the same logins there.
 *
 * ha: three sizes. standalone: the small one. In both, one pod on each node keeps the image there, so that a notebook starts
 * within seconds. Ports: 8443 the notebook (TLS, for proxy and hub).
 */

export interface NotebookChoice {
  /** Of the PodTemplate. */
  readonly template: string;
  readonly title: string;
  readonly description: string;
}

/** What JupyterHub makes notebooks of. */
export interface Notebooks extends Handle {
  readonly namespace: string;
  readonly choices: readonly NotebookChoice[];
  /** How many may run at once, of all sizes together. */
  readonly most: number;
  /** A notebook's pod is `<pod>.<domain>` in DNS. */
  readonly domain: string;
  readonly port: number;
  /** What the notebook itself listens to, in its pod. */
  readonly plainPort: number;
  /** Pods of each size, for whom they reach. */
  readonly peers: readonly Peer[];
}

interface Wiring {
  readonly trino?: Trino | undefined;
  readonly spark?: Spark | undefined;
  readonly minio?: Minio | undefined;
  readonly mlflow?: Mlflow | undefined;
}

const headless = "notebook";
/** By it their Service knows notebooks of all sizes. */
const ofNotebooks = { "datalyptica.io/notebook": "true" };
const domain = (namespace: string) => serviceHost(headless, namespace);

export class JupyterLab extends Service {
  static readonly service = "jupyterlab";
  private readonly image: BuiltImage;
  private readonly account: Account;
  private readonly templates: readonly Workload[];

  constructor(platform: Platform, wiring: Wiring) {
    super(platform, JupyterLab.service, "notebooks");
    this.image = builtImage(this, "jupyterlab");
    this.account = this.serviceAccount();
    const prepared = this.imageOnNodes();
    this.templates = this.notebooks(wiring, prepared);
    this.clusterIp(headless, "notebook", { https: config.ports.https }, { headless: true, selector: ofNotebooks });
    this.alert(alerts);
    this.show(panels);
    this.registerOutputs({});
  }

  /** For whoever makes notebooks. */
  offer(): Notebooks {
    return {
      reaches: this.templates.map(({ peer }): Endpoint => ({ peer, port: config.ports.https })),
      ready: this.templates.map(({ resource }) => resource),
      peers: this.templates.map(({ peer }) => peer),
      namespace: this.namespace,
      domain: domain(this.namespace),
      port: config.ports.https,
      plainPort: config.plainPort,
      most: this.offered.reduce((sum, name) => sum + this.platform.size(name).replicas, 0),
      choices: this.offered.map((template) => ({
        template,
        title: config.sizes[template],
        description: config.described(this.platform.size(template)),
      })),
    };
  }

  private get offered(): readonly config.NotebookSize[] {
    return config.sizeNames.filter((name) => this.platform.size(name).replicas > 0);
  }

  /** Nodes pull what a pod of theirs needs, and keep it: a notebook's start does not wait for two gigabytes. */
  private imageOnNodes(): Workload {
    const size = this.platform.size("jupyterlab-image");
    const there = { command: ["/bin/bash", "-c", "type jupyterhub-singleuser"] } as const;
    return daemonSet(this, {
      name: "jupyterlab-image",
      component: "image",
      account: this.account,
      size,
      uses: [this.image],
      containers: [
        {
          name: "image",
          image: this.image.reference,
          logs: plainLines,
          command: ["/bin/bash", "-c", "trap exit TERM; sleep infinity & wait"],
          resources: size,
          startup: { ...there, period: 5, failures: 24 },
          readiness: { ...there, period: 60 },
          liveness: { ...there, period: 60 },
        },
      ],
    });
  }

  private notebooks({ trino, spark, minio, mlflow }: Wiring, prepared: Workload): readonly Workload[] {
    const access = trino?.access(this);
    const connect = spark?.connect(this);
    const bucket = minio?.bucket(this, "notebooks");
    const tracking = mlflow?.access(this);
    const login = (name: string, source: Source | undefined): readonly Mount[] =>
      source ? [filesFrom(source, `${config.paths.logins}/${name}`)] : [];
    const settings = this.configMap("settings", "notebook", config.settings());
    const library = this.configMap("library", "notebook", { "lakehouse.py": config.library() });
    const environment: Readonly<Record<string, EnvValue>> = {
      ...config.environment({ trino: access, bucket }),
      ...(connect ? sparkEnvironment(connect) : {}),
      ...(tracking ? mlflowEnvironment(tracking) : {}),
    };
    // One name for all: pods come and go, and each has its own below their Service's.
    const tls = certificate(this, "tls", "notebook", [`*.${domain(this.namespace)}`, ...publicNames(this.platform)]);
    const proxy = tlsProxy(this, {
      part: "proxy",
      component: "notebook",
      certificate: tls,
      ports: config.ports,
      port: "https",
      frontend: "notebook",
      server: "jupyterlab",
      plainPort: config.plainPort,
    });
    const { disk = "" } = this.platform.size("notebook-small");
    const listens = { command: config.listening } as const;
    return this.offered.map((name) => {
      const size = { ...this.platform.size(name), disk };
      return podTemplate(this, {
        name,
        component: name,
        account: this.account,
        size,
        podLabels: ofNotebooks,
        // The image is on the nodes first.
        uses: [...[access, connect, bucket, tracking].map(onDemand), { reaches: [], ready: [prepared.resource] }],
        containers: [
          {
            name: "notebook",
            image: this.image.reference,
            logs: config.logs,
            command: ["jupyterhub-singleuser"],
            workingDir: config.paths.home,
            env: environment,
            resources: size,
            mounts: [
              ownVolume("home", config.paths.home, disk, this.platform.settings.storageClass),
              scratch("tmp", "/tmp", "2Gi"),
              filesFrom(settings, config.paths.settings, config.settingsPaths),
              filesFrom(library, config.paths.library),
              ...login("trino", access?.credentials),
              ...login("bucket", bucket?.credentials),
              ...(tracking ? [clientLogin(tracking, config.paths.home)] : []),
              authorityMount(this),
            ],
            startup: { ...listens, period: 2, failures: 60 },
            readiness: { ...listens, failures: 6 },
            // Only what does not even take connections is started anew, and with it all that is in memory.
            liveness: { ...listens, period: 30, failures: 20 },
          },
          // Its key is in its own container: a person reads only what the notebook's has.
          proxy,
        ],
      });
    });
  }
}
