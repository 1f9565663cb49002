import { setTimeout as sleep } from "node:timers/promises";
import { basicAuth, firstLine, type HttpResponse, parseJson, request, type Server } from "./https";

/** Trino's client protocol: a statement is posted, its result fetched page by page. */

export interface Login {
  readonly user: string;
  readonly password: string;
}

/** Trino's answer to a statement that it did not carry out. */
export class TrinoError extends Error {
  constructor(
    message: string,
    /** Trino's name of the error, such as `TABLE_NOT_FOUND`; absent when HTTP refused the request. */
    readonly errorName: string | undefined,
    readonly status: number,
  ) {
    super(message);
  }
}

export interface QueryResult {
  readonly columns: readonly string[];
  /** Values as in Trino's JSON: decimals, dates and timestamps are texts. */
  readonly rows: readonly (readonly unknown[])[];
  /** Rows written, for statements that write. */
  readonly updateCount: number | undefined;
}

interface Page {
  readonly nextUri?: string;
  readonly columns?: readonly { readonly name: string; readonly type: string }[];
  readonly data?: readonly (readonly unknown[])[];
  readonly updateCount?: number;
  readonly error?: { readonly message: string; readonly errorName: string };
}

/** Statuses after which the protocol asks for the same request again, soon. */
const tryAgain: readonly number[] = [502, 503, 504];
const pause = 100;

export class Trino {
  /** @param source how the client shows up in Trino's list of queries */
  constructor(
    private readonly server: Server,
    private readonly login: Login,
    private readonly source: string,
  ) {}

  /**
   * Runs one statement to its end.
   * @param timeout milliseconds, after which the query is cancelled; default 120,000
   * @throws TrinoError with Trino's name of the error
   */
  async query(sql: string, timeout = 120_000): Promise<QueryResult> {
    const deadline = Date.now() + timeout;
    let page = await this.page("POST", "/v1/statement", deadline, sql);
    const rows: (readonly unknown[])[] = [];
    let columns: Page["columns"];
    for (;;) {
      columns ??= page.columns;
      rows.push(...(page.data ?? []));
      if (page.error) {
        const { message, errorName } = page.error;
        throw new TrinoError(`${errorName}: ${message} (in: ${sql})`, errorName, 200);
      }
      if (!page.nextUri) break;
      // The address is the one Trino has inside the cluster; only its path holds for us.
      const { pathname, search } = new URL(page.nextUri);
      try {
        if (Date.now() >= deadline) throw new Error(`no result within ${timeout / 1000} s: ${sql}`);
        page = await this.page("GET", pathname + search, deadline);
      } catch (error) {
        await this.cancel(pathname + search);
        throw error;
      }
    }
    refuseRounded(columns ?? [], rows);
    return { columns: (columns ?? []).map(({ name }) => name), rows, updateCount: page.updateCount };
  }

  /** The first value of the first row. */
  async value(sql: string): Promise<unknown> {
    return (await this.query(sql)).rows[0]?.[0];
  }

  private async page(method: string, path: string, deadline: number, body?: string): Promise<Page> {
    let response = await this.send(method, path, deadline - Date.now(), body);
    while (tryAgain.includes(response.status) && Date.now() + pause < deadline) {
      await sleep(pause);
      response = await this.send(method, path, deadline - Date.now(), body);
    }
    const { status, text } = response;
    if (status === 401) {
      throw new TrinoError(`Trino refuses user ${this.login.user}: 401 ${firstLine(text)}`, undefined, status);
    }
    if (status !== 200)
      throw new TrinoError(`Trino: ${method} ${path}: ${status} ${firstLine(text)}`, undefined, status);
    return parseJson<Page>(text, `Trino: ${method} ${path}`);
  }

  /** Best effort: what matters is the error that led here. */
  private async cancel(path: string): Promise<void> {
    await this.send("DELETE", path, 5_000).catch(() => undefined);
  }

  private send(method: string, path: string, timeout: number, body?: string): Promise<HttpResponse> {
    const { user, password } = this.login;
    return request(this.server, {
      method,
      path,
      timeout,
      headers: {
        ...basicAuth(user, password),
        "x-trino-user": user,
        "x-trino-source": this.source,
        "content-type": "text/plain; charset=utf-8",
      },
      ...(body === undefined ? {} : { body }),
    });
  }
}

/** JSON numbers beyond 2^53 arrive rounded (snapshot ids are such): an error is better than a wrong number. */
function refuseRounded(columns: NonNullable<Page["columns"]>, rows: QueryResult["rows"]): void {
  columns.forEach(({ name, type }, index) => {
    const rounded = rows.find((row) => typeof row[index] === "number" && !Number.isSafeInteger(row[index]));
    if (type === "bigint" && rounded) throw new Error(`column ${name}: too large for a number; cast it to varchar`);
  });
}

/** A text as a SQL literal. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
