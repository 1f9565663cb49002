import { commonDirectory, dataDirectory, firstController, ports } from "./config";
import { agent } from "./metrics";

/** Bash of Kafka's containers. Every one may run again. The image has no other tools than bash, coreutils and curl. */

/** Starts the server; the tools beside it (probe, `oc exec`) have another JVM, no metrics agent, and log nothing. */
const serve = (file: string) =>
  `
export KAFKA_HEAP_OPTS="$SERVER_HEAP" KAFKA_JVM_PERFORMANCE_OPTS= KAFKA_OPTS="${agent}"
export KAFKA_LOG4J_OPTS=-Dlog4j2.configurationFile=${commonDirectory}/log4j2.yaml
exec /usr/bin/tini -w -e 143 -- /opt/kafka/bin/kafka-server-start.sh ${file}
`.trim();

/** `--cluster-id=`, because an identifier may begin with a dash; an already formatted disk is left as it is. */
const format = (file: string) =>
  `/opt/kafka/bin/kafka-storage.sh format --cluster-id="$CLUSTER_ID" --config ${file} --ignore-formatted`;

/**
 * Once the quorum has been formed, a controller with an empty disk joins as a new voter. Would it start as one of the
 * first voters again, a majority of empty disks could elect a leader without what had been committed.
 */
export const controllerScript = `
export NODE_ID=$((${firstController} + \${POD_NAME##*-}))
mkdir -p ${dataDirectory}/kraft
if [ -e /etc/kafka-quorum/formed ]; then voters=(--no-initial-controllers); else voters=(--initial-controllers "$INITIAL_CONTROLLERS"); fi
${format("/etc/kafka/server.properties")} "\${voters[@]}"
${serve("/etc/kafka/server.properties")}
`.trim();

export const brokerScript = `
export NODE_ID="\${POD_NAME##*-}"
if [ -e /tmp/rack ]; then export RACK="$(cat /tmp/rack)"; fi
mkdir -p ${dataDirectory}/logs
${format("/etc/kafka/server.properties")}
${serve("/etc/kafka/server.properties")}
`.trim();

/** The zone of the pod's node, by which Kafka spreads the copies of a partition; the node itself where there are no zones. */
export const rackScript = `
api=/var/run/secrets/kubernetes.io/serviceaccount
node="$(curl -fsS --retry 10 --retry-connrefused --cacert $api/ca.crt -H "Authorization: Bearer $(cat $api/token)" \\
  "https://kubernetes.default.svc/api/v1/nodes/$NODE_NAME")"
rack="$NODE_NAME"
if [[ $node =~ \\"topology\\.kubernetes\\.io/zone\\":\\ *\\"([^\\"]+)\\" ]]; then rack="\${BASH_REMATCH[1]}"; fi
echo "$rack" > /tmp/rack
echo "rack $rack"
`.trim();

/**
 * A broker counts as started when no partition lacks it any more: only then does a rolling update go on to the next
 * one, so that no partition falls below its least number of copies. Others that lag do not hold it up.
 */
export const caughtUpScript = `
id="\${POD_NAME##*-}"
: < /dev/tcp/localhost/${ports.internal}
/opt/kafka/bin/kafka-topics.sh --bootstrap-server localhost:${ports.internal} --command-config ${commonDirectory}/admin.properties \\
  --describe --under-replicated-partitions > /tmp/under-replicated
while read -r line; do
  if [[ $line =~ Replicas:\\ *([0-9,]+) && ",\${BASH_REMATCH[1]}," == *",$id,"* ]]; then
    [[ $line =~ Isr:\\ *([0-9,]+) && ",\${BASH_REMATCH[1]}," == *",$id,"* ]] || { echo "not caught up: $line"; exit 1; }
  fi
done < /tmp/under-replicated
`.trim();

/**
 * A SCRAM user with exactly the declared rights, and its topics. \`/etc/provision/acls\` has a line for each resource
 * (\`topic cdc. prefixed Read Write\`), \`/etc/provision/topics\` one for each topic (\`name partitions key=value ...\`).
 */
export const userScript = `
umask 077
admin=(--bootstrap-server "$BOOTSTRAP" --command-config ${commonDirectory}/admin.properties)
tool() { "/opt/kafka/bin/kafka-$1.sh" "\${admin[@]}" "\${@:2}" < /dev/null; }

echo "SCRAM-SHA-512=iterations=8192,password=$(cat /etc/credentials/password)" > /tmp/scram
tool configs --alter --entity-type users --entity-name "$KAFKA_USER" --add-config-file /tmp/scram

while read -r name partitions config; do
  tool topics --create --if-not-exists --topic "$name" --partitions "$partitions"
  if [ -n "$config" ]; then
    tool configs --alter --entity-type topics --entity-name "$name" --add-config "\${config// /,}"
  fi
done < /etc/provision/topics

resource() { # type name pattern -> the tools' options
  if [ "$1" = cluster ]; then options=(--cluster); else options=("--$1" "$2" --resource-pattern-type "$3"); fi
}
declare -A wanted
while read -r type name pattern operations; do
  resource "$type" "$name" "$pattern"
  for operation in $operations; do
    wanted["$type $name $pattern $operation"]=1
    options+=(--operation "$operation")
  done
  tool acls --add --allow-principal "User:$KAFKA_USER" "\${options[@]}"
done < /etc/provision/acls

# What is there and not declared any more goes.
tool acls --list --principal "User:$KAFKA_USER" > /tmp/acls
while read -r line; do
  if [[ $line =~ resourceType=([A-Z_]+),\\ name=(.*),\\ patternType=([A-Z]+) ]]; then
    type="\${BASH_REMATCH[1],,}" name="\${BASH_REMATCH[2]}" pattern="\${BASH_REMATCH[3],,}"
    type="\${type//_/-}"
  elif [[ $line =~ operation=([A-Z_]+) ]]; then
    operation=
    for word in \${BASH_REMATCH[1]//_/ }; do word="\${word,,}"; operation+="\${word^}"; done
    if [ -z "\${wanted["$type $name $pattern $operation"]:-}" ]; then
      resource "$type" "$name" "$pattern"
      tool acls --remove --force --allow-principal "User:$KAFKA_USER" "\${options[@]}" --operation "$operation"
    fi
  fi
done < /tmp/acls
`.trim();
