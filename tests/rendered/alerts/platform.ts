import { type Case, n, pods, rising, type Series } from "./series";

/** Alerts on Kubernetes' objects, and on those who watch. */

const container = '{namespace="s", pod="p", container="c"}';
const restarts = "kube_pod_container_status_restarts_total";
const claim = '{namespace="s", persistentvolumeclaim="data-p-0"}';
const volume = (available: string, capacity = n(100)): Series => ({
  [`kubelet_volume_stats_available_bytes${claim}`]: available,
  [`kubelet_volume_stats_capacity_bytes${claim}`]: capacity,
});
const job = (failed: number, active: number, succeeded: number): Series => ({
  'kube_job_status_failed{namespace="s", job_name="j", reason="BackoffLimitExceeded"}': n(failed),
  'kube_job_status_active{namespace="s", job_name="j"}': n(active),
  'kube_job_status_succeeded{namespace="s", job_name="j"}': n(succeeded),
});
const killed = (container: string, reason: string): Series => ({
  [`kube_pod_container_status_last_terminated_reason${container.replace("}", `, reason="${reason}"}`)}`]: n(1),
});

export const platform: Readonly<Record<string, Case>> = {
  Watchdog: { fires: [{ 'up{job="any"}': n(1) }], silent: [] },
  TargetDown: { fires: [{ 'up{job="any", instance="a"}': n(0) }], silent: [{ 'up{job="any", instance="a"}': n(1) }] },
  RouteDown: {
    fires: [{ 'probe_success{job="routes", instance="https://a"}': n(0) }],
    silent: [{ 'probe_success{job="routes", instance="https://a"}': n(1) }],
  },
  RouteCertificateEnds: {
    fires: [{ 'probe_ssl_earliest_cert_expiry{job="routes"}': n(20 * 86_400) }],
    silent: [{ 'probe_ssl_earliest_cert_expiry{job="routes"}': n(30 * 86_400) }],
  },
  InternalCertificateEnds: {
    start: "2030-12-20T00:00:00Z",
    silentStart: "2030-12-01T00:00:00Z",
    fires: [{ 'up{job="any"}': n(1) }],
    silent: [{ 'up{job="any"}': n(1) }],
  },
  StatefulSetReplicasMissing: {
    fires: [
      {
        'kube_statefulset_status_replicas_ready{namespace="s", statefulset="a"}': n(2),
        'kube_statefulset_replicas{namespace="s", statefulset="a"}': n(3),
      },
    ],
    silent: [
      {
        'kube_statefulset_status_replicas_ready{namespace="s", statefulset="a"}': n(3),
        'kube_statefulset_replicas{namespace="s", statefulset="a"}': n(3),
      },
    ],
  },
  DaemonSetPodsMissing: {
    fires: [
      {
        'kube_daemonset_status_number_available{namespace="s", daemonset="a"}': n(7),
        'kube_daemonset_status_desired_number_scheduled{namespace="s", daemonset="a"}': n(8),
      },
    ],
    silent: [
      {
        'kube_daemonset_status_number_available{namespace="s", daemonset="a"}': n(8),
        'kube_daemonset_status_desired_number_scheduled{namespace="s", daemonset="a"}': n(8),
      },
    ],
  },
  DeploymentReplicasMissing: {
    fires: [
      {
        'kube_deployment_status_replicas_available{namespace="s", deployment="a"}': n(0),
        'kube_deployment_spec_replicas{namespace="s", deployment="a"}': n(1),
      },
    ],
    silent: [
      {
        'kube_deployment_status_replicas_available{namespace="s", deployment="a"}': n(1),
        'kube_deployment_spec_replicas{namespace="s", deployment="a"}': n(1),
      },
    ],
  },
  PodCrashLooping: {
    // It runs for a moment between two ends.
    fires: [
      { 'kube_pod_container_status_waiting_reason{pod="p", reason="CrashLoopBackOff"}': "1 1 _ 1 1 1 _x1 1x200" },
    ],
    silent: [{ 'kube_pod_container_status_waiting_reason{pod="p", reason="ContainerCreating"}': n(1) }],
  },
  PodNotScheduled: {
    fires: [{ 'kube_pod_status_phase{namespace="s", pod="p", phase="Pending"}': n(1) }],
    silent: [{ 'kube_pod_status_phase{namespace="s", pod="p", phase="Pending"}': n(0) }],
  },
  ContainerOutOfMemory: {
    fires: [{ [restarts + container]: "0x115 1x200", ...killed(container, "OOMKilled") }],
    silent: [
      { [restarts + container]: "0x115 1x200", ...killed(container, "Error") },
      { [restarts + container]: n(1), ...killed(container, "OOMKilled") },
    ],
  },
  JobFailed: { fires: [job(6, 0, 0)], silent: [job(1, 1, 0), job(1, 0, 1)] },
  JvmHeapHigh: {
    fires: [
      {
        'jvm_memory_used_bytes{namespace="s", job="j", pod="p", area="heap"}': n(95),
        'jvm_memory_max_bytes{namespace="s", job="j", pod="p", area="heap"}': n(100),
      },
    ],
    // A pool without maximum says -1.
    silent: [
      {
        'jvm_memory_used_bytes{namespace="s", job="j", pod="p", area="heap", id="old"}': n(50),
        'jvm_memory_max_bytes{namespace="s", job="j", pod="p", area="heap", id="old"}': n(100),
        'jvm_memory_max_bytes{namespace="s", job="j", pod="p", area="heap", id="eden"}': n(-1),
      },
    ],
  },
  VolumeFillingUp: { fires: [volume(n(10))], silent: [volume(n(20))] },
  VolumeNearlyFull: { fires: [volume(n(4))], silent: [volume(n(10))] },
  VolumeFullInFourDays: {
    at: "5h",
    fires: [volume("39-0.01x400")],
    silent: [volume("39x400"), volume("90-0.01x400")],
  },
  VolumeInodesLow: {
    fires: [{ [`kubelet_volume_stats_inodes_free${claim}`]: n(5), [`kubelet_volume_stats_inodes${claim}`]: n(100) }],
    // Some file systems have no number of them.
    silent: [
      { [`kubelet_volume_stats_inodes_free${claim}`]: n(50), [`kubelet_volume_stats_inodes${claim}`]: n(100) },
      { [`kubelet_volume_stats_inodes_free${claim}`]: n(0), [`kubelet_volume_stats_inodes${claim}`]: n(0) },
    ],
  },
  VolumeMetricsMissing: { fires: [{ 'up{job="any"}': n(1) }], silent: [volume(n(50))] },
  ContainerMemoryNearLimit: {
    fires: [
      {
        [`container_memory_working_set_bytes${container}`]: n(95),
        [`kube_pod_container_resource_limits${container.replace("}", ', resource="memory"}')}`]: n(100),
      },
    ],
    silent: [
      {
        [`container_memory_working_set_bytes${container}`]: n(80),
        [`kube_pod_container_resource_limits${container.replace("}", ', resource="memory"}')}`]: n(100),
      },
    ],
  },
};

