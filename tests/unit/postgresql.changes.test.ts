import * as assert from "node:assert/strict";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { readerScript, slotsScript } from "../../components/storage/postgresql/changes";
import { runScript } from "../support/scripts";

type Slots = Readonly<Record<string, unknown>>;
interface Asked {
  readonly method: string | undefined;
  readonly login: string | undefined;
  readonly body: unknown;
}

const slot = (database: string) => ({ type: "logical", database, plugin: "pgoutput" });
const psqlAt = "usr/pgsql-17/bin/psql";

describe("the Job of the slots", function () {
  // Python takes its time on a busy machine.
  this.timeout(60_000);
  let server: http.Server;
  let asked: Asked[];
  /** Answers of Patroni before the one that is meant: statuses. */
  let first: number[];
  let config: object;
  beforeEach(async () => {
    asked = [];
    first = [];
    server = http.createServer((request, response) => {
      let text = "";
      request.on("data", (part) => {
        text += part;
      });
      request.on("end", () => {
        const status = first.shift() ?? (request.url === "/config" ? 200 : 404);
        const { method, headers } = request;
        asked.push({ method, login: headers.authorization, body: text ? JSON.parse(text) : undefined });
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(config));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  /** @param found what Patroni's configuration has @param declared what the program declares */
  const make = (found: Slots | null | undefined, declared: Slots, psql = "echo 1") => {
    config = { ttl: 20, ...(found === undefined ? {} : { slots: found }) };
    return runScript(
      `connection=host=test\n${slotsScript}`,
      {
        "etc/slots/slots.json": JSON.stringify(declared),
        "etc/restapi/username": "patroni",
        "etc/restapi/password": "pass-word",
        [psqlAt]: `#!/bin/bash\necho "$*" >> "$FOLDER/log"\n${psql}\n`,
      },
      { PATRONI: `http://localhost:${(server.address() as AddressInfo).port}` },
    );
  };
  const patches = () => asked.filter(({ method }) => method === "PATCH").map(({ body }) => body);

  it("declares what is missing, as the login that may", async () => {
    for (const found of [undefined, null, {}]) {
      asked = [];
      const { status, stderr } = await make(found, { debezium_shop: slot("shop") });
      assert.equal(status, 0, stderr);
      assert.deepEqual(patches(), [{ slots: { debezium_shop: slot("shop") } }]);
      const login = `Basic ${Buffer.from("patroni:pass-word").toString("base64")}`;
      assert.deepEqual([...new Set(asked.map((each) => each.login))], [login]);
    }
  });

  it("asks for nothing when all is as declared", async () => {
    const { status } = await make({ debezium_shop: slot("shop"), other: slot("x") }, { debezium_shop: slot("shop") });
    assert.equal(status, 0);
    assert.deepEqual(patches(), []);
  });

  it("takes away its own that nobody declares any more, and leaves those of others", async () => {
    const { status, stdout } = await make(
      { debezium_shop: slot("shop"), debezium_old: slot("old"), standby: { type: "physical" } },
      { debezium_shop: slot("shop") },
    );
    assert.equal(status, 0);
    assert.deepEqual(patches(), [{ slots: { debezium_old: null, debezium_shop: slot("shop") } }]);
    assert.match(stdout, /slot debezium_old goes/);
  });

  it("takes the last one away, and waits for none then", async () => {
    const { status, calls } = await make({ debezium_shop: slot("shop") }, {});
    assert.equal(status, 0);
    assert.deepEqual(patches(), [{ slots: { debezium_shop: null } }]);
    assert.deepEqual(calls, []);
  });

  it("declares one anew that is another", async () => {
    await make({ debezium_shop: slot("other") }, { debezium_shop: slot("shop") });
    assert.deepEqual(patches(), [{ slots: { debezium_shop: slot("shop") } }]);
  });

  it("waits while Patroni does not answer", async function () {
    this.slow(10_000);
    first = [503];
    const { status, stdout } = await make({}, { debezium_shop: slot("shop") });
    assert.equal(status, 0);
    assert.match(stdout, /Patroni: .*503/);
    assert.equal(patches().length, 1);
  });

  it("ends when the primary has every slot, not before", async () => {
    const { status, calls } = await make(
      {},
      { debezium_a: slot("a"), debezium_b: slot("b") },
      `[ "$(grep -c debezium_b "$FOLDER/log")" != 1 ] && echo 1 || echo 0`,
    );
    assert.equal(status, 0);
    const of = (name: string) => calls.filter((call) => call.includes(`slot_name = '${name}'`)).length;
    assert.deepEqual([of("debezium_a"), of("debezium_b")], [1, 2]);
  });
});

describe("the Job of a reader", () => {
  /** A psql that knows of these databases and tables, and writes down the statements it gets on stdin. */
  const fakePsql = `#!/bin/bash
echo "$*" | tr '\\n' ' ' >> "$FOLDER/log"; echo >> "$FOLDER/log"
case "$*" in
  *"datname = 'shop'"*) echo 1 ;;
  *pg_database*) echo 0 ;;
  *"nspname = 'public' AND relname = 'nokey'"*) echo 'f|t' ;;
  *"nspname = 'public' AND relname = 'brief'"*) echo 't|f' ;;
  *"nspname = 'public' AND relname = 'orders'"* | *"nspname = 's2' AND relname = 'items'"*) echo 't|t' ;;
  *pg_class*) ;;
  *) cat > "$FOLDER/sql" ;;
esac
`;
  const read = (database: string, ...tables: string[]) =>
    runScript(
      `connection=host=test\n${readerScript}`,
      {
        [psqlAt]: fakePsql,
        "etc/changes/tables": tables.map((table) => `${table}\n`).join(""),
        "etc/credentials/password": "pass-word",
      },
      { DATABASE: database, READER: `debezium_${database}` },
    );

  it("says that there is no database, and what to do", async () => {
    const { status, stderr, file } = await read("crm", "public.people");
    assert.notEqual(status, 0);
    assert.equal(
      stderr,
      "datalyptica:changeData: there is no database crm: make it and its tables first, or take it out of the list\n",
    );
    assert.equal(file("sql"), undefined);
  });

  it("says of all tables at once what is wrong, and changes nothing", async () => {
    const { status, stderr, file } = await read(
      ...(["shop", "public.nokey", "public.orders", "public.brief", "public.nope", "s3.items"] as const),
    );
    assert.notEqual(status, 0);
    assert.deepEqual(stderr.trim().split("\n"), [
      "datalyptica:changeData: shop.public.nokey has no primary key: nobody could tell which row a change is of",
      "datalyptica:changeData: shop.public.brief tells of a change only what changed: ALTER TABLE public.brief REPLICA IDENTITY FULL",
      "datalyptica:changeData: there is no table shop.public.nope: make it first, or take it out of the list",
      "datalyptica:changeData: there is no table shop.s3.items: make it first, or take it out of the list",
    ]);
    assert.equal(file("sql"), undefined);
  });

  it("makes a role that reads exactly these tables, and a publication of them, all or nothing", async () => {
    const { status, stderr, calls, file } = await read("shop", "public.orders", "s2.items");
    assert.equal(status, 0, stderr);
    const last = calls.at(-1) ?? "";
    assert.match(last, /ON_ERROR_STOP=1 .*dbname=shop --single-transaction/);
    assert.match(
      last,
      /-v reader=debezium_shop -v database=shop -v tables="public"\."orders","s2"\."items" -v schemas="public","s2"/,
    );
    const sql = file("sql") ?? "";
    assert.match(sql, /LOGIN REPLICATION PASSWORD :'password'/);
    // What was granted before goes first.
    assert.ok(sql.indexOf("DROP OWNED BY") < sql.indexOf("GRANT CONNECT"));
    assert.match(sql, /GRANT SELECT ON :tables TO :"reader";/);
    assert.match(sql, /ALTER PUBLICATION \w+ SET TABLE :tables;/);
  });

  it("shows the password to nobody who lists processes", async () => {
    const { calls } = await read("shop", "public.orders");
    assert.doesNotMatch(calls.join("\n"), /pass-word/);
  });
});
