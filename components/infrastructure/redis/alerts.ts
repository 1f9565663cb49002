import type { Alert } from "../../core/alerts";

const job = 'job="redis"';

/** @param servers a master and its replicas */
export const alerts = (servers: number): readonly Alert[] => [
  {
    name: "RedisDown",
    expr: 'redis_up{job=~"redis|redis-sentinel"} == 0',
    for: "2m",
    severity: servers > 1 ? "warning" : "critical",
    summary: "In {{ $labels.pod }}, {{ $labels.job }} does not answer the exporter beside it",
    cause: "The process hangs or reads its data, its certificate ended, or it does not know the user `exporter`.",
    check: "`kubectl get pod` shows which container is not ready; the log of `redis` or `sentinel`, and of `exporter`.",
    cure: "Delete a pod that hangs. Job `redis-acl` makes servers read their users again: `pulumi up --replace` of it.",
  },
  {
    name: "RedisMemoryHigh",
    expr: `redis_memory_used_bytes{${job}} / (redis_memory_max_bytes{${job}} > 0) > 0.9`,
    for: "10m",
    severity: "warning",
    summary:
      "{{ $labels.pod }} uses {{ $value | humanizePercentage }} of the memory that Redis may: soon it takes no writes",
    cause: "Queues that nobody works off, or keys without a time to live: those are never evicted.",
    check:
      "Is a queue growing because its workers are down? `redis-cli --bigkeys` as a user who may see the keys names the largest.",
    cure: "Bring the workers back, delete what nobody needs, or raise `memoryLimit` of `redis` in `datalyptica:sizes`.",
  },
  {
    name: "RedisConnectionsRejected",
    expr: `increase(redis_rejected_connections_total{${job}}[5m]) > 0`,
    severity: "warning",
    summary: "{{ $labels.pod }} turned {{ $value | humanize }} connections away within five minutes",
    cause: "It has as many clients as it takes (`maxclients`): one of them opens connections and does not close them.",
    check: "`redis_connected_clients` over the last days; which client was rolled out when it began to grow?",
    cure: "Restart that client; its connections go with it.",
  },
  {
    name: "RedisCannotSave",
    expr: `redis_rdb_last_bgsave_status{${job}} == 0 or redis_aof_last_write_status{${job}} == 0 or redis_aof_last_bgrewrite_status{${job}} == 0`,
    for: "5m",
    severity: "critical",
    summary: "{{ $labels.pod }} could not write its data to disk: a master refuses writes until it can",
    cause: "The volume is full or gives errors, or there was no memory for the copy that a fork makes.",
    check: "The log of container `redis` names the error; `df /data` in it.",
    cure: "Expand the volume or mend it; raise `memoryLimit` of `redis` in `datalyptica:sizes` when the fork failed.",
  },
  ...(servers > 1 ? clustered(servers) : []),
];

const clustered = (servers: number): readonly Alert[] => [
  {
    name: "RedisMasterMissing",
    expr: `(count(redis_instance_info{${job}, role="master"}) or vector(0)) != 1`,
    for: "1m",
    severity: "critical",
    summary: "Redis has {{ $value }} masters instead of one",
    cause:
      "None: too few Sentinels reach each other to elect one. Several: an old master was cut off, and what it still takes is lost.",
    check: "`SENTINEL MASTER mymaster` on each Sentinel: whom do they name, and with which flags?",
    cure: "Bring back pods until two Sentinels agree; they make the rest replicas. An old master that stays one: delete its pod.",
  },
  {
    name: "RedisReplicasMissing",
    expr: `max(redis_connected_slaves{${job}}) < ${servers - 1}`,
    for: "5m",
    severity: "warning",
    summary: `The master of Redis has {{ $value }} of ${servers - 1} replicas; without any it takes no writes`,
    cause: "A pod or its node is down, or a replica cannot log in or keeps copying anew.",
    check: "Which pod is not ready? Its log says what the master answered.",
    cure: "Bring it back; it copies what it lacks by itself.",
  },
  {
    name: "RedisWritesRefused",
    expr: `max(redis_connected_slaves{${job}}) == 0`,
    for: "1m",
    severity: "critical",
    summary: "No replica follows the master of Redis: it takes no writes",
    cause: "All other pods are down, or the master is cut off from them and another one is being elected.",
    check: "`kubectl get pods` of redis; whom do the Sentinels name as master?",
    cure: "Bring one of the other pods back: with it, writes go on.",
  },
  {
    name: "RedisSentinelWithoutQuorum",
    expr: 'max(redis_sentinel_master_ckquorum_status{job="redis-sentinel"}) == 0',
    for: "2m",
    severity: "critical",
    summary: "No Sentinel sees enough of the others: when the master fails, no other is elected",
    cause: "Most of the pods are down, or do not reach each other on port 26379.",
    check: "`SENTINEL CKQUORUM mymaster` on each Sentinel says how many it can use.",
    cure: "Bring pods back until two of three are there; `pulumi up` puts a NetworkPolicy right that somebody changed.",
  },
];
