#!/bin/bash
# Everything in /opt/kafka/bin is this file: `kafka-run-class.sh CLASS ...`, or a link to it under the name of one of the `programs`.
# The environment's variables mean what they mean to Kafka's own scripts; options in them are split at spaces, hence no quotes.
set -eu
bin=$(dirname "$(readlink -f "$0")") home=$(dirname "$(dirname "$(readlink -f "$0")")") program=$(basename "$0" .sh)

heap=-Xmx256M log=tools-log4j2.yaml options=''
case $program in
  connect-plugin-path) heap='-Xms256M -Xmx2G' ;;
  connect-distributed) heap='-Xms256M -Xmx2G' log=connect-log4j2.yaml options='-name connectDistributed' ;;
  connect-mirror-maker) heap='-Xms256M -Xmx2G' log=connect-log4j2.yaml options='-name mirrorMaker' ;;
  connect-standalone) heap='-Xms256M -Xmx2G' log=connect-log4j2.yaml options='-name connectStandalone' ;;
  kafka-console-* | *-perf-test) heap=-Xmx512M ;;
  kafka-server-start) heap='-Xmx1G -Xms1G' log=log4j2.yaml options='-name kafkaServer -loggc' ;;
esac
[ -z "$options" ] || options=${EXTRA_ARGS-$options}
[ "$program" = kafka-run-class ] || set -- $options "$(sed -n "s/^$program //p" "$bin/programs")" "$@"

logs=${LOG_DIR:-$home/logs} name='' gc=${KAFKA_GC_LOG_OPTS:-}
while [ $# -gt 0 ]; do
  case $1 in
    -name) name=$2 && shift ;;
    -loggc) gc=${gc:--Xlog:gc*:file=$logs/$name-gc.log:time,tags:filecount=10,filesize=100M} ;;
    -daemon) echo "$0: -daemon is unknown to this sandbox's stand-in" >&2 && exit 1 ;;
    *) break ;;
  esac
  shift
done
[ "${KAFKA_LOG4J_OPTS:-}$log" = tools-log4j2.yaml ] || mkdir -p "$logs" || true

jmx=-Dcom.sun.management.jmxremote
jmx=${KAFKA_JMX_OPTS:-$jmx=true $jmx.authenticate=false $jmx.ssl=false}${JMX_PORT:+ $jmx.port=$JMX_PORT $jmx.rmi.port=$JMX_PORT}
tuning='-server -XX:+UseG1GC -XX:MaxGCPauseMillis=20 -XX:InitiatingHeapOccupancyPercent=35 -XX:+ExplicitGCInvokesConcurrent'
# Kafka's own classpath leaves the file connectors out too: a worker that wants them names their jar in plugin.path.
GLOBIGNORE="$home/libs/connect-file-*"
printf -v libs ':%s' "$home"/libs/*.jar
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" ${KAFKA_HEAP_OPTS:-$heap} ${KAFKA_JVM_PERFORMANCE_OPTS:-$tuning} $gc $jmx \
  "-Dkafka.logs.dir=$logs" ${KAFKA_LOG4J_OPTS:--Dlog4j2.configurationFile=$home/config/$log} \
  -cp "${CLASSPATH:+$CLASSPATH:}${libs#:}" ${KAFKA_OPTS:-} "$@"
