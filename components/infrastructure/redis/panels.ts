import { below, exactly, metricsOf, type Panel, rate, type ServicePanels } from "../../core/panels";

const redis = metricsOf("redis");
const sentinel = metricsOf("redis-sentinel");

/** @param servers of them */
export const panels = (servers: number): ServicePanels => ({
  rows: [
    {
      title: "Redis",
      panels: [
        {
          kind: "stat",
          title: "Masters",
          about: "Servers that take writes: exactly one. For some seconds of a failover there is none.",
          steps: exactly(1),
          series: { Masters: `count(${redis("redis_instance_info", 'role="master"')})` },
        },
        ...(servers > 1 ? replication(servers) : []),
        {
          kind: "stat",
          title: "Not saved",
          about: "Servers whose last write to disk failed: after a restart they would have less.",
          steps: below(1),
          series: { Servers: `count(${redis("redis_aof_last_write_status")} == 0) or vector(0)` },
        },
        {
          kind: "chart",
          title: "Memory used",
          about: "Share of the memory that data may have. Full, writes are refused, or keys that may go are evicted.",
          unit: "percentunit",
          max: 1,
          steps: below(0.9),
          series: { "{{pod}}": `${redis("redis_memory_used_bytes")} / (${redis("redis_memory_max_bytes")} > 0)` },
        },
        {
          kind: "chart",
          title: "Commands",
          about: "Commands a second, those of replication and checks included.",
          unit: "ops",
          series: { "{{pod}}": rate(redis("redis_commands_processed_total"), "pod") },
        },
        {
          kind: "chart",
          title: "Connections",
          about: "Clients that are connected, replicas not counted.",
          series: { "{{pod}}": redis("redis_connected_clients") },
        },
        {
          kind: "chart",
          title: "Keys found",
          about: "Share of reads that found their key. Low where a cache is too small, or its keys end too early.",
          unit: "percentunit",
          max: 1,
          series: {
            "{{pod}}": `${rate(redis("redis_keyspace_hits_total"), "pod")} / (${rate(redis("redis_keyspace_hits_total"), "pod")} + ${rate(redis("redis_keyspace_misses_total"), "pod")} > 0)`,
          },
          empty: "Nothing was read",
        },
      ],
    },
  ],
});

const replication = (servers: number): readonly Panel[] => [
  {
    kind: "stat",
    title: "Replicas",
    about: `Servers that follow the master: all ${servers - 1} others.`,
    steps: exactly(servers - 1),
    series: { Replicas: `max(${redis("redis_connected_slaves")})` },
  },
  {
    kind: "stat",
    title: "Quorum",
    about: "Whether enough Sentinels see each other to choose another master.",
    texts: { 0: "no", 1: "yes" },
    steps: ["red", [1, "green"]],
    series: { Quorum: `max(${sentinel("redis_sentinel_master_ckquorum_status")})` },
  },
];
