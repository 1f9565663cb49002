import type { Unavailable } from "../standins";

/** Those that the sandbox does not run, by the exact name of their image. */
export const unavailable: Readonly<Record<string, Unavailable>> = {
  "docker.io/grafana/loki:3.7.6": {
    reason: "Loki is under the AGPL: its published image may be run, but no program of it is built here",
    instead:
      "every key of its configuration is compared, with its type, with the reference of 3.7.6; LogQL is parsed by Grafana's grammar, and alerts on logs are tried on lines",
  },
  "docker.io/grafana/alloy:v1.18.1": {
    reason: "a build of Alloy needs Loki's module, which is under the AGPL",
    instead:
      "its own parser reads its configuration, every block and argument is compared with the reference of 1.18.1, and its stages are acted out on lines of every service",
  },
  "docker.io/grafana/grafana:12.4.10": {
    reason: "Grafana is under the AGPL: its server is in no package registry that the sandbox builds from",
    instead:
      "dashboards by the schema of its version (@grafana/schema), every query of theirs by promtool and against the live Prometheus of the other services (scripts/panels.ts), settings against a list of those that Grafana has, the way of its login and its data sources by their wiring",
  },
  "registry.access.redhat.com/ubi9/python-312:9.7-1778000623": {
    reason: "a base of images that the cluster builds; the sandbox has stand-ins of these instead",
    instead: "what is installed on it is installed in the stand-in, from the same file with checksums",
  },
  "docker.io/library/clickhouse:26.3.20.7": {
    reason: "no package registry has ClickHouse's server or Keeper; Debian's is of 2018",
    instead:
      "the engine of the same line (chDB 26.3) reads the server's and the users' files, judges what each user may do, and parses every statement of the Jobs (`tests/unit/clickhouse*`); what it does not list, and all of Keeper's file, is checked against a table with sources; Keeper's majority by arithmetic. Not proven: TLS, replication, Keeper, that a backup can be restored",
  },
};
