import * as assert from "node:assert/strict";
import * as path from "node:path";
import { appsDomain } from "../../../sandbox/lib/network";
import { sandboxKubectl } from "../../../scripts/lib/proofs/sandbox";
import { root } from "../../../scripts/lib/render";
import { Installation } from "../../../scripts/lib/smoke/installation";
import { artifact, metric, readBack, withExperiment, withMlflow } from "../../../scripts/lib/smoke/mlflow";
import { Browser } from "./browser";
import { createUser, loggedInTo, signIn, type User } from "./keycloak";
import { eventually, inSandbox, isWell, kubectl, type List, type Pod, userOf } from "./sandbox";

const prefix = "datalyptica-sandbox";
const namespace = `${prefix}-notebooks`;
const jupyter = `https://jupyter.${appsDomain}`;
const mlflow = `https://mlflow.${appsDomain}`;
const pictures = path.join(root, "artefacts");
/** People take as long: two cores start JupyterLab, Spark's client and a kernel. */
const patience = 300;

/** Notebooks and models as people have them, through the router, in a browser; needs Keycloak, Trino and MLflow. */
export function notebookChecks(): void {
  const opened: Browser[] = [];
  /** Nobody is logged in to a new one. */
  const browser = async (): Promise<Browser> => {
    const own = await Browser.start();
    opened.push(own);
    return own;
  };
  let scientist: User;
  let page: Browser;
  const pod = "jupyter-scientist";

  before(async () => {
    scientist = createUser("scientist", "data_scientist");
    page = await browser();
  });
  after(async () => {
    for (const each of opened) await each.close();
    inSandbox("kubectl", "delete", "pod", pod, "-n", namespace, "--ignore-not-found");
    inSandbox("kubectl", "delete", "pvc", "-n", namespace, "-l", "hub.jupyter.org/username=scientist");
  });

  it("lets nobody in whose role does not write data: neither to notebooks nor to MLflow", async () => {
    const analyst = createUser("reader", "analyst");
    const other = await browser();
    await other.open(`${jupyter}/`);
    await signIn(other, analyst);
    await other.shows(/403/);
    assert.equal(other.responses.at(-1)?.status, 403);
    await other.open(`${mlflow}/`);
    await other.shows(/403/);
    assert.equal(other.responses.at(-1)?.status, 403);
    await other.screenshot(path.join(pictures, "mlflow-refused.png"));
  });

  it("starts a notebook for a data scientist, who logs in once and chooses a size", async () => {
    await page.open(`${jupyter}/`);
    await signIn(page, scientist);
    await page.shows(/Small/);
    await page.screenshot(path.join(pictures, "notebook-sizes.png"));
    await page.click("#spawn_form button[type=submit]");
    await page.finds(".jp-Launcher", patience);
    assert.equal(await page.evaluate("location.pathname"), "/user/scientist/lab");
    assert.deepEqual(loggedInTo("scientist"), ["jupyterhub"]);
  });

  it("runs it as the namespace's user under restricted-v2, on a volume of his own", () => {
    const found = kubectl<Pod>("get", "pod", pod, "-n", namespace);
    const range = kubectl<Pod>("get", "namespace", namespace).metadata.annotations?.["openshift.io/sa.scc.uid-range"];
    for (const { name, securityContext } of found.spec.containers) {
      assert.deepEqual(userOf(found, name), { uid: range?.split("/")[0], gid: "0" }, name);
      assert.equal(securityContext?.readOnlyRootFilesystem, true, name);
    }
    assert.equal(found.metadata.annotations?.["openshift.io/scc"], "restricted-v2");
    const claims = kubectl<List<{ readonly status: { readonly phase: string } }>>("get", "pvc", "-n", namespace).items;
    assert.deepEqual(
      claims.map(({ status }) => status.phase),
      ["Bound"],
    );
  });

  it("queries Trino and logs an MLflow run with an artefact in it, which MLflow's page then shows him", async () => {
    const installation = await Installation.find(sandboxKubectl(), prefix);
    await page.click('.jp-LauncherCard[data-category="Notebook"]');
    await cell(page, 'import lakehouse; print("nations:", len(lakehouse.sql("SELECT * FROM tpch.tiny.nation")))');
    await page.shows(/nations: 25/, patience);
    await withMlflow(installation, (admin) =>
      withExperiment(admin, async (experiment) => {
        const logging = [
          "import mlflow",
          `run = mlflow.start_run(experiment_id="${experiment}")`,
          `mlflow.log_metric("${metric.key}", ${metric.value})`,
          `mlflow.log_text(${JSON.stringify(artifact.text)}, "${artifact.name}")`,
          "mlflow.end_run()",
          'print("logged:", run.info.run_id)',
        ];
        await cell(page, logging.join("; "));
        await page.shows(/logged: [0-9a-f]{32}/, patience);
        await page.screenshot(path.join(pictures, "notebook.png"));

        const [run, ...others] = await admin.runs(experiment);
        assert.ok(run !== undefined && others.length === 0);
        assert.equal(await readBack(installation, admin, run), 1);

        // No login this time: Keycloak knows him.
        await page.open(`${mlflow}/`);
        await page.shows(/Experiments/, 60);
        await page.open(`${mlflow}/#/experiments/${experiment}/runs/${run.info.run_id}`);
        await page.shows(new RegExp(`${metric.key}[\\s\\S]*${metric.value}`), 60);
        await page.open(`${mlflow}/#/experiments/${experiment}/runs/${run.info.run_id}/artifacts/${artifact.name}`);
        await page.shows(/weights of the platform's check/, 60);
        await page.screenshot(path.join(pictures, "mlflow.png"));
        assert.deepEqual([...loggedInTo("scientist")].sort(), ["jupyterhub", "mlflow"]);
      }),
    );
  });

  it("keeps the notebook, its kernel and the way to it when the hub is lost", async () => {
    const analytics = `${prefix}-analytics`;
    const hub = "app.kubernetes.io/name=jupyterhub,app.kubernetes.io/component=hub";
    inSandbox("kubectl", "delete", "pod", "-n", analytics, "-l", hub, "--grace-period=0", "--force");
    await page.open(`${jupyter}/user/scientist/lab/tree/Untitled.ipynb`);
    await cell(page, 'print("still:", run.info.run_id)');
    await page.shows(/still: [0-9a-f]{32}/, patience);
    // Its pod is ready while it still waits for the lost one's session to end: only its page tells that it works.
    await eventually("the hub is back", 180, async () => {
      await page.open(`${jupyter}/hub/home`);
      return page.shows(/Stop My Server/, 5).then(
        () => true,
        () => false,
      );
    });
    const { items } = kubectl<List<Pod>>("get", "pods", "-n", analytics, "-l", hub);
    assert.ok(items.length === 1 && items.every(isWell));
  });
}

/** Types into the notebook's last cell, which is empty, and runs it: a new one is below it then. */
async function cell(page: Browser, code: string): Promise<void> {
  // What is typed or run before is lost. The indicator alone is idle before there is a kernel; the status bar tells nothing of
  // a page that has not the focus, as Chromium's has not after some pages.
  await page.finds('[data-jp-item-name="kernelName"]', patience, "Python 3");
  await page.finds(".jp-Notebook-ExecutionIndicator[data-status=idle]", patience);
  const field = ".jp-Notebook .jp-Cell:nth-last-child(1 of .jp-Cell) .cm-content";
  await page.type(field, code);
  await page.finds(field, 30, code);
  await page.press("Enter", true);
}
