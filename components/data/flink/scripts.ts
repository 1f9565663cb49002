import { authorityFile } from "../../core/certificates";
import { jobName, jobPrefix } from "./client";
import { paths, stores } from "./config";

/** Bash of Flink's containers. Each may run again in the same pod. */

/** Both sides show a certificate. */
const tls = `--cacert ${authorityFile} --cert ${paths.tls}/tls.crt --key ${paths.tls}/tls.key`;

/**
 * Puts the configuration together: the files of the ConfigMap, Java's stores made of the PEM files, whose password lives as
 * long as the container, and what comes from Secrets. A value in quotation marks is a text, even if it is all digits.
 */
const prepare = `
umask 077
mkdir -p "$FLINK_CONF_DIR" "$FLINK_LOG_DIR"
cat ${paths.config}/log4j-console.properties > "$FLINK_CONF_DIR/log4j-console.properties"
export STORE_PASSWORD="$(openssl rand -hex 16)"
store() { # PEM files in folder $1 -> store $2
  openssl pkcs12 -export -in "$1/tls.crt" -inkey "$1/tls.key" -name flink -out "$2" -passout env:STORE_PASSWORD
}
store ${paths.tls} ${stores.tls}
rm -f ${stores.trust}
keytool="$(command -v keytool || echo "$JAVA_HOME/bin/keytool")"
"$keytool" -importcert -noprompt -alias platform-ca -file ${authorityFile} \\
  -keystore ${stores.trust} -storetype PKCS12 -storepass ${stores.trustPassword}
{
  cat ${paths.config}/config.yaml
  for part in keystore key; do echo "security.ssl.rest.$part-password: \\"$STORE_PASSWORD\\""; done
} > "$FLINK_CONF_DIR/config.yaml"
export AWS_ACCESS_KEY_ID="$(cat ${paths.lakehouse}/accessKey)" AWS_SECRET_ACCESS_KEY="$(cat ${paths.lakehouse}/secretKey)"
`.trim();

/** JobManagers and TaskManagers accept exactly the certificate that they have themselves. */
const member = `
${prepare}
store ${paths.internal} ${stores.internal}
{
  for part in keystore key; do echo "security.ssl.internal.$part-password: \\"$STORE_PASSWORD\\""; done
  fingerprint="$(openssl x509 -in ${paths.internal}/tls.crt -noout -fingerprint -sha1)"
  echo "security.ssl.internal.cert.fingerprint: \\"\${fingerprint#*=}\\""
  echo "s3.access-key: \\"$(cat ${paths.bucket}/accessKey)\\""
  echo "s3.secret-key: \\"$(cat ${paths.bucket}/secretKey)\\""
} >> "$FLINK_CONF_DIR/config.yaml"
mkdir -p ${paths.data}/tmp
`.trim();

export const jobManagerScript = `
${member}
echo "jobmanager.rpc.address: $POD_IP" >> "$FLINK_CONF_DIR/config.yaml"
exec /opt/flink/bin/jobmanager.sh start-foreground
`.trim();

/** RocksDB's memory is the allocator's: with glibc's, which gives little back, a container grows beyond its limit. */
export const taskManagerScript = `
${member}
echo "taskmanager.host: $POD_IP
taskmanager.resource-id: $POD_NAME" >> "$FLINK_CONF_DIR/config.yaml"
jemalloc=(/usr/lib/*-linux-gnu/libjemalloc.so.2)
export LD_PRELOAD="\${jemalloc[0]}"
exec /opt/flink/bin/taskmanager.sh start-foreground
`.trim();

/** Sessions may add catalogs of their own, which live as long as the container. */
export const sqlGatewayScript = `
${prepare}
mkdir -p ${paths.work}/catalogs
for catalog in ${paths.catalogs}/*; do cat "$catalog" > "${paths.work}/catalogs/\${catalog##*/}"; done
exec /opt/flink/bin/sql-gateway.sh start-foreground
`.trim();

/** Whether REST of the container answers a path. A JobManager does when there is a leader, which may be another. */
export const answers = (port: number, path: string): readonly string[] =>
  `curl -fsS --max-time 8 -o /dev/null ${tls} https://localhost:${port}${path}`.split(" ");

/**
 * Makes the jobs of the cluster exactly those in `/etc/flink-jobs`: `names.txt` has a line for each, the job's name and
 * what its text hashes to; `<name>.jsonl` its statements, a line each, as the gateway takes them. A job that is not declared
 * any more is stopped. One whose text is another is stopped when the new text has been understood, and goes on from what it
 * knew. In both cases a savepoint is made, or where that fails, the last checkpoint is taken. Jobs that people started are
 * left alone.
 */
