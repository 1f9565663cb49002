import { setTimeout as sleep } from "node:timers/promises";
import { authority, firstLine, type HttpRequest, parseJson, request, type Server } from "./https";

/** Flink's SQL gateway and the REST API of its cluster. */

/** A statement that the gateway refuses, or that fails. */
export class FlinkError extends Error {}

export interface Result {
  readonly rows: readonly (readonly unknown[])[];
  /** The job that the statement started. */
  readonly job: string | undefined;
}

interface Page {
  readonly resultType: "PAYLOAD" | "EOS" | "NOT_READY";
  readonly jobID?: string;
  readonly results?: { readonly data: readonly { readonly fields: readonly unknown[] }[] };
  readonly nextResultUri?: string;
}

/** A session of the SQL gateway. */
export class FlinkSession {
  private constructor(
    private readonly gateway: Server,
    private readonly path: string,
  ) {}

  /** Opens a session for as long as `use` runs. @param properties settings of Flink for its statements */
  static async with<T>(
    gateway: Server,
    properties: Readonly<Record<string, string>>,
    use: (session: FlinkSession) => Promise<T>,
  ): Promise<T> {
    const { sessionHandle } = await call<{ sessionHandle: string }>(gateway, "POST", "/v1/sessions", { properties });
    const session = new FlinkSession(gateway, `/v1/sessions/${sessionHandle}`);
    try {
      return await use(session);
    } finally {
      await call(gateway, "DELETE", session.path).catch(() => undefined);
    }
  }

  /**
   * Carries out a statement and waits for its end.
   * @param patience milliseconds
   * @throws FlinkError saying what Flink has against it
   */
  async run(statement: string, patience = 120_000): Promise<Result> {
    const deadline = Date.now() + patience;
    const { operationHandle } = await call<{ operationHandle: string }>(
      this.gateway,
      "POST",
      `${this.path}/statements`,
      { statement },
    );
    const rows: (readonly unknown[])[] = [];
    let job: string | undefined;
    let next: string | undefined = `${this.path}/operations/${operationHandle}/result/0?rowFormat=JSON`;
    while (next) {
      const page: Page = await call<Page>(this.gateway, "GET", next);
      job ??= page.jobID;
      rows.push(...(page.results?.data ?? []).map(({ fields }) => fields));
      next = page.resultType === "EOS" ? undefined : (page.nextResultUri ?? next);
      if (Date.now() > deadline) throw new FlinkError(`not done after ${patience / 1000} s: ${statement}`);
      if (page.resultType !== "EOS") await sleep(200);
    }
    return { rows, job };
  }
}

/** @throws FlinkError unless the status is one of success */
async function call<T>(server: Server, method: string, path: string, body?: object): Promise<T> {
  const options: HttpRequest = {
    method,
    path,
    ...(body ? { body: JSON.stringify(body), headers: { "content-type": "application/json" } } : {}),
  };
  const { status, text } = await request(server, options);
  if (status >= 300) throw new FlinkError(`${method} https://${authority(server)}${path}: ${status} ${cause(text)}`);
  return parseJson<T>(text, `${method} ${path}`);
}

/** The last cause in a Java trace is the first that went wrong. */
export const cause = (text: string): string =>
  /.*Caused by: ([^\n]*)/s.exec(text.replaceAll("\\n", "\n"))?.[1]?.slice(0, 300) ?? firstLine(text);
