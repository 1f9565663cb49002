import * as assert from "node:assert/strict";
import * as path from "node:path";
import { dashboardSlug } from "../../../components/analytics/superset/example";
import { appsDomain } from "../../../sandbox/lib/network";
import { sandboxKubectl } from "../../../scripts/lib/proofs/sandbox";
import { root } from "../../../scripts/lib/render";
import { Installation } from "../../../scripts/lib/smoke/installation";
import { withTrino } from "../../../scripts/lib/smoke/lakehouse";
import { Browser } from "./browser";
import { createUser, loggedInTo, signIn } from "./keycloak";
import { eventually } from "./sandbox";

const dashboard = `https://superset.${appsDomain}/superset/dashboard/${dashboardSlug}/`;
const pictures = path.join(root, "artefacts");

/** Superset as people have it, through the router, in a browser; needs Keycloak and Trino. */
export function dashboardChecks(): void {
  let browser: Browser;
  before(async () => {
    browser = await Browser.start();
  });
  after(() => browser.close());

  it("shows an analyst who logs in at Keycloak a dashboard, drawn of what Trino tells that person", async () => {
    const user = createUser("onlooker", "analyst");
    await browser.open(dashboard);
    await signIn(browser, user);
    // Trino hears of the person's group within a minute or so.
    await eventually("the dashboard is drawn", 240, async () => {
      const drawn = await browser.shows(/Nations[\s\S]*\bALGERIA\b/, 60).then(
        () => true,
        () => false,
      );
      if (!drawn) await browser.open(dashboard);
      return drawn;
    });
    await browser.shows(/\b15,000\b/, 60);
    await eventually(
      "the bars and the ring are drawn",
      60,
      async () => (await browser.evaluate(paintedCanvases)) === 2,
    );
    await browser.screenshot(path.join(pictures, "superset.png"));
    assert.ok(String(await browser.evaluate("location.href")).startsWith(dashboard));
    assert.deepEqual(loggedInTo(user.username), ["superset"]);
    const asked = `SELECT count(*) > 0 FROM system.runtime.queries WHERE "user" = '${user.username}' AND query LIKE '%tpch.tiny.orders%'`;
    const installation = await Installation.find(sandboxKubectl(), "datalyptica-sandbox");
    assert.equal(await withTrino(installation, "browser", (admin) => admin.value(asked)), true);
  });
}

/** How many canvases of the page have anything on them. */
const paintedCanvases = `[...document.querySelectorAll("canvas")].filter((canvas) =>
  canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0)).length`;
