import { atLeast, below, metricsOf, type Panel, rate, type ServicePanels } from "../../core/panels";

const server = metricsOf("clickhouse");
const keeper = metricsOf("clickhouse-keeper");
const byPod = (metric: string) => `max by (pod) (${server(metric)})`;

const queries: Panel = {
  kind: "chart",
  title: "ClickHouse: queries",
  about: "Queries a second, on all replicas, and those that failed.",
  unit: "ops",
  series: {
    queries: rate(server("ClickHouseProfileEvents_Query")),
    failed: rate(server("ClickHouseProfileEvents_FailedQuery")),
  },
};

/**
 * @param servers of ClickHouse
 * @param keepers that coordinate them
 */
export const panels = (servers: number, keepers: number): ServicePanels => ({
  rows: [
    {
      title: "ClickHouse",
      panels: [
        {
          kind: "stat",
          title: "Replicas",
          about: `Servers that answer: all ${servers}. Any one of them reads and writes.`,
          steps: atLeast(servers),
          series: { Replicas: `sum(${server("up")})` },
        },
        {
          kind: "stat",
          title: "Keepers",
          about: `Members of Keeper that answer: all ${keepers}. Without a majority there are only reads.`,
          steps: atLeast(keepers),
          series: { Keepers: `sum(${keeper("up")})` },
        },
        {
          kind: "stat",
          title: "Read-only tables",
          about: "Tables that take no writes on some replica: it has lost Keeper, or Keeper has lost them.",
          steps: below(1),
          series: { Tables: `sum(${server("ClickHouseMetrics_ReadonlyReplica")})` },
        },
        {
          kind: "stat",
          title: "Parts of a partition",
          about: "Parts of the partition that has most. From 1000 on inserts are slowed down, from 3000 on refused.",
          steps: below(800, 1000),
          series: { Parts: `max(${server("ClickHouseAsyncMetrics_MaxPartCountForPartition")})` },
        },
        { ...queries, title: "Queries" },
        {
          kind: "chart",
          title: "Rows",
          about: "Rows a second that queries read, and that were inserted.",
          unit: "ops",
          series: {
            read: rate(server("ClickHouseProfileEvents_SelectedRows")),
            inserted: rate(server("ClickHouseProfileEvents_InsertedRows")),
          },
        },
        {
          kind: "chart",
          title: "Memory",
          about: "Memory that ClickHouse counts as its own. It ends queries before its container's limit is reached.",
          unit: "bytes",
          series: { "{{pod}}": byPod("ClickHouseMetrics_MemoryTracking") },
        },
        {
          kind: "chart",
          title: "Merges and mutations",
          about:
            "Work in the background: parts that become fewer, and rows that are changed. It should not stay at the top.",
          series: { "{{pod}}": byPod("ClickHouseMetrics_BackgroundMergesAndMutationsPoolTask") },
        },
        ...(servers > 1
          ? ([
              {
                kind: "chart",
                title: "Behind the others",
                about: "How far a replica is behind the others. `ClickHouseReplicaBehind` fires above five minutes.",
                unit: "s",
                steps: below(300),
                series: { "{{pod}}": byPod("ClickHouseAsyncMetrics_ReplicasMaxAbsoluteDelay") },
              },
            ] as const)
          : []),
        {
          kind: "chart",
          title: "Requests that wait for Keeper",
          about: "Requests that a member of Keeper has not answered yet. It should come back to zero.",
          series: { "{{pod}}": `max by (pod) (${keeper("ClickHouseMetrics_KeeperOutstandingRequests")})` },
        },
      ],
    },
  ],
  overview: { work: [queries] },
});
