import * as assert from "node:assert/strict";
import * as path from "node:path";
import { appsDomain } from "../../../sandbox/lib/network";
import { root } from "../../../scripts/lib/render";
import { Browser } from "./browser";
import { kubectl } from "./sandbox";

const trino = `trino.${appsDomain}`;
const pictures = path.join(root, "artefacts");

/** What a person sees in a browser through the router; needs the stack sandbox. */
export function browserChecks(): void {
  let browser: Browser;
  before(async () => {
    browser = await Browser.start();
  });
  after(() => browser.close());

  it("is led from http:// to the login of Trino's UI over verified TLS", async () => {
    await browser.open(`http://${trino}/`);
    await browser.shows(/log ?in/i);
    const [first] = browser.responses;
    assert.deepEqual([first?.url, first?.status], [`http://${trino}/`, 302]);
    assert.match(String(await browser.evaluate("location.href")), new RegExp(`^https://${trino}/ui/`));
    await browser.screenshot(path.join(pictures, "trino-login.png"));
  });

  it("shows Trino's UI after login", async () => {
    const { data } = kubectl<{ data: Readonly<Record<"username" | "password", string>> }>(
      "get",
      "secret/trino-admin",
      "-n",
      "datalyptica-sandbox-data",
    );
    const text = (key: keyof typeof data) => Buffer.from(data[key], "base64").toString();
    await browser.type("[name=username]", text("username"));
    await browser.type("[name=password]", text("password"));
    await browser.press("Enter");
    await browser.shows(/running queries/i);
    await browser.screenshot(path.join(pictures, "trino.png"));
  });

  it("shows the router's page for a host that nobody has", async () => {
    await browser.open(`https://nobody.${appsDomain}/`);
    await browser.shows(/Application is not available/);
    assert.equal(browser.responses.at(-1)?.status, 503);
    await browser.screenshot(path.join(pictures, "nobody.png"));
  });
}
