import { password } from "../../core/credentials";
import { jsonText } from "../../core/formats";
import type { Handle, Service } from "../../core/service";
import type { SourceTable } from "../../core/settings";
import { filesFrom, type Source } from "../../core/sources";
import type { Workload } from "../../core/workload";
import { provision, psql, type Servers } from "./provision";

/** Changes of tables for those who read them as a stream (logical replication). */

/** A user that may read some tables of a database and their changes, and nothing else. */
export interface ChangeStream extends Handle {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly tables: readonly SourceTable[];
  /** The replication slot: it holds back log for its reader, up to `max_slot_wal_keep_size`. */
  readonly slot: string;
  readonly publication: string;
  /** Secret in the owner's namespace: `username`, `password`. */
  readonly credentials: Source;
}

/** Names in PostgreSQL; slots that begin so are the program's, and go when nobody declares them any more. */
const prefix = "debezium_";
const readerOf = (database: string): string => `${prefix}${database}`;
const publication = "datalyptica_changes";

/** Slots as Patroni declares them: it keeps them on all members, so that a failover does not lose any. */
const declaredSlots = (databases: readonly string[]) =>
  Object.fromEntries(
    databases.map((database) => [readerOf(database), { type: "logical", database, plugin: "pgoutput" }]),
  );

/** A Job that makes a database's reader, which has a password of its own. */
export function reader(
  service: Service,
  servers: Servers,
  owner: Service,
  database: string,
  tables: readonly SourceTable[],
): Omit<ChangeStream, "host" | "port"> {
  const name = database.replaceAll("_", "-");
  const part = `changes-${name}`;
  const keys = { username: readerOf(database), password: password(service, part).result };
  const here = service.secret(part, "provision", keys);
  const declared = service.configMap(`tables-${name}`, "provision", {
    tables: tables.map(({ schema, table }) => `${schema}.${table}\n`).join(""),
  });
  const made = provision(service, servers, {
    part,
    // A table that is missing is not there a minute later either.
    once: true,
    script: readerScript,
    env: { DATABASE: database, READER: keys.username },
    mounts: [filesFrom(declared, "/etc/changes"), filesFrom(here, "/etc/credentials", { password: "password" })],
  });
  return {
    reaches: servers.access.reaches,
    ready: [made.resource],
    database,
    tables,
    slot: readerOf(database),
    publication,
    credentials: owner.secret(part, "access", keys),
  };
}

/**
 * A Job that gives the declared readers their slots, and takes those away that nobody declares any more.
 * @param readers each with what must be there before
 * @param patroni Patroni's REST API and the login to it
 */
export function slots(
  service: Service,
  servers: Servers,
  readers: readonly ChangeStream[],
  patroni: { readonly access: Handle; readonly url: string; readonly login: Source },
): Workload {
  const declared = service.configMap("slots", "slots", {
    "slots.json": jsonText(declaredSlots(readers.map(({ database }) => database))),
  });
  return provision(service, servers, {
    part: "slots",
    uses: [patroni.access, ...readers],
    script: slotsScript,
    env: { PATRONI: patroni.url },
    mounts: [filesFrom(declared, "/etc/slots"), filesFrom(patroni.login, "/etc/restapi")],
  });
}

/**
 * A reader of `$DATABASE`'s tables in `/etc/changes/tables` (`schema.table` a line): a role that may replicate and read
 * these tables only, and a publication of exactly them.
 */
export const readerScript = `
sql() { ${psql} -qAt "$connection dbname=$1" "\${@:2}"; }
if [ "$(sql postgres -c "SELECT count(*) FROM pg_database WHERE datname = '$DATABASE'")" = 0 ]; then
  echo "datalyptica:changeData: there is no database $DATABASE: make it and its tables first, or take it out of the list" >&2
  exit 1
fi
wrong=()
while IFS=. read -r schema table; do
  found="$(sql "$DATABASE" -c "SELECT EXISTS (SELECT FROM pg_index WHERE indrelid = c.oid AND indisprimary), relreplident = 'f' FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    WHERE nspname = '$schema' AND relname = '$table' AND relkind = 'r'")"
  case "$found" in
    't|t') ;;
    't|f') wrong+=("$DATABASE.$schema.$table tells of a change only what changed: ALTER TABLE $schema.$table REPLICA IDENTITY FULL") ;;
    f*) wrong+=("$DATABASE.$schema.$table has no primary key: nobody could tell which row a change is of") ;;
    *) wrong+=("there is no table $DATABASE.$schema.$table: make it first, or take it out of the list") ;;
  esac
done < /etc/changes/tables
if [ \${#wrong[@]} -gt 0 ]; then printf 'datalyptica:changeData: %s\\n' "\${wrong[@]}" >&2; exit 1; fi

quoted="$(sed 's/^/"/; s/\\./"."/; s/$/"/' /etc/changes/tables)"
tables="$(paste -sd , <<< "$quoted")"
schemas="$(cut -d. -f1 <<< "$quoted" | sort -u | paste -sd ,)"
sql "$DATABASE" --single-transaction -v reader="$READER" -v database="$DATABASE" -v tables="$tables" -v schemas="$schemas" <<'SQL'
\\set password \`cat /etc/credentials/password\`
SELECT format('CREATE ROLE %I', :'reader') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'reader') \\gexec
ALTER ROLE :"reader" LOGIN REPLICATION PASSWORD :'password' CONNECTION LIMIT 5;
-- With it goes what was granted for tables that are not in the list any more.
DROP OWNED BY :"reader";
GRANT CONNECT ON DATABASE :"database" TO :"reader";
GRANT USAGE ON SCHEMA :schemas TO :"reader";
GRANT SELECT ON :tables TO :"reader";
SELECT 'CREATE PUBLICATION ${publication}' WHERE NOT EXISTS (SELECT FROM pg_publication WHERE pubname = '${publication}') \\gexec
ALTER PUBLICATION ${publication} SET TABLE :tables;
SQL
`.trim();

/**
 * Makes the slots of this program exactly those in `/etc/slots/slots.json`, and waits until the primary has them: a
 * reader that came first would make one that the other members know nothing of.
 */
export const slotsScript = `
python3 - <<'PYTHON'
import base64, json, os, time, urllib.request
def read(path):
    with open(path) as file:
        return file.read()
login = base64.b64encode(f"{read('/etc/restapi/username')}:{read('/etc/restapi/password')}".encode()).decode()
def call(method, body=None):
    request = urllib.request.Request(os.environ["PATRONI"] + "/config", method=method,
        data=body and json.dumps(body).encode(), headers={"Authorization": "Basic " + login})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)
declared = json.loads(read("/etc/slots/slots.json"))
while True:
    try:
        found = call("GET").get("slots") or {}
        gone = {name: None for name in found if name.startswith("${prefix}") and name not in declared}
        if gone or any(found.get(name) != slot for name, slot in declared.items()):
            call("PATCH", {"slots": {**gone, **declared}})
        break
    except OSError as error:
        print(f"Patroni: {error}", flush=True)
        time.sleep(2)
for name in sorted(gone): print(f"slot {name} goes")
for name in sorted(declared): print(f"slot {name}")
PYTHON
for slot in $(python3 -c 'import json; print(*json.load(open("/etc/slots/slots.json")))'); do
  until [ "$(${psql} -qAt "$connection dbname=postgres" -c "SELECT count(*) FROM pg_replication_slots WHERE slot_name = '$slot'")" = 1 ]; do sleep 2; done
done
`.trim();
