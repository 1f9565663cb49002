import { firstLine, request, type Server } from "./https";

/** ClickHouse's HTTP interface: a statement is posted, its rows come as JSON, a line each. */

/** ClickHouse's answer to a statement that it did not carry out. */
export class ClickHouseError extends Error {
  constructor(
    message: string,
    readonly status: number,
    /** ClickHouse's number of the error, such as 516 for a wrong password; 0 when it gave none. */
    readonly code: number,
  ) {
    super(message);
  }
}

export class ClickHouse {
  constructor(
    private readonly server: Server,
    private readonly login: { readonly username: string; readonly password: string },
  ) {}

  /**
   * Runs one statement to its end.
   * @returns its rows; 64-bit integers are texts
   * @throws ClickHouseError with ClickHouse's own words
   */
  async query(sql: string): Promise<readonly (readonly unknown[])[]> {
    const { status, headers, text } = await request(this.server, {
      method: "POST",
      // Otherwise an error after the first rows comes with status 200.
      path: "/?wait_end_of_query=1&default_format=JSONCompactEachRow&output_format_json_quote_64bit_integers=1",
      headers: {
        "x-clickhouse-user": this.login.username,
        "x-clickhouse-key": this.login.password,
        "content-type": "text/plain; charset=utf-8",
      },
      body: sql,
    });
    if (status !== 200) {
      const code = Number(headers["x-clickhouse-exception-code"] ?? 0);
      throw new ClickHouseError(`ClickHouse: ${status} ${firstLine(text)} (in: ${firstLine(sql)})`, status, code);
    }
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as readonly unknown[]);
  }
}
