/**
 * Elements of ClickHouse's and Keeper's files that `system.server_settings` does not list, and where they are read or told of.
 * `*` stands for a name of the platform's own. Sources are of ClickHouse/ClickHouse as stored in 2026, and of its documentation.
 */

const network = "docs: operations/server-configuration-parameters/settings; docs/guides/sre/tls/configuring-tls.md";
const cluster = "src/Interpreters/Cluster.cpp; docs: engines/table-engines/special/distributed";
const keeper = "src/Coordination/KeeperContext.cpp, KeeperConfigurationAndSettings; docs/guides/sre/keeper";
const coordination = "src/Coordination/CoordinationSettings.cpp";
const raft = "src/Coordination/KeeperStateManager.cpp; docs/guides/sre/tls/configuring-tls.md";
const log = "src/Interpreters/SystemLog.cpp; docs: operations/system-tables";
const prometheus = "src/Server/PrometheusRequestHandlerFactory.cpp; docs: interfaces/prometheus";

export const serverElements: Readonly<Record<string, string>> = {
  listen_host: network,
  https_port: network,
  tcp_port_secure: network,
  "interserver_http_credentials.user": network,
  "interserver_http_credentials.password": network,
  "macros.cluster": "docs: engines/table-engines/mergetree-family/replication",
  "macros.shard": "docs: engines/table-engines/mergetree-family/replication",
  "macros.replica": "docs: engines/table-engines/mergetree-family/replication",
  "remote_servers.*.secret": cluster,
  "remote_servers.*.shard.internal_replication": cluster,
  "remote_servers.*.shard.replica.host": cluster,
  "remote_servers.*.shard.replica.port": cluster,
  "remote_servers.*.shard.replica.secure": cluster,
  "zookeeper.node.host": "src/Common/ZooKeeper/ZooKeeperArgs.cpp",
  "zookeeper.node.port": "src/Common/ZooKeeper/ZooKeeperArgs.cpp",
  "zookeeper.node.secure": "src/Common/ZooKeeper/ZooKeeperArgs.cpp",
  "zookeeper.identity": "src/Common/ZooKeeper/ZooKeeperArgs.cpp; ClickHouse/clickhouse-operator base.yaml.tmpl",
  "user_directories.users_xml.path": "src/Access/AccessControl.cpp",
  "user_directories.replicated.zookeeper_path": "src/Access/AccessControl.cpp",
  "access_control_improvements.select_from_system_db_requires_grant": "src/Access/AccessControl.cpp",
  user_defined_zookeeper_path: "src/Functions/UserDefined/createUserDefinedSQLObjectsStorage.cpp",
  default_profile: "src/Interpreters/Context.cpp",
  "kafka.ssl_ca_location":
    "src/Storages/Kafka/KafkaConfigLoader.cpp: underscores become the points of librdkafka's names",
  ...Object.fromEntries(
    ["query_log", "part_log"].flatMap((table) =>
      ["database", "table", "partition_by", "ttl", "flush_interval_milliseconds"].map((key) => [
        `${table}.${key}`,
        log,
      ]),
    ),
  ),
  "prometheus.endpoint": prometheus,
  "prometheus.port": prometheus,
  "prometheus.metrics": prometheus,
  "prometheus.events": prometheus,
  "prometheus.asynchronous_metrics": prometheus,
  "prometheus.errors": prometheus,
};

/** Of Keeper's file all is here: its program is not in the engine. */
export const keeperElements: Readonly<Record<string, string>> = {
  "logger.level": "src/Loggers/Loggers.cpp",
  "logger.console": "src/Loggers/Loggers.cpp",
  "logger.formatting.type": "src/Loggers/OwnJSONPatternFormatter.cpp",
  listen_host: "programs/keeper/Keeper.cpp",
  ...Object.fromEntries(
    ["server", "client"].flatMap((side) =>
      [
        ...["certificateFile", "privateKeyFile", "verificationMode", "cacheSessions", "disableProtocols"],
        ...["preferServerCiphers", "caConfig", "loadDefaultCAFile", "invalidCertificateHandler.name"],
      ].map((key) => [
        `openSSL.${side}.${key}`,
        "src/Coordination/KeeperServer.cpp: getSslContextProvider; Poco's SSLManager",
      ]),
    ),
  ),
  "keeper_server.tcp_port_secure": "programs/keeper/Keeper.cpp",
  "keeper_server.server_id": keeper,
  "keeper_server.storage_path": "programs/keeper/Keeper.cpp: getKeeperPath",
  "keeper_server.log_storage_path": keeper,
  "keeper_server.snapshot_storage_path": keeper,
  "keeper_server.http_control.port": "docs/guides/sre/keeper/03_reference.md",
  "keeper_server.http_control.readiness.endpoint": "docs/guides/sre/keeper/03_reference.md",
  "keeper_server.four_letter_word_white_list": "docs/guides/sre/keeper/03_reference.md",
  "keeper_server.coordination_settings.operation_timeout_ms": coordination,
  "keeper_server.coordination_settings.session_timeout_ms": coordination,
  "keeper_server.coordination_settings.raft_logs_level": coordination,
  "keeper_server.coordination_settings.latest_logs_cache_size_threshold": coordination,
  "keeper_server.coordination_settings.commit_logs_cache_size_threshold": coordination,
  "keeper_server.raft_configuration.secure": raft,
  "keeper_server.raft_configuration.server.id": raft,
  "keeper_server.raft_configuration.server.hostname": raft,
  "keeper_server.raft_configuration.server.port": raft,
  "prometheus.endpoint": prometheus,
  "prometheus.port": prometheus,
  "prometheus.metrics": prometheus,
  "prometheus.events": prometheus,
  "prometheus.asynchronous_metrics": prometheus,
};
