import * as assert from "node:assert/strict";
import * as path from "node:path";
import { dashboardSlug } from "../../../components/analytics/superset/example";
import { appsDomain } from "../../../sandbox/lib/network";
import { sandboxKubectl } from "../../../scripts/lib/proofs/sandbox";
import { root } from "../../../scripts/lib/render";
import { Installation } from "../../../scripts/lib/smoke/installation";
import { withTrino } from "../../../scripts/lib/smoke/lakehouse";
import { Browser } from "./browser";
import { createUser, keycloak, loggedInTo } from "./keycloak";
import { eventually } from "./sandbox";

const trino = `trino.${appsDomain}`;
const dashboard = `https://superset.${appsDomain}/superset/dashboard/${dashboardSlug}/`;
const pictures = path.join(root, "artefacts");

/** What a person sees in a browser through the router; needs the stack sandbox. */
export function browserChecks(): void {
  let browser: Browser;
  before(async () => {
    browser = await Browser.start();
  });
  after(() => browser.close());

  it("is led from http:// to Keycloak's login over verified TLS", async () => {
    await browser.open(`http://${trino}/`);
    await browser.shows(/sign in to your account/i);
    const [first] = browser.responses;
    assert.deepEqual([first?.url, first?.status], [`http://${trino}/`, 302]);
    assert.ok(String(await browser.evaluate("location.href")).startsWith(`${keycloak}/realms/datalyptica/`));
    await browser.screenshot(path.join(pictures, "login.png"));
  });

  it("shows Trino's UI to somebody who logs in there", async () => {
    const { username, password } = createUser("browser", "analyst");
    await browser.type("#username", username);
    await browser.type("#password", password);
    await browser.press("Enter");
    await browser.shows(/running queries/i);
    assert.match(String(await browser.evaluate("location.href")), new RegExp(`^https://${trino}/ui/`));
    // Trino's page names nobody; Keycloak knows who is logged in to it.
    assert.deepEqual(loggedInTo(username), ["trino"]);
    await browser.screenshot(path.join(pictures, "trino.png"));
  });

  it("shows the same person a dashboard of Superset, drawn of what Trino tells that person", async () => {
    await browser.open(dashboard);
    // By way of Keycloak, which knows who it is. Trino hears of the person's group within a minute or so.
    await eventually("the dashboard is drawn", 240, async () => {
      const drawn = await browser.shows(/Nations[^]*\bALGERIA\b/, 60).then(
        () => true,
        () => false,
      );
      if (!drawn) await browser.open(dashboard);
      return drawn;
    });
    await browser.shows(/\b15,000\b/, 60);
    await eventually("the bars and the ring are drawn", 60, async () => (await browser.evaluate(paintedCanvases)) === 2);
    await browser.screenshot(path.join(pictures, "superset.png"));
    assert.ok(String(await browser.evaluate("location.href")).startsWith(dashboard));
    assert.deepEqual([...loggedInTo("browser")].sort(), ["superset", "trino"]);
    const asked = `SELECT count(*) > 0 FROM system.runtime.queries WHERE "user" = 'browser' AND query LIKE '%tpch.tiny.orders%'`;
    const installation = await Installation.find(sandboxKubectl(), "datalyptica-sandbox");
    assert.equal(await withTrino(installation, "browser", (admin) => admin.value(asked)), true);
  });

  it("shows the router's page for a host that nobody has", async () => {
    await browser.open(`https://nobody.${appsDomain}/`);
    await browser.shows(/Application is not available/);
    assert.equal(browser.responses.at(-1)?.status, 503);
    await browser.screenshot(path.join(pictures, "nobody.png"));
  });
}

/** How many canvases of the page have anything on them. */
const paintedCanvases = `[...document.querySelectorAll("canvas")].filter((canvas) =>
  canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0)).length`;
