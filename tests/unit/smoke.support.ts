import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import type { Server } from "../../scripts/lib/clients/https";

/** What the tests of the clients talk to: servers with certificates of an authority of their own, and a kubectl that is a script. */

interface Pki {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** A new authority and a server certificate of it for one name. */
export function issue(host: string): Pki {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pki-"));
  const file = (name: string) => path.join(folder, name);
  const make = (name: string, extension: string, ...more: string[]) =>
    execFileSync(
      "openssl",
      [
        ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -config /dev/null".split(" "),
        ...["-subj", `/CN=${name}`, "-addext", extension, "-keyout", file(`${name}.key`), "-out", file(`${name}.crt`)],
        ...more,
      ],
      { stdio: "pipe" },
    );
  try {
    make("ca", "basicConstraints=critical,CA:TRUE");
    make("server", `subjectAltName=DNS:${host}`, "-CA", file("ca.crt"), "-CAkey", file("ca.key"));
    const read = (name: string) => fs.readFileSync(file(name), "utf8");
    return { ca: read("ca.crt"), cert: read("server.crt"), key: read("server.key") };
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

export interface Request {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

type Handler = (request: Request, response: ServerResponse) => void;

/** A TLS server on 127.0.0.1 with a certificate for `host`, and every request it got. */
export async function tlsServer(host: string, handler: Handler) {
  const pki = issue(host);
  const requests: Request[] = [];
  const listener = https.createServer({ cert: pki.cert, key: pki.key }, (incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const { method = "", url = "", headers } = incoming;
      const request = { method, url, headers, body: Buffer.concat(chunks).toString() };
      requests.push(request);
      handler(request, response);
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const localPort = (listener.address() as AddressInfo).port;
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
  const server: Server = { host, port: 8443, localPort, ca: pki.ca, agent };
  return {
    server,
    requests,
    async close(): Promise<void> {
      agent.destroy();
      listener.closeAllConnections();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

/** A program `kubectl` in a folder of its own, which runs these lines of shell. */
export function fakeKubectl(script: string) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "kubectl-"));
  const program = path.join(folder, "kubectl");
  fs.writeFileSync(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return { folder, program, remove: () => fs.rmSync(folder, { recursive: true }) };
}

export interface FakeObject {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** A kubectl that answers `get` from a list of objects, by kind, namespace, name and equality selectors; it forwards no port. */
export function fakeCluster(objects: readonly FakeObject[]) {
  const script = `
const [, , verb, resources, ...rest] = process.argv;
if (verb !== "get") { console.error("error: unable to forward port because pod is not running. Current status=Pending"); process.exit(1); }
const option = (name) => rest.includes(name) ? rest[rest.indexOf(name) + 1] : undefined;
const name = rest[0] && !rest[0].startsWith("--") ? rest[0] : undefined;
const wanted = (option("--selector") ?? "").split(",").filter(Boolean).map((term) => term.split("="));
const kinds = resources.split(",").map((each) => each.replace(/s?([.].*)?$/, "").toLowerCase());
const found = ${JSON.stringify(objects)}
  .filter((each) => kinds.includes(each.kind.toLowerCase().replace(/s$/, "")))
  .filter((each) => each.namespace === undefined || each.namespace === option("--namespace"))
  .filter((each) => name === undefined || each.name === name)
  .filter((each) => wanted.every(([key, value]) => (each.labels ?? {})[key] === value))
  .map(({ name, namespace, labels, ...fields }) => ({ metadata: { name, namespace, labels }, ...fields }));
if (name === undefined) console.log(JSON.stringify({ items: found }));
else if (found[0]) console.log(JSON.stringify(found[0]));
else { console.error("Error from server (NotFound): " + resources + " \\"" + name + "\\" not found"); process.exit(1); }`;
  const fake = fakeKubectl(`exec "${process.execPath}" "$(dirname "$0")/kubectl.js" "$@"`);
  fs.writeFileSync(path.join(fake.folder, "kubectl.js"), script);
  return fake;
}
