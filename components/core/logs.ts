import type { ServiceName } from "./catalogue";

/**
 * How the lines that a container writes are to be read. It is stated beside the container, and is the one source of what
 * the collector does with them. Patterns are RE2, and stand for a part of a line unless they begin with `^`.
 */
export interface LogsSpec {
  /** What the first line of an entry looks like; others belong to the entry before, as stack traces do. Default every line is one. */
  readonly entry?: string;
  /** Where the level stands. Default it is a field `level` or `severity`, or a usual word of the line, which Loki finds. */
  readonly level?: Level;
  /** Lines that are not kept: requests of probes, heartbeats. */
  readonly drop?: readonly string[];
  /** Whether lines have a terminal's colours in them. */
  readonly coloured?: boolean;
}

interface Level {
  /** With a group `level`. */
  readonly pattern: string;
  /** The product's words -> those of Loki. Others stay as they are. */
  readonly words: Readonly<Record<string, "debug" | "info" | "warn" | "error" | "fatal">>;
}

/** Every line is an entry, and its level a field of JSON or logfmt, or a usual word. */
export const plainLines: LogsSpec = {};
/** Entries that begin with a date, as those of Java, Python and PostgreSQL do; what follows them begins otherwise. */
export const datedEntries = { entry: String.raw`^\d{4}-\d{2}-\d{2}[ T]` } as const satisfies LogsSpec;

/** Lines of programs that log as Kubernetes' own do: the first letter, in front of the date, is the level. */
export const klogLines: LogsSpec = {
  level: {
    pattern: String.raw`^(?P<level>[IWEF])\d{4} `,
    words: { I: "info", W: "warn", E: "error", F: "fatal" },
  },
};

/** HAProxy's start and end, with the level in front; what it logs of servers has none. */
export const haproxyLines: LogsSpec = {
  level: {
    pattern: String.raw`^\[(?P<level>[A-Z]+)\] `,
    words: { NOTICE: "info", WARNING: "warn", ALERT: "error" },
  },
};

/** One service's containers that are read in the same way. */
export interface LogsGroup {
  readonly service: ServiceName;
  readonly containers: readonly string[];
  readonly spec: LogsSpec;
}

/** The record of what containers write, by service and container. It is filled while workloads are made. */
export class Logs {
  private readonly recorded = new Map<ServiceName, Map<string, LogsSpec>>();

  add(service: ServiceName, container: string, spec: LogsSpec): void {
    const containers = this.recorded.get(service) ?? new Map<string, LogsSpec>();
    const known = containers.get(container);
    // What reads them knows a container by its name only.
    if (known && JSON.stringify(known) !== JSON.stringify(spec)) {
      throw new Error(`logs of container ${container} of ${service} are declared in two ways`);
    }
    this.recorded.set(service, containers.set(container, spec));
  }

  /** In the order of services' names, so that the order of wiring changes nothing. */
  groups(): readonly LogsGroup[] {
    return [...this.recorded]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([service, containers]) => {
        const groups = new Map<string, LogsGroup>();
        for (const [container, spec] of [...containers].sort(([a], [b]) => (a < b ? -1 : 1))) {
          const key = JSON.stringify(spec);
          groups.set(key, { service, spec, containers: [...(groups.get(key)?.containers ?? []), container] });
        }
        return [...groups.values()];
      });
  }
}
