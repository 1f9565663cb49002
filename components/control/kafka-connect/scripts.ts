import { authorityFile } from "../../core/certificates";
import { connectorName } from "./client";
import { configDirectory, keystore, tlsDirectory } from "./config";

/** Bash of Kafka Connect's containers. The image has no other tools than bash, coreutils, curl and openssl. */

/** Connect's HTTP server reads no PEM; the store's password lives as long as the pod. Metrics are the worker's only, not those of tools beside it. */
export const workerScript = `
umask 077
export KEYSTORE_PASSWORD="$(openssl rand -hex 16)"
openssl pkcs12 -export -in ${tlsDirectory}/tls.crt -inkey ${tlsDirectory}/tls.key -name kafka-connect \\
  -out ${keystore} -passout env:KEYSTORE_PASSWORD
export KAFKA_HEAP_OPTS="$WORKER_HEAP" KAFKA_OPTS="$WORKER_OPTIONS"
export KAFKA_LOG4J_OPTS=-Dlog4j2.configurationFile=${configDirectory}/log4j2.yaml
exec /usr/bin/tini -w -e 143 -- /opt/kafka/bin/connect-distributed.sh ${configDirectory}/worker.properties
`.trim();

/** Retries while a worker that just joined or left makes the others refuse, or is not there. */
const client = `
call() { curl -sS --cacert ${authorityFile} --max-time 60 "$@"; }
api() { # options of curl; the answer is in /tmp/answer
  local status
  for _ in {1..30}; do
    status="$(call -o /tmp/answer -w '%{http_code}' "$@")" || true
    case "$status" in
      2*) return ;;
      000 | 409 | 5*) sleep 2 ;;
      *) break ;;
    esac
  done
  echo "$* refused ($status): $(cat /tmp/answer)" >&2
  return 1
}
restart() { # name: what of it has failed
  call -f -X POST "$CONNECT/connectors/$1/restart?includeTasks=true&onlyFailed=true" > /dev/null
}
`.trim();

/**
 * Makes the program's connectors exactly those in `/etc/connectors` (`names`, and a file for each), and ends when all of them run. Others,
 * which people made, are left alone.
 */
export const connectorsScript = `
${client}
until call -f "$CONNECT/health" > /dev/null; do sleep 2; done

running() { # name: connector and at least one task run, nothing else
  call "$CONNECT/connectors/$1/status" > /tmp/status || return 1
  local states
  states="$(grep -o '"state":"[A-Z_]*"' /tmp/status | cut -d'"' -f4)"
  [ "$(wc -l <<< "$states")" -ge 2 ] && [ "$(sort -u <<< "$states")" = RUNNING ]
}

api "$CONNECT/connectors"
for name in $(tr -d '[]"' < /tmp/answer | tr , '\\n'); do
  if [[ $name == ${connectorName("*")} && ! -e "/etc/connectors/$name.json" ]]; then
    api -X DELETE "$CONNECT/connectors/$name"
    echo "$name: taken away"
  fi
done
while read -r name; do
  api -X PUT -H 'Content-Type: application/json' --data-binary @"/etc/connectors/$name.json" "$CONNECT/connectors/$name/config"
  echo "$name: applied"
  for attempt in {1..60}; do
    if running "$name"; then echo "$name: runs"; continue 2; fi
    # What failed because something was not there yet is tried again now, not at the next restart of what failed.
    if [ $((attempt % 10)) = 0 ] && grep -q '"state":"FAILED"' /tmp/status; then restart "$name" || true; fi
    sleep 2
  done
  echo "$name: does not run: $(cat /tmp/status)" >&2
  exit 1
done < /etc/connectors/names
`.trim();

/** Connect leaves a task that failed as it is: without this, some seconds without the object store would stop a sink for good. */
export const restartScript = `
${client}
failed=
while read -r name; do restart "$name" || failed="$failed $name"; done < /etc/connectors/names
[ -z "$failed" ]
`.trim();
