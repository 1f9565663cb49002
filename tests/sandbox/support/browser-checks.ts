import * as assert from "node:assert/strict";
import * as path from "node:path";
import { appsDomain } from "../../../sandbox/lib/network";
import { root } from "../../../scripts/lib/render";
import { Browser } from "./browser";
import { createUser, keycloak, loggedInTo, signIn } from "./keycloak";

const trino = `trino.${appsDomain}`;
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
    const user = createUser("browser", "analyst");
    await signIn(browser, user);
    await browser.shows(/running queries/i);
    assert.match(String(await browser.evaluate("location.href")), new RegExp(`^https://${trino}/ui/`));
    // Trino's page names nobody; Keycloak knows who is logged in to it.
    assert.deepEqual(loggedInTo(user.username), ["trino"]);
    await browser.screenshot(path.join(pictures, "trino.png"));
  });

  it("shows the router's page for a host that nobody has", async () => {
    await browser.open(`https://nobody.${appsDomain}/`);
    await browser.shows(/Application is not available/);
    assert.equal(browser.responses.at(-1)?.status, 503);
    await browser.screenshot(path.join(pictures, "nobody.png"));
  });
}
