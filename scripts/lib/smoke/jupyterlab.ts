import { imageVersion } from "../../../components/core/images";
import type { KubernetesObject } from "../kubectl";
import { expect, smokeCheck } from "./check";
import type { Installation } from "./installation";

interface DaemonSet extends KubernetesObject {
  readonly status: { readonly desiredNumberScheduled: number; readonly numberReady: number };
}

interface PodTemplate extends KubernetesObject {
  readonly template: {
    readonly spec: { readonly containers: readonly { readonly name: string; readonly image: string }[] };
  };
}

interface Pod extends KubernetesObject {
  readonly spec: { readonly containers: readonly { readonly image: string }[] };
  readonly status: { readonly phase: string };
}

/**
 * JupyterLab: there are templates of notebooks, their image is on every node, and the clients in it are of the versions that
 * hub and Spark are. That a notebook starts and works is the hub's check.
 */
export const check = smokeCheck("jupyterlab", async (installation) => {
  const namespace = installation.namespace("jupyterlab");
  const { kubectl } = installation;
  const templates = (await installation.objects<PodTemplate>("podtemplates")).filter(({ metadata }) =>
    metadata.name.startsWith("notebook-"),
  );
  expect(templates.length > 0, "there is no PodTemplate notebook-*");
  const [daemonSet] = await kubectl.list<DaemonSet>("daemonsets", { namespace });
  const { desiredNumberScheduled: nodes = 0, numberReady: ready = 0 } = daemonSet?.status ?? {};
  expect(nodes > 0 && ready === nodes, `the image is on ${ready} of ${nodes} nodes`);
  const pods = await kubectl.list<Pod>("pods", { namespace, selector: "app.kubernetes.io/component=image" });
  const pod = pods.find(({ status }) => status.phase === "Running");
  expect(pod !== undefined, "no pod of DaemonSet jupyterlab-image runs");
  const images = new Set(templates.map(({ template }) => template.spec.containers[0]?.image));
  expect(images.has(pod.spec.containers[0]?.image), `nodes have ${pod.spec.containers[0]?.image}, not ${[...images]}`);
  const packages = await kubectl.bash(namespace, pod.metadata.name, listScript, "");
  return `${templates.length} sizes, the image is on ${nodes} nodes, with ${judge(packages, installation)}`;
});

/** Without starting Python, for which the pod that only keeps the image has no memory. */
const listScript = "cd /opt/jupyterlab/lib/python3.*/site-packages && ls -d *.dist-info";

/** @param listed names of packages' folders, as pip leaves them */
export function judge(listed: string, { services }: Pick<Installation, "services">): string {
  const versions = Object.fromEntries(
    [...listed.matchAll(/^(.+)-([^-]+)\.dist-info$/gm)].map(([, name = "", version = ""]) => [
      name.toLowerCase().replace(/[-.]/g, "_"),
      version,
    ]),
  );
  const none = { mirrors: {}, overrides: {} };
  const same = {
    jupyterhub: imageVersion("jupyterhub", none),
    ...(services.includes("spark") ? { pyspark_client: imageVersion("spark", none) } : {}),
  };
  for (const [name, version] of Object.entries(same)) {
    expect(versions[name] === version, `the image has ${name} ${versions[name]} instead of ${version}`);
  }
  for (const name of ["jupyterlab", "trino", "mlflow_skinny", "boto3"]) {
    expect(versions[name] !== undefined, `the image has no ${name}`);
  }
  return `JupyterLab ${versions.jupyterlab}, PySpark ${versions.pyspark_client}, Trino's client ${versions.trino}`;
}
