import { dataDirectory } from "./patroni";
import { psql } from "./provision";

/** Shell of PostgreSQL's init container and Jobs. Every one may run again. */

/** Where libnss_wrapper finds the user the container runs as: `peer` authentication and pgBackRest want a name, not a number. */
export const nssEnv = {
  LD_PRELOAD: "/usr/lib64/libnss_wrapper.so",
  NSS_WRAPPER_PASSWD: "/tmp/nss/passwd",
  NSS_WRAPPER_GROUP: "/tmp/nss/group",
};

const nssScript = `
mkdir -p /tmp/nss
echo "postgres:x:$(id -u):$(id -g):PostgreSQL:/tmp:/bin/sh" > /tmp/nss/passwd
echo "postgres:x:$(id -g):" > /tmp/nss/group
`.trim();

/**
 * PostgreSQL refuses a data directory that others may enter or that another user owns. The volume's own root is
 * group-writable by the kubelet, hence a directory of our own below it; a restored namespace may have another user ID,
 * hence the move into a directory we own.
 */
export const prepareScript = `
${nssScript}
if [ ! -e ${dataDirectory} ]; then
  install -d -m 0700 ${dataDirectory}
elif [ "$(stat -c %u ${dataDirectory})" != "$(id -u)" ]; then
  echo "${dataDirectory} belongs to user $(stat -c %u ${dataDirectory}), we are $(id -u): taking the files over"
  rm -rf ${dataDirectory}.taken
  install -d -m 0700 ${dataDirectory}.taken
  cp -a --no-preserve=ownership ${dataDirectory}/. ${dataDirectory}.taken/
  mv ${dataDirectory} ${dataDirectory}.foreign
  mv ${dataDirectory}.taken ${dataDirectory}
  rm -rf ${dataDirectory}.foreign
fi
chmod 0700 ${dataDirectory}
`.trim();

/** A role that owns a database of the same name. Names and limit come as variables, the password as a file. */
export const databaseScript = `
${psql} "$connection dbname=postgres" -v name="$DATABASE" -v limit="$CONNECTION_LIMIT" <<'SQL'
\\set password \`cat /etc/credentials/password\`
SELECT format('CREATE ROLE %I LOGIN', :'name') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \\gexec
ALTER ROLE :"name" PASSWORD :'password' CONNECTION LIMIT :limit;
SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'name')
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \\gexec
REVOKE CONNECT ON DATABASE :"name" FROM PUBLIC;
SQL
`.trim();

/** Creates the stanza, proves that log arrives in the repository, and takes the first full backup. */
export const stanzaScript = `
${nssScript}
export LD_PRELOAD=${nssEnv.LD_PRELOAD}
until pgbackrest --stanza=main stanza-create; do sleep 5; done
pgbackrest --stanza=main check
pgbackrest --stanza=main info --output=text | grep -q 'full backup' || pgbackrest --stanza=main --type=full backup
`.trim();

export const backupScript = `
${nssScript}
export LD_PRELOAD=${nssEnv.LD_PRELOAD}
# Full on Sundays, what changed since then on the other days.
if [ "$(date -u +%u)" = 7 ]; then type=full; else type=diff; fi
exec pgbackrest --stanza=main --type="$type" backup
`.trim();