const thanos = '{job="thanos", namespace="s", pod="prometheus-0", component="server"}';
const uploads = (uploaded: number, started: number): Series => ({
  [`thanos_objstore_bucket_last_successful_upload_time${thanos}`]: n(uploaded),
  [`process_start_time_seconds${thanos}`]: n(started),
  [`up${thanos}`]: n(1),
});

export const prometheus: Readonly<Record<string, Case>> = {
  PrometheusConfigurationRefused: {
    fires: [pods("prometheus_config_last_reload_successful", "prometheus", [0])],
    silent: [pods("prometheus_config_last_reload_successful", "prometheus", [1])],
  },
  PrometheusRulesFail: {
    fires: [{ 'prometheus_rule_evaluation_failures_total{job="prometheus"}': rising(0.1) }],
    silent: [{ 'prometheus_rule_evaluation_failures_total{job="prometheus"}': n(7) }],
  },
  PrometheusCannotAlert: {
    fires: [
      {
        'prometheus_notifications_errors_total{job="prometheus", alertmanager="a"}': rising(0.2),
        'prometheus_notifications_sent_total{job="prometheus", alertmanager="a"}': rising(1),
      },
    ],
    silent: [
      {
        'prometheus_notifications_errors_total{job="prometheus", alertmanager="a"}': rising(0.05),
        'prometheus_notifications_sent_total{job="prometheus", alertmanager="a"}': rising(1),
      },
    ],
  },
  PrometheusSamplesDropped: {
    fires: [{ 'prometheus_target_scrapes_exceeded_sample_limit_total{job="prometheus"}': rising(0.1) }],
    silent: [{ 'prometheus_target_scrapes_exceeded_sample_limit_total{job="prometheus"}': n(3) }],
  },
  ThanosSidecarCannotAskPrometheus: {
    fires: [{ [`thanos_sidecar_prometheus_up${thanos}`]: n(0) }],
    silent: [{ [`thanos_sidecar_prometheus_up${thanos}`]: n(1) }],
  },
  ThanosUploadStale: {
    at: "6h",
    fires: [uploads(1000, 0), uploads(0, 0)],
    // Just started, or brought something an hour ago.
    silent: [uploads(0, 5 * 3600), uploads(5 * 3600, 0)],
  },
  ThanosCompactorHalted: {
    fires: [{ 'thanos_compact_halted{job="thanos"}': n(1) }],
    silent: [{ 'thanos_compact_halted{job="thanos"}': n(0) }],
  },
};
