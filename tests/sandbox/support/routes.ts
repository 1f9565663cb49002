import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import * as os from "node:os";
import * as path from "node:path";
import type { TLSSocket } from "node:tls";
import { imageReference } from "../../../components/core/images";
import { appsDomain } from "../../../sandbox/lib/network";
import { pkiPath } from "../../../sandbox/lib/paths";
import { eventually, inSandbox, kubectl, type List } from "./sandbox";

export const namespace = "router-test";
export const other = "router-other";
/** Answers with what it was asked, after as many seconds as the query says; over TLS on 8443. */
const echo = `
import http.server, json, os, ssl, threading, time, urllib.parse
class Echo(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        time.sleep(float(urllib.parse.urlsplit(self.path).query or 0))
        said = {"pod": os.environ["HOSTNAME"], "path": self.path, "from": self.client_address[0], "headers": dict(self.headers)}
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
plain, secure = (http.server.ThreadingHTTPServer(("", port), Echo) for port in (8080, 8443))
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/tls/tls.crt", "/tls/tls.key")
secure.socket = context.wrap_socket(secure.socket, server_side=True)
threading.Thread(target=plain.serve_forever).start()
secure.serve_forever()
`;

export interface Said {
  readonly pod: string;
  readonly path: string;
  readonly from: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
  /** Common name of the server's certificate. */
  readonly certificate: string | undefined;
  readonly said: Said;
}

export const folder = fs.mkdtempSync(path.join(os.tmpdir(), "router-"));
export const host = (name: string) => `${name}.${appsDomain}`;

/** One request to the router on this machine; TLS is verified against the sandbox's authority and those given. */
export function ask(
  url: string,
  headers: Record<string, string> = {},
  authorities: readonly string[] = [],
): Promise<Answer> {
  const secure = url.startsWith("https:");
  const options = {
    headers,
    agent: false as const,
    ca: [fs.readFileSync(pkiPath("ca.crt"), "utf8"), ...authorities],
    // A browser finds *.localhost on this machine; Node asks the system, which need not know that.
    lookup: ((_name, { all }, found) =>
      all
        ? found(null, [{ address: "127.0.0.1", family: 4 }])
        : found(null, "127.0.0.1", 4)) as https.RequestOptions["lookup"],
  };
  return new Promise((resolve, reject) => {
    const request = (secure ? https : http).get(url, options, (incoming) => {
      const certificate = secure ? String((incoming.socket as TLSSocket).getPeerCertificate().subject.CN) : undefined;
      let text = "";
      incoming.on("data", (chunk: Buffer) => {
        text += chunk;
      });
      incoming.on("end", () => {
        const { statusCode: status = 0, headers } = incoming;
        resolve({ status, headers, text, certificate, said: status === 200 ? JSON.parse(text) : undefined });
      });
    });
    request.on("error", reject);
  });
}

export function apply(...objects: readonly object[]): void {
  const file = path.join(folder, "objects.json");
  fs.writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
  inSandbox("kubectl", "apply", "--server-side", "-f", file);
}

/** A key and a certificate of its own authority, in PEM. */
export function selfSigned(name: string): { readonly key: string; readonly certificate: string } {
  const [key, certificate] = [path.join(folder, `${name}.key`), path.join(folder, `${name}.crt`)];
  const words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2".split(" ");
  const names = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}`];
  execFileSync("openssl", [...words, ...names, "-keyout", key, "-out", certificate], { stdio: "ignore" });
  return { key: fs.readFileSync(key, "utf8"), certificate: fs.readFileSync(certificate, "utf8") };
}

interface RouteOptions {
  readonly namespace?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec?: object;
  readonly tls?: object | null;
}

export function route(name: string, { annotations, spec, tls, ...options }: RouteOptions = {}): object {
  const prefixed = Object.entries(annotations ?? {}).map(([key, value]) => [
    `haproxy.router.openshift.io/${key}`,
    value,
  ]);
  return {
    apiVersion: "route.openshift.io/v1",
    kind: "Route",
    metadata: { name, namespace: options.namespace ?? namespace, annotations: Object.fromEntries(prefixed) },
    spec: {
      host: host(name),
      to: { kind: "Service", name: "one" },
      port: { targetPort: "http" },
      ...(tls === null ? {} : { tls: { termination: "edge", ...tls } }),
      ...spec,
    },
  };
}

interface Route {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly status?: {
    readonly ingress?: readonly {
      readonly conditions: readonly { readonly status: string; readonly reason?: string }[];
    }[];
  };
}

/** The router's word on each Route, by `<namespace>/<name>`: `True`, or why not. */
export function verdicts(): Readonly<Record<string, string | undefined>> {
  const { items } = kubectl<List<Route>>("get", "routes", "-A");
  const word = ({ status }: Route) => {
    const condition = status?.ingress?.[0]?.conditions[0];
    return condition?.status === "True" ? "True" : condition?.reason;
  };
  return Object.fromEntries(items.map((each) => [`${each.metadata.namespace}/${each.metadata.name}`, word(each)]));
}

/** Applies Routes and waits for the router's word on all there are, which it returns. */
export async function routes(...objects: readonly object[]): Promise<ReturnType<typeof verdicts>> {
  apply(...objects);
  let words = verdicts();
  await eventually("the router's word on every Route", 30, () => {
    words = verdicts();
    return Object.values(words).every(Boolean);
  });
  return words;
}

/** Pods with the echo server under a Service of that name. */
export function server(name: string, replicas: number): readonly object[] {
  const metadata = { name, namespace };
  const container = {
    name: "echo",
    image: imageReference("postgresql", { mirrors: {}, overrides: {} }),
    command: ["python3", "-c", echo],
    readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
    // As a well-behaved server: it answers until the router has heard that the pod goes.
    lifecycle: { preStop: { exec: { command: ["sleep", "5"] } } },
    volumeMounts: [{ name: "tls", mountPath: "/tls" }],
  };
  return [
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: {
        replicas,
        selector: { matchLabels: { app: name } },
        strategy: { rollingUpdate: { maxUnavailable: 0 } },
        template: {
          metadata: { labels: { app: name } },
          spec: {
            terminationGracePeriodSeconds: 7,
            containers: [container],
            volumes: [{ name: "tls", secret: { secretName: "tls" } }],
          },
        },
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: {
        selector: { app: name },
        ports: [
          { name: "http", port: 80, targetPort: 8080 },
          { name: "https", port: 443, targetPort: 8443 },
        ],
      },
    },
  ];
}

/** Header names as `node:http` has them. */
export function lowered(headers: Readonly<Record<string, string>>): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
