import { type AlloyBlock, expressionOf } from "../../support/alloy";

/**
 * Blocks and arguments of Alloy v1.18.1, as far as the platform uses its components: from `docs/sources/reference` of
 * grafana/alloy, tag v1.18.1, by the page that each names.
 */

type Type = "string" | "number" | "bool" | "list" | "map";

interface BlockReference {
  /** Below `docs/sources/reference`; absent = the page of the block around it. */
  readonly page?: string;
  /** Argument -> type; with `!` it must be there. */
  readonly arguments?: Readonly<Record<string, Type | `${Type}!`>>;
  readonly blocks?: Readonly<Record<string, BlockReference>>;
  /** What other components may refer to. */
  readonly exports?: readonly string[];
}

const tlsConfig: BlockReference = {
  page: "../shared/reference/components/tls-config-block.md",
  arguments: {
    ...{ ca_pem: "string", ca_file: "string", cert_pem: "string", cert_file: "string", key_file: "string" },
    ...{ insecure_skip_verify: "bool", key_pem: "string", min_version: "string", server_name: "string" },
  },
};

const stages: Readonly<Record<string, BlockReference>> = {
  "stage.cri": {
    arguments: {
      max_partial_line_size_truncate: "bool",
      max_partial_line_size: "number",
      max_partial_lines: "number",
    },
  },
  "stage.decolorize": {},
  "stage.drop": {
    arguments: {
      ...{ drop_counter_reason: "string", expression: "string", longer_than: "string", older_than: "string" },
      ...{ separator: "string", source: "string", value: "string" },
    },
  },
  "stage.label_drop": { arguments: { values: "list" } },
  "stage.limit": {
    arguments: {
      ...{ burst: "number!", rate: "number!", by_label_name: "string", drop: "bool", max_distinct_labels: "number" },
    },
  },
  "stage.multiline": {
    arguments: { firstline: "string!", max_lines: "number", max_wait_time: "string", trim_newlines: "bool" },
  },
  "stage.regex": { arguments: { expression: "string!", source: "string", labels_from_groups: "bool" } },
  "stage.structured_metadata": { arguments: { values: "map", regex: "string" } },
  "stage.template": { arguments: { source: "string!", template: "string!" } },
};

