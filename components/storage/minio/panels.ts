import { atLeast, below, exactly, metricsOf, rate, type ServicePanels } from "../../core/panels";

/** Of the cluster any node answers; its requests each node counts itself. */
const cluster = metricsOf("minio");
const node = metricsOf("minio-node");
const latest = (metric: string) => `max(${cluster(metric)})`;
const free = `${latest("minio_cluster_capacity_usable_free_bytes")} / ${latest("minio_cluster_capacity_usable_total_bytes")}`;

/** @param nodes of the cluster; one has no peers to speak of */
export const panels = (nodes: number): ServicePanels => ({
  rows: [
    {
      title: "MinIO",
      panels: [
        {
          kind: "stat",
          title: "Cluster",
          about: "Whether enough drives are there to write. The figure is MinIO's own.",
          texts: { 0: "no quorum", 1: "healthy" },
          steps: atLeast(1),
          series: { Cluster: `min(${cluster("minio_cluster_health_status")})` },
        },
        {
          kind: "stat",
          title: "Room left",
          about:
            "Share of the usable capacity that is free; parity is already taken off. `MinioNearlyFull` fires below 15%.",
          unit: "percentunit",
          steps: ["red", [0.15, "orange"], [0.3, "green"]],
          series: { Free: free },
        },
        ...(nodes > 1
          ? ([
              {
                kind: "stat",
                title: "Nodes",
                about: `Nodes that answer each other: all ${nodes}.`,
                steps: exactly(nodes),
                series: { Nodes: latest("minio_cluster_nodes_online_total") },
              },
              {
                kind: "stat",
                title: "Drives offline",
                about: "EC:2 reads and writes on with one drive away, and reads with two.",
                steps: below(1, 2),
                series: { Drives: latest("minio_cluster_drive_offline_total") },
              },
            ] as const)
          : []),
        {
          kind: "chart",
          title: "Capacity",
          about: "Usable bytes, parity taken off: all, and what is still free.",
          unit: "bytes",
          series: {
            total: latest("minio_cluster_capacity_usable_total_bytes"),
            free: latest("minio_cluster_capacity_usable_free_bytes"),
          },
        },
        {
          kind: "chart",
          title: "Traffic",
          about: "Bytes of S3 requests and answers a second, over all nodes.",
          unit: "Bps",
          series: {
            received: rate(node("minio_s3_traffic_received_bytes")),
            sent: rate(node("minio_s3_traffic_sent_bytes")),
          },
        },
        {
          kind: "chart",
          title: "Requests",
          about: "S3 requests a second by what they ask for.",
          unit: "reqps",
          stacked: true,
          series: { "{{api}}": rate(node("minio_s3_requests_total"), "api") },
        },
        {
          kind: "chart",
          title: "Errors",
          about:
            "Requests a second that ended with an error. 5xx is MinIO's own fault; some 4xx are normal: clients ask whether something is there.",
          unit: "reqps",
          empty: "no error yet",
          series: {
            "4xx": rate(node("minio_s3_requests_4xx_errors_total")),
            "5xx": rate(node("minio_s3_requests_5xx_errors_total")),
          },
        },
      ],
    },
  ],
});
