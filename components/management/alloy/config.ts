import { authorityFile } from "../../core/certificates";
import type { LogsGroup, LogsSpec } from "../../core/logs";
import type { LogCollection } from "../../core/settings";
import type { LokiPush } from "../loki";
import { alloyText, type Block, block, expression } from "./syntax";

/** Alloy's configuration: which containers it reads, what it makes of their lines, and where it brings them. */

export const port = 12345;
export const configDirectory = "/etc/alloy";
export const configFile = `${configDirectory}/config.alloy`;
export const tlsDirectory = "/etc/tls";
/** Not where the image has it: only its own user may go there. */
export const dataDirectory = "/data";
/** Where the kubelet keeps what containers write: `<namespace>_<pod>_<uid>/<container>/<restart>.log`. */
export const podLogs = "/var/log/pods";
/** Variable with the name of the node that a pod runs on. */
export const nodeVariable = "K8S_NODE_NAME";

export interface Collected {
  readonly cluster: string;
  readonly namespaces: readonly string[];
  readonly collection: LogCollection;
  readonly groups: readonly LogsGroup[];
  readonly loki: LokiPush;
}

export const alloyConfig = (of: Collected): string =>
  alloyText([
    block("logging", { level: "info", format: "json" }),
    block("http", {}, [block("tls", { cert_file: `${tlsDirectory}/tls.crt`, key_file: `${tlsDirectory}/tls.key` })]),
    discovery(of.namespaces),
    labels(of.collection),
    source(of.collection),
    process(of),
    write(of),
  ]);

/** The pods of the node that this Alloy runs on: so each container is read once, and by the same one while it lives. */
const discovery = (namespaces: readonly string[]): Block =>
  block("discovery.kubernetes pods", { role: "pod" }, [
    block("namespaces", { names: [...namespaces] }),
    block("selectors", { role: "pod", field: expression(`"spec.nodeName=" + sys.env("${nodeVariable}")`) }),
  ]);

const meta = (name: string): string => `__meta_kubernetes_${name}`;
const appLabel = (name: string): string => meta(`pod_label_app_kubernetes_io_${name}`);

/** What entries are found by. The pod comes along beside them: as a label it would make a stream of each. */
function labels(collection: LogCollection): Block {
  const rule = (target: string, from: string): Block => block("rule", { source_labels: [from], target_label: target });
  const path = block("rule", {
    source_labels: [meta("pod_uid"), meta("pod_container_name")],
    separator: "/",
    replacement: `${podLogs}/*$1/*.log`,
    target_label: "__path__",
  });
  return block("discovery.relabel pods", { targets: expression("discovery.kubernetes.pods.targets") }, [
    rule("namespace", meta("namespace")),
    rule("pod", meta("pod_name")),
    rule("container", meta("pod_container_name")),
    rule("app", appLabel("name")),
    rule("component", appLabel("component")),
    ...(collection === "file" ? [path] : []),
  ]);
}

function source(collection: LogCollection): Block {
  const wired = {
    targets: expression("discovery.relabel.pods.output"),
    forward_to: [expression("loki.process.pods.receiver")],
  };
  return collection === "file"
    ? block("loki.source.file pods", wired, [block("file_match", { enabled: true })])
    : block("loki.source.kubernetes pods", wired);
}

/** Lines as they come are made into entries, one service after the other. */
const process = ({ collection, groups, loki }: Collected): Block =>
  block("loki.process pods", { forward_to: [expression("loki.write.loki.receiver")] }, [
    // The runtime's own format: time, stream, whether the line goes on.
    ...(collection === "file"
      ? [block("stage.cri", { max_partial_line_size: 262144, max_partial_line_size_truncate: true })]
      : []),
    // Loki would refuse them, and with them what comes in the same batch would count as lost.
    drop({ older_than: `${loki.oldest - 1}h` }, "too old"),
    ...groups.flatMap(reading),
    // A container that runs wild is cut off before it takes the others' room. All that a node has kept may come at once,
    // as it does after an update.
    block("stage.limit", { rate: 2000, burst: 300000, drop: true, by_label_name: "app" }),
    block("stage.structured_metadata", { values: { pod: "", ...(collection === "file" ? { stream: "" } : {}) } }),
    block("stage.label_drop", { values: ["instance", "job", "filename"] }),
  ]);

const drop = (attributes: Block["attributes"], reason: string): Block =>
  block("stage.drop", { ...attributes, drop_counter_reason: reason });

/** Lines that nobody asked to keep, by the reason that counts them. */
export const unwanted = "unwanted";

/** What is done to the lines of some containers, as they declare it; nothing for those whose lines are entries as they are. */
function reading({ service, containers, spec }: LogsGroup): readonly Block[] {
  const stages = stagesOf(spec);
  if (stages.length === 0) return [];
  return [block("stage.match", { selector: `{app="${service}", container=~"${containers.join("|")}"}` }, stages)];
}

const stagesOf = ({ coloured, entry, drop: dropped = [], level }: LogsSpec): readonly Block[] => [
  ...(coloured ? [block("stage.decolorize", {})] : []),
  ...(entry ? [block("stage.multiline", { firstline: entry, max_wait_time: "3s", max_lines: 500 })] : []),
  ...dropped.map((expression) => drop({ expression }, unwanted)),
  ...(level
    ? [
        block("stage.regex", { expression: level.pattern }),
        block("stage.template", { source: "level", template: translation(level.words) }),
        block("stage.structured_metadata", { values: { detected_level: "level" } }),
      ]
    : []),
];

/** Words that are not in the table stay as they are. */
const translation = (words: Readonly<Record<string, string>>): string => {
  const pairs = Object.entries(words).map((pair) => pair.map((word) => JSON.stringify(word)).join(" "));
  return `{{ default .Value (get (dict ${pairs.join(" ")}) .Value) }}`;
};

const write = ({ cluster, collection, loki }: Collected): Block =>
  block("loki.write loki", { external_labels: { cluster } }, [
    block(
      "endpoint",
      {
        url: loki.url,
        // About an hour, after which a batch is lost. From files, what is not brought yet can wait where it is.
        max_backoff_retries: collection === "file" ? 0 : 20,
        max_backoff_period: "5m",
      },
      [block("tls_config", { ca_file: authorityFile })],
    ),
  ]);
