import * as assert from "node:assert/strict";
import { compactionScript, viewsScript } from "../../components/control/kafka-connect/views";
import { runScript } from "../support/scripts";

/** A trino that writes down the statements it is given, and answers a query with what is in `answer`. */
const fakeTrino = `#!/bin/bash
echo "password $TRINO_PASSWORD $*" >> "$FOLDER/arguments"
while [ $# -gt 0 ]; do
  case "$1" in
    --execute) echo "$2" | tr '\\n' ' ' >> "$FOLDER/log"; echo >> "$FOLDER/log"; cat "$FOLDER/answer" ;;
    --file) tr '\\n' ' ' < "$2" | sed 's/; */;\\n/g' >> "$FOLDER/log" ;;
  esac
  shift
done
`;

describe("the lakehouse's side of changed rows", () => {
  const trino = (script: string, ...rows: readonly (readonly string[])[]) =>
    runScript(
      script,
      {
        "bin/trino": fakeTrino,
        "etc/views/tables": "shop_public orders\nshop_sales order\n",
        "etc/trino/username": "kafka-connect",
        "etc/trino/password": "secret-word",
        answer: rows.map((row) => `${row.join("\t")}\n`).join(""),
      },
      { TRINO: "https://trino:8443" },
    );
  const changes = ["shop_public", "orders_changes", '"id", "total"', "integer, bigint"];
  const view = (columns = '"id", "total"', types = "integer, bigint") => ["shop_public", "orders", columns, types];

  it("asks for exactly the tables and views that are declared", async () => {
    const { status, calls, stderr } = await trino(viewsScript);
    assert.equal(status, 0, stderr);
    assert.match(calls[0] ?? "", /table_schema IN \('shop_public', 'shop_sales'\)/);
    assert.match(calls[0] ?? "", /table_name IN \('orders_changes', 'order_changes', 'orders', 'order'\)/);
    assert.match(calls[0] ?? "", /array_agg\('"' \|\| column_name \|\| '"' ORDER BY ordinal_position\)/);
  });

  it("makes no view as long as no row has arrived", async () => {
    const { calls, stdout } = await trino(viewsScript);
    assert.equal(calls.length, 1);
    assert.match(stdout, /shop_public\.orders: no row has arrived yet\nshop_sales\.order: no row/);
  });

  it("makes a view of the rows as they are, all names quoted", async () => {
    const { calls } = await trino(viewsScript, changes, [
      "shop_sales",
      "order_changes",
      '"id", "user"',
      "integer, date",
    ]);
    assert.deepEqual(
      calls.slice(1).map((call) => call.replace(/\s+/g, " ")),
      [
        ["shop_public", "orders", "total"],
        ["shop_sales", "order", "user"],
      ].map(
        ([schema, table, column]) =>
          `CREATE OR REPLACE VIEW "${schema}"."${table}" SECURITY INVOKER AS SELECT "id", "${column}" FROM ( ` +
          `SELECT *, row_number() OVER (PARTITION BY _cdc.key ORDER BY _cdc."offset" DESC) AS "_change" ` +
          `FROM "${schema}"."${table}_changes") WHERE "_change" = 1 AND _cdc.op <> 'D';`,
      ),
    );
  });

  it("leaves a view that has the table's columns", async () => {
    assert.equal((await trino(viewsScript, changes, view())).calls.length, 1);
  });

  for (const [what, there] of [
    ["a column less", view('"id"', "integer")],
    ["another type", view('"id", "total"', "integer, integer")],
  ] as const) {
    it(`makes a view anew that has ${what}`, async () => {
      const { calls } = await trino(viewsScript, changes, there);
      assert.equal(calls.length, 2);
      assert.match(calls[1] ?? "", /^CREATE OR REPLACE VIEW "shop_public"\."orders" .* SELECT "id", "total" FROM/);
    });
  }

  it("makes few files of many in the change tables that are there", async () => {
    const { status, calls } = await trino(compactionScript, ["shop_sales", "order_changes"]);
    assert.equal(status, 0);
    assert.match(calls[0] ?? "", /table_name IN \('orders_changes', 'order_changes'\) AND table_type = 'BASE TABLE'/);
    assert.deepEqual(calls.slice(1), ['ALTER TABLE "shop_sales"."order_changes" EXECUTE optimize;']);
  });

  it("does nothing when there is no table to make smaller", async () => {
    assert.equal((await trino(compactionScript)).calls.length, 1);
  });

  it("goes on to the other tables when one fails, and shows no password in arguments", async () => {
    for (const [script, row] of [
      [viewsScript, changes],
      [compactionScript, ["shop_sales", "order_changes"]],
    ] as const) {
      const given = (await trino(script, row)).file("arguments") ?? "";
      assert.match(given, /^password secret-word .*--user kafka-connect --password --truststore-path \S+ca\.crt/);
      assert.match(given, /--ignore-errors --file/);
      assert.doesNotMatch(given, /--.*secret-word/);
    }
  });
});
