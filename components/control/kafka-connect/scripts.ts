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

const api = `
api() { curl -sS --fail-with-body --cacert ${authorityFile} --max-time 60 "$@"; }
ours() { api "$CONNECT/connectors" | tr -d '[]"' | tr , '\\n' | grep '^${connectorName("")}' || true; }
`.trim();

/**
 * Starts again what has failed of the program's connectors: Connect itself never does, and a sink fails as soon as the
 * object store is away for some seconds.
 */
export const restartScript = `
${api}
for name in $(ours); do
  api "$CONNECT/connectors/$name/status" > /tmp/status
  if grep -q '"state":"FAILED"' /tmp/status; then
    echo "$name starts again: $(cat /tmp/status)"
    api -X POST "$CONNECT/connectors/$name/restart?includeTasks=true&onlyFailed=true" > /dev/null
  fi
done
`.trim();

/**
 * Makes the program's connectors exactly those in `/etc/connectors` (`names`, and a file for each), and ends when all of them run. Others,
 * which people made, are left alone.
 */
export const connectorsScript = `
${api}
until api "$CONNECT/health" > /dev/null; do sleep 2; done

apply() { # name file: a worker that just joined or left makes the others refuse for a moment
  local status
  for _ in {1..30}; do
    status="$(curl -sS --cacert ${authorityFile} --max-time 60 -o /tmp/answer -w '%{http_code}' -X PUT -H 'Content-Type: application/json' --data-binary @"$2" "$CONNECT/connectors/$1/config" || true)"
    case "$status" in
      200 | 201) echo "$1: applied"; return ;;
      000 | 409 | 5*) sleep 2 ;;
      *) break ;;
    esac
  done
  echo "$1: refused ($status): $(cat /tmp/answer)" >&2
  return 1
}

running() { # name: connector and at least one task run, nothing else
  api "$CONNECT/connectors/$1/status" > /tmp/status
  local states
  states="$(grep -o '"state":"[A-Z_]*"' /tmp/status | cut -d'"' -f4)"
  [ "$(wc -l <<< "$states")" -ge 2 ] && [ "$(sort -u <<< "$states")" = RUNNING ]
}

for name in $(ours); do
  if [ ! -e "/etc/connectors/$name.json" ]; then
    api -X DELETE "$CONNECT/connectors/$name"
    echo "$name: taken away"
  fi
done
while read -r name; do
  apply "$name" "/etc/connectors/$name.json"
  for attempt in {1..60}; do
    if running "$name"; then echo "$name: runs"; continue 2; fi
    if grep -q '"state":"FAILED"' /tmp/status; then
      # What failed because something was not there yet is tried again by nobody else.
      if [ $((attempt % 10)) = 0 ]; then api -X POST "$CONNECT/connectors/$name/restart?includeTasks=true&onlyFailed=true" > /dev/null; fi
    fi
    sleep 2
  done
  echo "$name: does not run: $(cat /tmp/status)" >&2
  exit 1
done < /etc/connectors/names
`.trim();