export const jobsScript = `
call() { curl -sS ${tls} --max-time 120 "$@"; }
value() { sed -n "s/.*\\"$1\\":\\"\\([^\\"]*\\)\\".*/\\1/p" /tmp/answer; } # the text of a field in the answer
trace() { # what of Java's trace tells something
  sed 's/,"serialized-throwable":"[^"]*"//g; s/\\\\n/\\n/g' /tmp/answer | grep -v '^\\\\tat ' | head -c 4000
}
api() { # options of curl; the answer is in /tmp/answer
  local status
  for _ in {1..30}; do
    status="$(call -o /tmp/answer -w '%{http_code}' -H 'Content-Type: application/json' "$@")" || true
    case "$status" in
      2*) return ;;
      # No leader yet, or the pod behind the Service has just gone.
      000 | 503) sleep 2 ;;
      *) break ;;
    esac
  done
  echo "$* refused ($status): $(trace)" >&2
  return 1
}
listed() { # a line for each job that has not ended: ID, name, state, tasks that run, all tasks
  api "$JOB_MANAGER/jobs/overview"
  sed 's/{"jid":/\\n&/g' /tmp/answer | grep -vE '"state":"(FINISHED|CANCELED|FAILED)"' |
    sed -nE 's/^\\{"jid":"([^"]*)","name":"([^"]*)".*"state":"([A-Z]*)".*"running":([0-9]*).*"total":([0-9]*).*/\\1 \\2 \\3 \\4 \\5/p'
}
stop() { # ID: stops a job; where its state lies is in $savepoint, which is empty when it has none
  local request latest
  # A task that is only starting makes none.
  for _ in {1..10}; do
    api -X POST -d '{"drain":false}' "$JOB_MANAGER/jobs/$1/stop"
    request="$(value request-id)"
    for _ in {1..150}; do
      api "$JOB_MANAGER/jobs/$1/savepoints/$request"
      if [ "$(value id)" != IN_PROGRESS ]; then break; fi
      sleep 2
    done
    savepoint="$(value location)"
    if [ -n "$savepoint" ]; then return; fi
    sleep 5
  done
  echo "job $1 makes no savepoint: $(trace)" >&2
  # Nor does one that fails again and again, such as one whose topic it may not read any more: its checkpoints are kept.
  api "$JOB_MANAGER/jobs/$1/checkpoints"
  # One that has just been restored has none of its own yet.
  latest="$(sed -n 's/.*"completed":{//p' /tmp/answer)"
  if [ -z "$latest" ]; then latest="$(sed -n 's/.*"restored":{//p' /tmp/answer)"; fi
  latest="\${latest#*\\"external_path\\":\\"}" savepoint="\${latest%%\\"*}"
  api -X PATCH "$JOB_MANAGER/jobs/$1?mode=cancel"
  for _ in {1..60}; do
    listed > /tmp/listed
    if ! grep -q "^$1 " /tmp/listed; then return; fi
    sleep 2
  done
  echo "job $1 does not end" >&2
  return 1
}
run() { # statement, in $session
  local operation status
  api -X POST --data-binary "$1" "$GATEWAY/v1/sessions/$session/statements"
  operation="$(value operationHandle)"
  for _ in {1..150}; do
    api "$GATEWAY/v1/sessions/$session/operations/$operation/status"
    status="$(value status)"
    case "$status" in
      FINISHED) return ;;
      INITIALIZED | PENDING | RUNNING) sleep 2 ;;
      *) break ;;
    esac
  done
  call -o /tmp/answer "$GATEWAY/v1/sessions/$session/operations/$operation/result/0?rowFormat=JSON" || true
  echo "refused ($status): $1
$(trace)" >&2
  return 1
}
start() { # job, name in Flink
  local session statements i id name
  api -X POST -d "{\\"properties\\":{\\"pipeline.name\\":\\"$2\\"}}" "$GATEWAY/v1/sessions"
  session="$(value sessionHandle)"
  mapfile -t statements < "/etc/flink-jobs/$1.jsonl"
  for ((i = 0; i < \${#statements[@]} - 1; i++)); do run "\${statements[i]}"; done
  while read -r id name _; do
    if [[ $name == ${jobName("$1", "*")} && "\${name#${jobName("$1", "")}}" != *-* ]]; then
      stop "$id"
      if [ -n "$savepoint" ]; then run "{\\"statement\\":\\"SET 'execution.state-recovery.path' = '$savepoint'\\"}"; fi
      echo "$1: goes on from \${savepoint:-its offsets in Kafka}"
    fi
  done < /tmp/present
  run "\${statements[i]}"
  call -X DELETE -o /dev/null "$GATEWAY/v1/sessions/$session"
}
ended() { # name in Flink: why it ended
  local id
  id="$(sed 's/{"jid":/\\n&/g' /tmp/answer | sed -nE 's/^\\{"jid":"([^"]*)","name":"'"$1"'".*/\\1/p' | head -1)"
  api "$JOB_MANAGER/jobs/$id/execution-result"
  trace
}
runs() { # name in Flink: all its tasks run
  listed > /tmp/listed
  grep -qE " $1 RUNNING ([0-9]+) \\1$" /tmp/listed
}

listed > /tmp/present
while read -r id name _; do
  job="\${name#${jobPrefix}}" job="\${job%-*}"
  if [[ $name == ${jobPrefix}* && ! -e "/etc/flink-jobs/$job.jsonl" ]]; then
    stop "$id"
    echo "$job: taken away, \${savepoint:-and had no state}"
  fi
done < /tmp/present
while read -r job hash; do
  name="${jobName("$job", "$hash")}"
  if ! grep -q " $name " /tmp/present; then start "$job" "$name"; fi
  for _ in {1..90}; do
    if runs "$name"; then echo "$job: runs"; continue 2; fi
    if ! grep -q " $name " /tmp/listed; then break; fi
    sleep 2
  done
  echo "$job: does not run: $(grep " $name " /tmp/listed || ended "$name")
What has ended is started by the next update without its state, at the offsets that it had reached in Kafka." >&2
  exit 1
done < /etc/flink-jobs/names.txt
`.trim();
