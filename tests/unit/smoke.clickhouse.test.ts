import * as assert from "node:assert/strict";
import { ClickHouse, ClickHouseError } from "../../scripts/lib/clients/clickhouse";
import type { Server } from "../../scripts/lib/clients/https";
import { clickhouseCheck } from "../../scripts/lib/smoke/clickhouse";
import type { Installation } from "../../scripts/lib/smoke/installation";
import { type Request, tlsServer } from "./smoke.support";

const host = "clickhouse.test-data.svc.cluster.local";
const login = { username: "check", password: "correct" };

/** What a faulty ClickHouse would do. */
interface Faults {
  readonly anyPassword?: boolean;
  readonly anyEngine?: boolean;
  readonly anyDatabase?: boolean;
  /** The replica that never gets the rows. */
  readonly cutOff?: string;
  readonly active?: number;
}

type Reply = string | { readonly code: number };

/** As much of ClickHouse as the check asks: replicas that share tables and rows. */
function fakeClickHouse(pods: readonly string[], faults: Faults) {
  const tables = new Map<string, number>();
  return (pod: string, { headers, body }: Request): Reply => {
    if (headers["x-clickhouse-key"] !== login.password && !faults.anyPassword) return { code: 516 };
    const table = /(?:TABLE|EXISTS|INTO|FROM) (\w+\.\w+)/.exec(body)?.[1] ?? "";
    if (body.startsWith("CREATE TABLE")) {
      if (!table.startsWith("platform_check.") && !faults.anyDatabase) return { code: 497 };
      if (/ENGINE = MergeTree/.test(body) && !faults.anyEngine) return { code: 36 };
      tables.set(table, 0);
      return "";
    }
    if (body.startsWith("INSERT")) tables.set(table, Number(/numbers\((\d+)\)/.exec(body)?.[1]));
    if (body.startsWith("DROP")) tables.delete(table);
    if (/count\(\)/.test(body)) {
      const rows = pod === faults.cutOff ? 0 : (tables.get(table) ?? 0);
      return `["${rows}","${(rows * (rows - 1)) / 2}","row ${rows - 1}"]\n`;
    }
    if (/system\.replicas/.test(body)) return `[${pods.length},${faults.active ?? pods.length},0]\n`;
    return /version/.test(body) ? '["26.3.20.7"]\n' : "";
  };
}

async function checked(pods: readonly string[], faults: Faults = {}) {
  const answer = fakeClickHouse(pods, faults);
  let target = "";
  const fake = await tlsServer(host, (request, response) => {
    const reply = answer(target.replace("pod/", ""), request);
    if (typeof reply !== "string") {
      response.statusCode = 403;
      response.setHeader("x-clickhouse-exception-code", reply.code);
    }
    response.end(typeof reply === "string" ? reply : `Code: ${reply.code}. DB::Exception`);
  });
  const installation = {
    secret: async () => login,
    replicas: () => pods.length,
    connect: (
      _service: string,
      _port: number,
      use: (server: Server) => Promise<unknown>,
      to = "service/clickhouse",
    ) => {
      target = to;
      return use(fake.server);
    },
  } as unknown as Installation;
  try {
    return { ...(await clickhouseCheck(100).run(installation)), statements: fake.requests.map(({ body }) => body) };
  } finally {
    await fake.close();
  }
}

describe("ClickHouse's smoke check", () => {
  const pods = ["clickhouse-0", "clickhouse-1", "clickhouse-2"];

  it("writes through one replica, reads through each, and leaves nothing behind", async () => {
    const { ok, detail, statements } = await checked(pods);
    assert.ok(ok, detail);
    assert.match(
      detail,
      /^version 26\.3\.20\.7: 1000 rows written through clickhouse-0 and read through each of 3 replicas/,
    );
    assert.equal(statements.filter((statement) => statement.startsWith("SELECT count()")).length, 3);
    assert.match(statements.at(-1) ?? "", /^DROP TABLE IF EXISTS platform_check\.round_trip_\d+ SYNC$/);
    assert.match((await checked(["clickhouse-0"])).detail, /read through the replica;/);
  });

  it("finds every fault", async () => {
    for (const [faults, complaint] of [
      [{ anyPassword: true }, /a wrong password was to be refused, but was allowed/],
      [{ anyDatabase: true }, /a table in another's database was to be refused/],
      [{ anyEngine: true }, /a table that would not be replicated was to be refused/],
      [{ cutOff: "clickhouse-2" }, /^clickhouse-2 has \["0",.* instead of \["1000","499500","row 999"\]/],
      [{ active: 2 }, /clickhouse-0 knows of replicas, active ones, read-only 3,2,0, not \[3,3,0\]/],
    ] as const) {
      const { ok, detail } = await checked(pods, faults);
      assert.ok(!ok);
      assert.match(detail, complaint);
    }
  });
});

describe("ClickHouse client", () => {
  it("tells what was refused, with ClickHouse's number of the error", async () => {
    const fake = await tlsServer(host, (_, response) => {
      response.statusCode = 404;
      response.setHeader("x-clickhouse-exception-code", 60);
      response.end("Code: 60. DB::Exception: Unknown table\nmore");
    });
    try {
      await assert.rejects(new ClickHouse(fake.server, login).query("SELECT 1\nFROM x"), (error) => {
        assert.ok(error instanceof ClickHouseError);
        assert.deepEqual([error.status, error.code], [404, 60]);
        assert.equal(error.message, "ClickHouse: 404 Code: 60. DB::Exception: Unknown table (in: SELECT 1)");
        return true;
      });
      assert.equal(fake.requests[0]?.headers["x-clickhouse-user"], "check");
    } finally {
      await fake.close();
    }
  });
});
