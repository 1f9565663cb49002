import { authorityFile } from "../../core/certificates";
import { master, paths, ports, redisFile, redisNodeTemplate, sentinelFile, sentinelTemplate } from "./config";

/** Shell of Redis' containers, for busybox as well as for Debian's. Passwords come as variables, never as arguments. */

/** `ask <user> <host> <port> <command>...`: the answer, nothing at all if there is none. The password is REDISCLI_AUTH. */
const ask = `
ask() {
  user=$1 at=$2 port=$3
  shift 3
  timeout 3 redis-cli --tls --cacert ${authorityFile} --user "$user" -h "$at" -p "$port" "$@" 2>/dev/null </dev/null
}`.trim();

/** Whom a Sentinel names as master, be it that a failover is still going on; nothing if it does not answer. */
const currentMaster = `
current_master() {
  ask "$1" "$2" ${ports.sentinel} SENTINEL GET-MASTER-ADDR-BY-NAME ${master} | sed -n '1{/^redis-/p;}'
}`.trim();

/**
 * Writes a node's configuration and settles its role: replica of the last elected master, or master itself if it was that.
 * The last election is the one with the highest epoch, among what the other Sentinels say and what the own one had
 * written down; Sentinels settle their differences by the same rule. Where nothing is known, the first pod is master.
 */
export const configureScript = (replicas: number): string =>
  `
umask 077
${ask}
${currentMaster}
consider() {
  case $1 in "" | *[!0-9]*) return ;; esac
  if [ -n "$2" ] && [ "$1" -gt "$epoch" ]; then epoch=$1 master=$2; fi
}
choose() {
  epoch=-1 master=$first answers=0
  if [ -s ${sentinelFile} ]; then
    consider "$(sed -n 's/^sentinel config-epoch ${master} //p' ${sentinelFile})" \\
      "$(sed -n 's/^sentinel monitor ${master} \\([^ ]*\\) .*/\\1/p' ${sentinelFile})"
  fi
  while read -r _ other _; do
    [ "$other" != "$host" ] || continue
    # In the middle of a failover this has the new epoch and still the old address, hence the second question.
    its_epoch=$(ask health "$other" ${ports.sentinel} SENTINEL MASTER ${master} | sed -n '/^config-epoch$/{n;p;}')
    [ -n "$its_epoch" ] || continue
    consider "$its_epoch" "$(current_master health "$other")"
    answers=$((answers + 1))
  done < ${paths.config}/nodes
}
read -r _ first _ < ${paths.config}/nodes
read -r _ host id <<NODE
$(grep "^$POD_NAME " ${paths.config}/nodes)
NODE
choose
# The master came back without its data. Replicas would copy the emptiness: first one of them is to be elected.
waited=0
while [ "$master" = "$host" ] && [ "$answers" -gt 0 ] && [ ! -d ${paths.data}/appendonlydir ] && [ "$waited" -lt 60 ]; do
  echo "master without data: waiting for a failover"
  sleep 5
  waited=$((waited + 5))
  choose
done
echo "master is $master, of epoch $epoch; $answers other Sentinels answered"

{
  cat ${paths.config}/redis.conf
  cat <<OWN
${redisNodeTemplate}
OWN
  if [ "$master" != "$host" ]; then echo "replicaof $master ${ports.redis}"; fi
} > ${redisFile}

mkdir -p ${sentinelFile.replace(/\/[^/]*$/, "")}
{
  cat <<OWN
${sentinelTemplate(replicas)}
OWN
  # A vote that was given must not be given again in the same epoch.
  if [ -s ${sentinelFile} ]; then grep -E '^sentinel (current-epoch|leader-epoch) ' ${sentinelFile} || true; fi
  if [ "$epoch" -ge 0 ]; then echo "sentinel config-epoch ${master} $epoch"; fi
  while read -r _ other other_id; do
    if [ "$other" != "$master" ]; then echo "sentinel known-replica ${master} $other ${ports.redis}"; fi
    if [ "$other" != "$host" ]; then echo "sentinel known-sentinel ${master} $other ${ports.sentinel} $other_id"; fi
  done < ${paths.config}/nodes
} > ${sentinelFile}.new
mv ${sentinelFile}.new ${sentinelFile}
`.trim();

/** Alive is what answers, be it that it still loads its data or cannot write its disk. */
export const livenessScript = (port: number): string =>
  `
${ask}
[ -n "$(ask health localhost ${port} PING)" ]
`.trim();

/** Ready is what takes requests: a master, or a replica whose link to the master is up. */
export const readinessScript = `
${ask}
[ "$(ask health localhost ${ports.redis} PING)" = PONG ]
case $(ask health localhost ${ports.redis} ROLE | tr '\\n' ' ') in
  master* | *" connected "*) ;;
  *) exit 1 ;;
esac
`.trim();

/**
 * Before a master stops, another takes over. Writes are held from before the election on, so that none is acknowledged
 * that the next master does not have; they fail when this process ends, and clients try again at the new master.
 */
export const handoverScript = `
${ask}
${currentMaster}
[ "$(ask health localhost ${ports.redis} ROLE | head -n 1)" = master ] || exit 0
read -r _ host _ <<NODE
$(grep "^$POD_NAME " ${paths.config}/nodes)
NODE
export REDISCLI_AUTH="$HANDOVER_PASSWORD"
ask handover localhost ${ports.redis} CLIENT PAUSE 30000 WRITE || true
# This pod's own Sentinel is being stopped too. One of the others is enough: two at once might choose differently.
chosen="" waited=0
while [ "$waited" -lt 20 ]; do
  while read -r _ other _; do
    [ "$other" != "$host" ] || continue
    now=$(current_master handover "$other")
    if [ -n "$now" ] && [ "$now" != "$host" ]; then exit 0; fi
    if [ -z "$chosen" ] && [ "$(ask handover "$other" ${ports.sentinel} SENTINEL FAILOVER ${master})" = OK ]; then
      chosen=$other
    fi
  done < ${paths.config}/nodes
  sleep 1
  waited=$((waited + 1))
done
`.trim();

/** Makes every server in NODES (`host:port`) read its ACL file until it has VERSION, which the kubelet may bring late. */
export const loadAclScript = `
${ask}
deadline=$(($(date +%s) + 600))
for node in $NODES; do
  until
    answer=$(ask provisioner "\${node%:*}" "\${node#*:}" ACL LOAD) && [ "$answer" = OK ] &&
      ask provisioner "\${node%:*}" "\${node#*:}" ACL USERS | grep -qxF "$VERSION"
  do
    if [ "$(date +%s)" -ge "$deadline" ]; then
      echo "$node does not have the users of $VERSION; its answer to ACL LOAD: \${answer:-none}"
      exit 1
    fi
    sleep 5
  done
  echo "$node has the users of $VERSION"
done
`.trim();