export const alloyReference: Readonly<Record<string, BlockReference>> = {
  logging: {
    page: "config-blocks/logging.md",
    arguments: { level: "string", format: "string", destination: "string", write_to: "list" },
  },
  http: {
    page: "config-blocks/http.md",
    blocks: {
      tls: {
        arguments: {
          ...{ cert_file: "string", cert_pem: "string", key_file: "string", key_pem: "string", cipher_suites: "list" },
          ...{ client_auth_type: "string", client_ca_file: "string", client_ca_pem: "string" },
          ...{ curve_preferences: "list", max_version: "string", min_version: "string" },
        },
      },
    },
  },
  "discovery.kubernetes": {
    page: "components/discovery/discovery.kubernetes.md",
    arguments: {
      ...{ role: "string!", api_server: "string", bearer_token_file: "string", bearer_token: "string" },
      ...{ enable_http2: "bool", follow_redirects: "bool", http_headers: "map", kubeconfig_file: "string" },
      ...{ no_proxy: "string", proxy_connect_header: "map", proxy_from_environment: "bool", proxy_url: "string" },
    },
    blocks: {
      namespaces: { arguments: { names: "list", own_namespace: "bool" } },
      selectors: { arguments: { role: "string!", field: "string", label: "string" } },
      attach_metadata: { arguments: { node: "bool", namespace: "bool" } },
    },
    exports: ["targets"],
  },
  "discovery.relabel": {
    page: "components/discovery/discovery.relabel.md",
    arguments: { targets: "list!" },
    blocks: {
      rule: {
        page: "../shared/reference/components/rule-block.md",
        arguments: {
          ...{ action: "string", modulus: "number", regex: "string", replacement: "string", separator: "string" },
          ...{ source_labels: "list", target_label: "string" },
        },
      },
    },
    exports: ["output", "rules"],
  },
  "loki.source.kubernetes": {
    page: "components/loki/loki.source.kubernetes.md",
    arguments: { forward_to: "list!", targets: "list!" },
    blocks: { clustering: { arguments: { enabled: "bool!" } } },
  },
  "loki.source.file": {
    page: "components/loki/loki.source.file.md",
    arguments: {
      ...{ forward_to: "list!", targets: "list!", encoding: "string", legacy_positions_file: "string" },
      ...{ on_positions_file_error: "string", tail_from_end: "bool" },
    },
    blocks: {
      file_match: { arguments: { enabled: "bool", ignore_older_than: "string", sync_period: "string" } },
      file_watch: { arguments: { max_poll_frequency: "string", min_poll_frequency: "string" } },
    },
  },
  "loki.process": {
    page: "components/loki/loki.process.md",
    arguments: { forward_to: "list!" },
    blocks: {
      ...stages,
      "stage.match": {
        arguments: { selector: "string!", action: "string", drop_counter_reason: "string", pipeline_name: "string" },
        blocks: stages,
      },
    },
    exports: ["receiver"],
  },
  "loki.write": {
    page: "components/loki/loki.write.md",
    arguments: { external_labels: "map", max_streams: "number" },
    blocks: {
      endpoint: {
        arguments: {
          ...{ url: "string!", batch_size: "string", batch_wait: "string", bearer_token_file: "string" },
          ...{ bearer_token: "string", enable_http2: "bool", follow_redirects: "bool", http_headers: "map" },
          ...{ headers: "map", max_backoff_period: "string", max_backoff_retries: "number" },
          ...{ min_backoff_period: "string", name: "string", no_proxy: "string", proxy_connect_header: "map" },
          ...{ proxy_from_environment: "bool", proxy_url: "string", remote_timeout: "string" },
          ...{ retry_on_http_429: "bool", tenant_id: "string" },
        },
        blocks: { tls_config: tlsConfig },
      },
    },
    exports: ["receiver"],
  },
};

const typeOf = (value: unknown): Type =>
  Array.isArray(value)
    ? "list"
    : typeof value === "object"
      ? "map"
      : typeof value === "boolean"
        ? "bool"
        : (typeof value as Type);

/** What of a configuration its reference does not know, or misses. */
export function unknownToAlloy(
  blocks: readonly AlloyBlock[],
  known: Readonly<Record<string, BlockReference>> = alloyReference,
  around = "",
): string[] {
  return blocks.flatMap((block) => {
    const where = `${around}${block.name}`;
    const reference = known[block.name];
    if (!reference) return [`${where} is no block that is known there`];
    const named = reference.arguments ?? {};
    return [
      ...Object.entries(block.attributes).flatMap(([name, value]) => {
        const type = named[name]?.replace("!", "");
        if (!type) return [`${where} has no argument ${name}`];
        const wrong = expressionOf(value) === undefined && typeOf(value) !== type;
        return wrong ? [`${where}.${name} is a ${typeOf(value)} instead of a ${type}`] : [];
      }),
      ...Object.entries(named)
        .filter(([name, type]) => type.endsWith("!") && !(name in block.attributes))
        .map(([name]) => `${where} lacks ${name}`),
      ...unknownToAlloy(block.blocks, reference.blocks ?? {}, `${where} > `),
    ];
  });
}

/** References to what no component of the configuration exports. */
export function danglingIn(blocks: readonly AlloyBlock[]): string[] {
  const exported = new Set(
    blocks.flatMap(({ name, label }) =>
      (alloyReference[name]?.exports ?? []).map((field) => `${name}.${label}.${field}`),
    ),
  );
  return referencesIn(blocks).filter((reference) => !exported.has(reference));
}

/** Every `component.label.export` that a configuration names. */
export const referencesIn = (blocks: readonly AlloyBlock[]): string[] =>
  [...JSON.stringify(blocks).matchAll(/"expression":"((?:[a-z_]+\.){2,}[a-z_]+)"/g)].map(([, name = ""]) => name);
