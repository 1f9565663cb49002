import * as path from "node:path";
import { defaultDashboard } from "@grafana/schema";
import * as ts from "typescript";
import type { DashboardModel, PanelModel } from "../../scripts/lib/dashboards/queries";
import { root } from "../../scripts/lib/render";

/**
 * Grafana publishes the schema of its dashboards as types, `@grafana/schema` at the version of the image. A dashboard is
 * checked by compiling it as a literal of these types, which refuses unknown fields and values.
 */

const plugin = (folder: string, name: string) =>
  `@grafana/schema/dist/esm/raw/composable/${folder}/panelcfg/x/${name}PanelCfg_types.gen`;

/** Kind of panel -> the module with its options, and whether it has fields of its own. */
const plugins: Readonly<Record<string, { readonly module: string; readonly fields: boolean }>> = {
  timeseries: { module: plugin("timeseries", "TimeSeries"), fields: true },
  stat: { module: plugin("stat", "Stat"), fields: false },
  table: { module: plugin("table", "Table"), fields: true },
  bargauge: { module: plugin("bargauge", "BarGauge"), fields: false },
  logs: { module: plugin("logs", "Logs"), fields: false },
};

/** Values of enumerations stand in JSON as they are. Queries are those of the Prometheus and Loki plugins, which publish no types. */
const types = `
import type { Dashboard, DataQuery, FieldConfig, Panel, RowPanel } from "@grafana/schema";
type Plain<T> = T extends string ? \`\${T}\` : T extends readonly (infer E)[] ? Plain<E>[] : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
interface Query extends DataQuery {
  expr: string; legendFormat?: string; instant?: boolean; range?: boolean; format?: "time_series" | "table"; interval?: string;
}
interface PanelOf<Options, Fields> extends Omit<Panel, "options" | "fieldConfig" | "targets"> {
  options?: Partial<Options>;
  fieldConfig?: { defaults: Omit<FieldConfig, "custom"> & { custom?: Partial<Fields> }; overrides: never[] };
  targets?: Query[];
}
${Object.entries(plugins)
  .map(
    ([type, { module, fields }]) =>
      `type ${type} = Plain<PanelOf<import("${module}").Options, ${fields ? `import("${module}").FieldConfig` : "never"}>>;`,
  )
  .join("\n")}
type row = Plain<RowPanel>;
type dashboard = Plain<Omit<Dashboard, "panels">>;
`;

/** What is wrong with dashboards, each problem naming its dashboard. */
export function schemaProblems(dashboards: readonly DashboardModel[]): readonly string[] {
  const version = dashboards
    .filter(({ schemaVersion }) => schemaVersion !== defaultDashboard.schemaVersion)
    .map(
      ({ uid, schemaVersion }) => `${uid}: schemaVersion ${schemaVersion} instead of ${defaultDashboard.schemaVersion}`,
    );
  const unknown = dashboards.flatMap(({ uid, panels }) =>
    panels.flatMap(({ type, title }) =>
      type === "row" || type in plugins ? [] : [`${uid}: ${title}: panels of type ${type} are not known here`],
    ),
  );
  return [...version, ...unknown, ...(unknown.length > 0 ? [] : compiled(dashboards))];
}

function compiled(dashboards: readonly DashboardModel[]): readonly string[] {
  const literals = dashboards.flatMap(({ panels, ...dashboard }) => [
    [`dashboard`, dashboard.uid, dashboard] as const,
    ...panels.map((panel: PanelModel) => [panel.type, `${dashboard.uid}: ${panel.title}`, panel] as const),
  ]);
  // One a line, so that a problem's line tells whose it is.
  const head = types.split("\n").length;
  const text = `${types}\n${literals.map(([type, , value], i) => `export const _${i}: ${type} = ${JSON.stringify(value)};`).join("\n")}\n`;
  const file = path.join(root, "tests", "rendered", "dashboards.literals.ts");
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.Node16,
    moduleResolution: ts.ModuleResolutionKind.Node16,
    target: ts.ScriptTarget.ES2022,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, getSourceFile } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.getSourceFile = (name, language, ...more) =>
    name === file ? ts.createSourceFile(name, text, language) : getSourceFile(name, language, ...more);
  const program = ts.createProgram([file], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ start = 0, messageText, file: of }) => {
    const line = of?.getLineAndCharacterOfPosition(start).line ?? 0;
    return `${literals[line - head]?.[1] ?? `line ${line}`}: ${ts.flattenDiagnosticMessageText(messageText, "; ")}`;
  });
}
