import * as assert from "node:assert/strict";
import { backupScript, keeperScript, provisionScript } from "../../components/data/clickhouse/scripts";
import { catalogStatements } from "../../components/data/clickhouse/sources";
import { chdb } from "../support/chdb";
import { type Ran, runScript } from "../support/scripts";

const users = `<clickhouse><profiles><default/></profiles><quotas><default/></quotas>
  <users><default><password/><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota></default></users></clickhouse>`;
const config =
  "<clickhouse><user_directories><users_xml><path>/users.xml</path></users_xml></user_directories></clickhouse>";

/** Runs a script with a client that logs each host and statement, and answers by the first of these patterns that fits. */
const withClient = (script: string, answers: Readonly<Record<string, string>>, env: Readonly<Record<string, string>>) =>
  runScript(
    script,
    {
      "bin/clickhouse": `#!/bin/bash
statement="$(tr '\\n' ' ')"
host="$(sed -E 's/.*--host ([^ ]+).*/\\1/' <<< "$*")"
echo "$host $statement" >> "$FOLDER/log"
case "$statement" in
${Object.entries(answers)
  .map(([pattern, answer]) => `  *${JSON.stringify(pattern)}*) ${answer} ;;`)
  .join("\n")}
esac`,
    },
    env,
  );
/** What was sent, the host left out. */
const statementsOf = ({ calls }: Ran): readonly string[] => calls.map((call) => call.replace(/^\S+ /, "").trim());

describe("ClickHouse's scripts", function () {
  // The engine is downloaded at the first time on a machine.
  this.timeout(600_000);
  const storage = { bucket: "lakehouse", endpoint: "https://minio:9000" } as never;
  const statements = catalogStatements({ reaches: [], ready: [], uri: "https://nessie:19120/iceberg", storage });
  const provision = (answers: Readonly<Record<string, string>>) =>
    withClient(provisionScript(statements), answers, {
      REPLICAS: "a b",
      VERSION: "users_1",
      DATABASES: "analytics other",
      CLICKHOUSE_LAKEHOUSE_KEY: "key",
      CLICKHOUSE_LAKEHOUSE_SECRET: "secret",
    });
  const backup = (answers: Readonly<Record<string, string>>) =>
    withClient(backupScript, answers, { SERVER: "clickhouse", LEFT_OUT: "platform_check" });
  const databases = { "system.databases": "echo 'DATABASE `analytics`, DATABASE `o-d`'" };

  it("make the databases on each replica once it knows the users, and the catalog anew", async () => {
    const ran = await provision({ "system.roles": "echo 1" });
    assert.equal(ran.status, 0, ran.stderr);
    assert.deepEqual(
      ran.calls.map((call) =>
        call
          .replace(
            / (SELECT|CREATE DATABASE IF NOT EXISTS|SYSTEM SYNC|DROP|CREATE).*?(analytics|other|lakehouse|$).*/,
            " $1 $2",
          )
          .trim(),
      ),
      ["a", "b"].flatMap((replica) => [
        `${replica} SELECT`,
        `${replica} CREATE DATABASE IF NOT EXISTS analytics`,
        `${replica} SYSTEM SYNC analytics`,
        `${replica} CREATE DATABASE IF NOT EXISTS other`,
        `${replica} SYSTEM SYNC other`,
        `${replica} DROP lakehouse`,
        `${replica} CREATE lakehouse`,
      ]),
    );
    assert.match(ran.calls.at(-1) ?? "", /'key', 'secret'\) SETTINGS catalog_type = 'rest', warehouse = 'lakehouse'/);
  });

  it("wait for the users, and stop at the first statement that fails", async () => {
    const ran = await provision({
      "system.roles": 'if [ "$(grep -c roles "$FOLDER/log")" -gt 3 ]; then echo 1; else echo 0; fi',
      "SYNC DATABASE REPLICA": "echo 'no Keeper' >&2; exit 210",
    });
    assert.equal(ran.status, 210);
    assert.equal(statementsOf(ran).filter((statement) => statement.includes("system.roles")).length, 4);
    assert.match(statementsOf(ran).at(-1) ?? "", /^SYSTEM SYNC DATABASE REPLICA analytics$/);
  });

  it("take a full backup when the week has none, and else what has changed since", async () => {
    const full = await backup(databases);
    assert.equal(full.status, 0, full.stderr);
    assert.match(
      statementsOf(full).at(-1) ?? "",
      /^BACKUP DATABASE `analytics`, DATABASE `o-d`, TABLE system\.users, .* TO S3\(backups, '\d{4}-W\d\d\/full-\d{8}T\d{6}'\)$/,
    );
    const increment = await backup({ ...databases, "FROM s3(backups": "echo 2026-W34/full-20260820T014300" });
    assert.match(
      statementsOf(increment).at(-1) ?? "",
      /TO S3\(backups, '\d{4}-W\d\d\/\d{8}T\d{6}'\) SETTINGS base_backup = S3\(backups, '2026-W34\/full-20260820T014300'\)$/,
    );
  });

  it("fail when the backup fails, or when it is not known what there is", async () => {
    assert.equal((await backup({ ...databases, "BACKUP ": "exit 44" })).status, 44);
    const blind = await backup({ "system.databases": "exit 33" });
    assert.equal(blind.status, 33);
    assert.deepEqual(
      statementsOf(blind).filter((statement) => statement.startsWith("BACKUP")),
      [],
    );
  });

  it("send only what ClickHouse's parser takes", async () => {
    const ran = [
      await provision({ "system.roles": "echo 1" }),
      await backup(databases),
      await backup({ ...databases, "FROM s3(backups": "echo 2026-W34/full-1" }),
    ];
    const sent = [...new Set(ran.flatMap(statementsOf))];
    assert.ok(sent.length > 8);
    const literal = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
    const answers = await chdb(
      { config, files: { "/users.xml": users } },
      [...sent, "BACKUP DATABASE TO S3(backups"].map((statement) => `SELECT formatQuery(${literal(statement)})`),
    );
    const refused = answers.flatMap((answer, i) => ("error" in answer ? [`${sent[i]}: ${answer.error}`] : []));
    assert.deepEqual(refused.length, 1, refused.join("\n"));
    assert.match(refused[0] ?? "", /SYNTAX_ERROR/);
  });

  it("number Keeper's members by their pods, from 1", async () => {
    const ran = await runScript(
      keeperScript("/etc/clickhouse/keeper.xml"),
      { "bin/clickhouse": '#!/bin/bash\necho "$KEEPER_ID $1 ${2##*/}" >> "$FOLDER/log"\n' },
      { POD_NAME: "clickhouse-keeper-2" },
    );
    assert.deepEqual(ran.calls, ["3 keeper keeper.xml"]);
  });
});
