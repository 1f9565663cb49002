import type { Alert } from "../../core/alerts";

/** @param nodes of the cluster */
export const alerts = (nodes: number): readonly Alert[] => [
  {
    name: "MinioUnhealthy",
    expr: 'min(minio_cluster_health_status{job="minio"}) == 0',
    for: "1m",
    severity: "critical",
    summary: "MinIO cannot write: too few drives are there",
    cause: "More nodes or drives are down than the erasure code allows (one, for writes).",
    check: "`kubectl get pods` in the storage namespace; `mc admin info` names nodes and drives.",
    cure: "Bring nodes and volumes back; MinIO goes on at once.",
  },
  {
    name: "MinioNearlyFull",
    expr: 'max(minio_cluster_capacity_usable_free_bytes{job="minio"}) / max(minio_cluster_capacity_usable_total_bytes{job="minio"}) < 0.15',
    for: "10m",
    severity: "warning",
    summary: "MinIO has {{ $value | humanizePercentage }} of its room left",
    cause: "More data than it was made for; old snapshots of tables or old backups that nobody removes.",
    check: "`mc du` per bucket.",
    cure: "Remove what is not needed, or raise `disk` of minio in `datalyptica:sizes` where the storage class can expand volumes.",
  },
  {
    name: "MinioErrors",
    expr: 'sum(rate(minio_s3_requests_5xx_errors_total{job="minio-node"}[5m])) > 1',
    for: "10m",
    severity: "warning",
    summary: "MinIO answers {{ $value | humanize }} requests a second with an error of its own",
    cause: "Drives that time out, too many requests at once, or nodes that do not reach each other.",
    check: "The log of the pods `minio-N`.",
    cure: "Mend the drive or node it names; more CPU in `datalyptica:sizes` when it is load.",
  },
  ...(nodes > 1
    ? ([
        {
          name: "MinioDriveOffline",
          expr: 'max(minio_cluster_drive_offline_total{job="minio"}) > 0 or max(minio_cluster_nodes_offline_total{job="minio"}) > 0',
          for: "5m",
          severity: "critical",
          summary: "MinIO misses {{ $value }} drives or nodes: the next loss stops writes",
          cause: "A pod or node is down, or a volume gives errors.",
          check: "`mc admin info` names it; the events and log of its pod say why.",
          cure: "Bring it back; MinIO heals by itself. A volume that is lost is replaced by deleting its claim and pod.",
        },
      ] satisfies Alert[])
    : []),
];
