import * as fs from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { BuiltImage } from "./builds";
import { certificate } from "./certificates";
import { password } from "./credentials";
import { plainLines } from "./logs";
import { serviceHost, serviceNames } from "./names";
import type { Size } from "./profiles";
import type { Handle, Service } from "./service";
import { apiToken, filesFrom, podField, rereadFrom, type Source, scratch } from "./sources";
import { deployment, type Workload } from "./workload";

/**
 * Has other services start Jobs of a service's CronJobs. Kubernetes' own rights cannot say "only from this CronJob": who
 * may create Jobs in a namespace may mount each of its Secrets. So one small server holds that right, and others have a
 * token for it (docs/adr/0027).
 */
export interface JobRunnerSpec {
  /** Names of the CronJobs that may be started. */
  readonly jobs: readonly string[];
  readonly size: Size;
  /** It has Python's standard library. */
  readonly image: BuiltImage;
  /** The program in it, `/opt/<product>/bin/python`. */
  readonly python: string;
}

/** CronJobs of which a service may start Jobs, each as often as it likes, one at a time. */
export interface JobAccess extends Handle {
  /** Names of the CronJobs. */
  readonly jobs: readonly string[];
  /** `https://host:port`, certificate of the platform's authority. */
  readonly url: string;
  /** Secret in the owner's namespace: `token`. */
  readonly credentials: Source;
}

const port = 8443;
const paths = { script: "/etc/runner", tls: "/etc/runner-tls", tokens: "/etc/runner-tokens" };

export class JobRunner {
  private readonly name: string;
  private readonly workload: Workload;
  private readonly tokens: pulumi.Output<readonly [owner: string, token: string]>[] = [];

  constructor(
    private readonly service: Service,
    private readonly spec: JobRunnerSpec,
  ) {
    const { jobs, size, image, python } = spec;
    this.name = `${service.service}-runner`;
    const component = "runner";
    const { name } = this;
    const tokens = service.secret("runner-tokens", component, {
      tokens: service.platform.whenWired(() =>
        pulumi.all(this.tokens).apply((tokens) => JSON.stringify(Object.fromEntries(tokens))),
      ),
    });
    const tls = certificate(service, "runner-tls", name, serviceNames(name, service.namespace));
    const script = service.configMap("runner", component, {
      "runner.py": fs.readFileSync(path.join(__dirname, "job-runner/runner.py"), "utf8"),
    });
    const healthy = { http: "/healthz", port: "https", scheme: "HTTPS" } as const;
    this.workload = deployment(service, {
      name,
      component,
      account: service.serviceAccount({
        part: component,
        rules: [
          { apiGroups: ["batch"], resources: ["cronjobs"], resourceNames: [...jobs], verbs: ["get"] },
          { apiGroups: ["batch"], resources: ["jobs"], verbs: ["create", "get", "list"] },
          // What a run has written last.
          { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
          { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
        ],
      }),
      size,
      uses: [image],
      // Two at once could start two runs at once.
      replace: true,
      containers: [
        {
          name: "runner",
          logs: plainLines,
          image: image.reference,
          command: [python, "-u", `${paths.script}/runner.py`, `${port}`, paths.tls],
          env: {
            NAMESPACE: podField("metadata.namespace"),
            JOBS: jobs.join(" "),
            TOKENS: `${paths.tokens}/tokens`,
            PYTHONDONTWRITEBYTECODE: "1",
          },
          ports: { https: port },
          resources: size,
          mounts: [
            apiToken,
            scratch("tmp", "/tmp", "16Mi"),
            filesFrom(script, paths.script),
            filesFrom(tls, paths.tls, { "tls.crt": "tls.crt", "tls.key": "tls.key" }),
            // Another client must not restart it.
            rereadFrom(tokens, paths.tokens),
          ],
          startup: { ...healthy, period: 2, failures: 60 },
          readiness: healthy,
          liveness: { ...healthy, period: 30 },
        },
      ],
    });
    service.clusterIp(name, component, { https: port });
  }

  access(owner: Service): JobAccess {
    const token = password(this.service, `runner-${owner.service}`).result;
    this.tokens.push(token.apply((text) => [owner.service, text] as const));
    return {
      reaches: [{ peer: this.workload.peer, port }],
      ready: [this.workload.resource],
      jobs: this.spec.jobs,
      url: `https://${serviceHost(this.name, this.service.namespace)}:${port}`,
      credentials: owner.secret(`jobs-${this.service.service}`, "access", { token }),
    };
  }
}
