import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { pkiPath } from "../../../sandbox/lib/paths";
import { installMissing } from "../../../sandbox/lib/preflight";

/** What the DevTools protocol sends: the answer to a command, or an event. */
interface Message {
  readonly id?: number;
  readonly error?: { readonly message: string };
  readonly result?: Readonly<Record<string, unknown>>;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** A response to the page itself, not to what it loads. */
export interface Response {
  readonly url: string;
  readonly status: number;
  readonly statusText: string;
}

/** A headless Chromium with one page. It trusts the sandbox's authority as a user's does, and checks certificates. */
export class Browser {
  /** Every response that a navigation got so far, redirects included. */
  readonly responses: Response[] = [];
  private readonly waiting = new Map<number, (message: Message) => void>();
  private commands = 0;
  private session: string | undefined;

  private constructor(
    private readonly chromium: ChildProcess,
    private readonly home: string,
  ) {
    let buffered = "";
    (chromium.stdio[4] as Readable).setEncoding("utf8").on("data", (chunk: string) => {
      const messages = (buffered + chunk).split("\0");
      buffered = messages.pop() ?? "";
      for (const message of messages) this.receive(JSON.parse(message) as Message);
    });
  }

  /** Starts one; installs Chromium the first time. The caller closes it. */
  static async start(): Promise<Browser> {
    await installMissing({ chromium: "chromium", "libnss3-tools": "certutil" });
    const home = fs.mkdtempSync(path.join(os.tmpdir(), "browser-"));
    const database = path.join(home, ".pki", "nssdb");
    fs.mkdirSync(database, { recursive: true });
    execFileSync("certutil", ["-d", `sql:${database}`, "-N", "--empty-password"]);
    execFileSync("certutil", ["-d", `sql:${database}`, "-A", "-t", "C,,", "-n", "sandbox", "-i", pkiPath("ca.crt")]);
    const flags = [
      "--headless",
      "--no-sandbox", // as root there is none
      "--remote-debugging-pipe",
      "--disable-features=HttpsUpgrades", // the redirect must be the router's
      "--window-size=1280,900",
      `--user-data-dir=${path.join(home, "profile")}`,
    ];
    const stdio = ["ignore", "ignore", "ignore", "pipe", "pipe"] as const;
    const browser = new Browser(
      spawn("chromium", flags, { env: { ...process.env, HOME: home }, stdio: [...stdio] }),
      home,
    );
    const { targetId } = await browser.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await browser.send("Target.attachToTarget", { targetId, flatten: true });
    browser.session = sessionId as string;
    for (const domain of ["Page", "Network"]) await browser.send(`${domain}.enable`);
    return browser;
  }

  /** @throws Error when the page cannot be loaded at all, as with a certificate that is not trusted */
  async open(url: string): Promise<void> {
    const { errorText } = await this.send("Page.navigate", { url });
    if (errorText) throw new Error(`${url}: ${errorText}`);
  }

  /** The value of a JavaScript expression in the page, or of its promise; nothing when it fails there, or the page is left. */
  async evaluate(expression: string): Promise<unknown> {
    const { result } = await this.send("Runtime.evaluate", { expression, awaitPromise: true }).catch(() => ({
      result: {},
    }));
    return (result as { value?: unknown }).value;
  }

  /** Waits until the page shows the text. @throws Error with what it shows instead */
  async shows(text: RegExp, seconds = 30): Promise<void> {
    await this.until(`${text}.test(document.body?.innerText ?? "")`, seconds, `${text}`);
  }

  /** Types into the field that a CSS selector finds. */
  async type(selector: string, text: string): Promise<void> {
    await this.evaluate(`document.querySelector(${JSON.stringify(selector)}).focus()`);
    await this.send("Input.insertText", { text });
  }

  /** Clicks on what a CSS selector finds, when it is there. @throws Error when it does not come */
  async click(selector: string, seconds = 30): Promise<void> {
    await this.finds(selector, seconds);
    await this.evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`);
  }

  /**
   * Waits until the page has what a CSS selector finds.
   * @param text that it must show
   * @throws Error with what the page shows instead
   */
  async finds(selector: string, seconds = 30, text = ""): Promise<void> {
    const shown = `document.querySelector(${JSON.stringify(selector)})?.innerText`;
    await this.until(`${shown}?.includes(${JSON.stringify(text)}) === true`, seconds, `${selector} ${text}`);
  }

  /** @param shift held down meanwhile */
  async press(key: "Enter", shift = false): Promise<void> {
    const enter = { key, code: key, windowsVirtualKeyCode: 13, text: "\r", modifiers: shift ? 8 : 0 };
    for (const type of ["keyDown", "keyUp"]) await this.send("Input.dispatchKeyEvent", { type, ...enter });
  }

  /** Writes a picture of the page as PNG: when two in a row are the same, for charts grow into it; or after 10 s, for cursors blink. */
  async screenshot(file: string): Promise<void> {
    const capture = async () => (await this.send("Page.captureScreenshot")).data as string;
    let picture = await capture();
    for (let turn = 0, last = ""; turn < 10 && picture !== last; turn++) {
      await sleep(1000);
      [last, picture] = [picture, await capture()];
    }
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, Buffer.from(picture, "base64"));
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.chromium.once("close", resolve));
    await this.send("Browser.close");
    await closed;
    fs.rmSync(this.home, { recursive: true, force: true, maxRetries: 5 });
  }

  /**
   * Waits until a JavaScript expression is true in the page.
   * @throws Error with what it was, and what the page shows instead
   */
  async until(expression: string, seconds: number, what: string): Promise<void> {
    const end = Date.now() + seconds * 1000;
    while ((await this.evaluate(expression)) !== true) {
      if (Date.now() > end) {
        const shown = String(await this.evaluate("document.body?.innerText"));
        throw new Error(`not within ${seconds} s: ${what}, but: ${shown.slice(0, 1000)}`);
      }
      await sleep(200);
    }
  }

  private receive({ id, method, params, ...message }: Message): void {
    if (id !== undefined) this.waiting.get(id)?.(message);
    // "Leave this page? Changes may be lost": nothing else happens until somebody answers.
    if (method === "Page.javascriptDialogOpening") void this.send("Page.handleJavaScriptDialog", { accept: true });
    const { type, response, redirectResponse } = (params ?? {}) as Record<string, unknown>;
    const found = method === "Network.responseReceived" ? response : redirectResponse;
    if (type === "Document" && found) this.responses.push(found as Response);
  }

  private send(method: string, params: object = {}): Promise<Readonly<Record<string, unknown>>> {
    const id = ++this.commands;
    const command = { id, method, params, ...(this.session ? { sessionId: this.session } : {}) };
    (this.chromium.stdio[3] as Writable).write(`${JSON.stringify(command)}\0`);
    return new Promise((resolve, reject) => {
      this.waiting.set(id, ({ error, result = {} }) => {
        this.waiting.delete(id);
        if (error) reject(new Error(`${method}: ${error.message}`));
        else resolve(result);
      });
    });
  }
}
