import { jsonText } from "../../core/formats";
import { uuids } from "./config";

/**
 * The example: orders of TPC-H as Trino generates them, so that there is something to look at before there are data. In the
 * format of Superset's export (JSON is YAML, too), a file for each object; the slash of its name is `__` here.
 */

const version = "1.0.0";
const dataset = "5f0a4c52-6f0e-4d0c-9d0e-0d1a7c3b8b01";
export const dashboardSlug = "tpch-orders";

const sql = `
SELECT o.orderdate, o.orderpriority, o.totalprice, c.mktsegment AS segment, n.name AS nation, r.name AS region
FROM tpch.tiny.orders o
JOIN tpch.tiny.customer c ON c.custkey = o.custkey
JOIN tpch.tiny.nation n ON n.nationkey = c.nationkey
JOIN tpch.tiny.region r ON r.regionkey = n.regionkey
`.trim();

const columns = {
  orderdate: "DATE",
  orderpriority: "VARCHAR",
  totalprice: "DOUBLE",
  segment: "VARCHAR",
  nation: "VARCHAR",
  region: "VARCHAR",
};

interface Chart {
  readonly uuid: string;
  readonly name: string;
  readonly type: string;
  readonly about: string;
  readonly metrics: readonly string[];
  /** Columns that figures are for. */
  readonly by?: readonly string[];
  /** Along time, a figure a year. */
  readonly yearly?: true;
  /** What the type wants beside metrics and columns, in its own words. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Columns of twelve that it takes on the dashboard. */
  readonly width: number;
}

const uuid = (i: number) => `5f0a4c52-6f0e-4d0c-9d0e-0d1a7c3b8c0${i}`;

/** In rows of the dashboard. */
const charts: readonly (readonly Chart[])[] = [
  [
    {
      uuid: uuid(1),
      name: "Orders",
      type: "big_number_total",
      about: "All orders of TPC-H at its smallest scale.",
      metrics: ["orders"],
      params: { metric: "orders", header_font_size: 0.4, y_axis_format: ",d" },
      width: 3,
    },
    {
      uuid: uuid(2),
      name: "Revenue by year",
      type: "echarts_timeseries_bar",
      about: "Sum of the orders' prices.",
      metrics: ["revenue"],
      by: ["region"],
      yearly: true,
      params: {
        x_axis: "orderdate",
        time_grain_sqla: "P1Y",
        metrics: ["revenue"],
        groupby: ["region"],
        stack: "Stack",
        y_axis_format: "SMART_NUMBER",
      },
      width: 9,
    },
  ],
  [
    {
      uuid: uuid(3),
      name: "Revenue by segment",
      type: "pie",
      about: "Which customers the revenue comes from.",
      metrics: ["revenue"],
      by: ["segment"],
      params: { metric: "revenue", groupby: ["segment"], donut: true, show_legend: true, label_type: "key_percent" },
      width: 4,
    },
    {
      uuid: uuid(4),
      name: "Nations",
      type: "table",
      about: "Orders and revenue of each nation.",
      metrics: ["orders", "revenue"],
      by: ["region", "nation"],
      params: {
        query_mode: "aggregate",
        metrics: ["orders", "revenue"],
        groupby: ["region", "nation"],
        order_desc: true,
        server_pagination: false,
      },
      width: 8,
    },
  ],
];

const rowLimit = 1000;

function chartFile({ uuid, name, type, about, metrics, by = [], yearly, params }: Chart) {
  const form = { viz_type: type, adhoc_filters: [], row_limit: rowLimit, ...params };
  const axis = {
    columnType: "BASE_AXIS",
    expressionType: "SQL",
    label: "orderdate",
    sqlExpression: "orderdate",
    timeGrain: "P1Y",
  };
  return {
    version,
    uuid,
    slice_name: name,
    viz_type: type,
    description: about,
    dataset_uuid: dataset,
    params: form,
    // What the API runs; browsers make it anew of the parameters. Superset fills in the dataset's number.
    query_context: JSON.stringify({
      datasource: { id: 0, type: "table" },
      force: false,
      queries: [
        {
          columns: [...(yearly ? [axis] : []), ...by],
          metrics,
          filters: [],
          extras: { having: "", where: "" },
          orderby: yearly ? [] : [[metrics.at(-1), false]],
          row_limit: rowLimit,
          order_desc: true,
        },
      ],
      form_data: form,
      result_format: "json",
      result_type: "full",
    }),
  };
}

/** The dashboard's layout, as a tree by id. */
function position() {
  const rows = charts.map((row, i) => ({ id: `ROW-${i + 1}`, row }));
  const parents = ["ROOT_ID", "GRID_ID"];
  return {
    DASHBOARD_VERSION_KEY: "v2",
    ROOT_ID: { type: "ROOT", id: "ROOT_ID", children: ["GRID_ID"] },
    GRID_ID: { type: "GRID", id: "GRID_ID", children: rows.map(({ id }) => id), parents: ["ROOT_ID"] },
    HEADER_ID: { type: "HEADER", id: "HEADER_ID", meta: { text: title } },
    ...Object.fromEntries(
      rows.flatMap(({ id, row }) => [
        [
          id,
          {
            type: "ROW",
            id,
            children: row.map((chart) => `CHART-${chart.uuid}`),
            parents,
            meta: { background: "BACKGROUND_TRANSPARENT" },
          },
        ],
        ...row.map((chart) => [
          `CHART-${chart.uuid}`,
          {
            type: "CHART",
            id: `CHART-${chart.uuid}`,
            children: [],
            parents: [...parents, id],
            meta: { uuid: chart.uuid, chartId: 0, sliceName: chart.name, width: chart.width, height: 50 },
          },
        ]),
      ]),
    ),
  };
}

const title = "TPC-H orders";

/** ConfigMap keys -> texts. */
export const exampleFiles = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries({
      "metadata.yaml": { version, type: "Dashboard" },
      "datasets__orders.yaml": {
        version,
        uuid: dataset,
        database_uuid: uuids.trino,
        table_name: "tpch_orders",
        description: "Orders with customer, nation and region, of Trino's generated TPC-H data",
        sql,
        main_dttm_col: "orderdate",
        catalog: null,
        schema: null,
        params: null,
        template_params: null,
        filter_select_enabled: true,
        fetch_values_predicate: null,
        extra: null,
        columns: Object.entries(columns).map(([column_name, type]) => ({
          column_name,
          type,
          is_dttm: type === "DATE",
          is_active: true,
          groupby: true,
          filterable: true,
          expression: null,
        })),
        metrics: [
          { metric_name: "orders", verbose_name: "Orders", expression: "COUNT(*)", d3format: ",d" },
          { metric_name: "revenue", verbose_name: "Revenue", expression: "SUM(totalprice)", d3format: ",.0f" },
        ],
      },
      ...Object.fromEntries(charts.flat().map((chart, i) => [`charts__${i + 1}.yaml`, chartFile(chart)])),
      "dashboards__orders.yaml": {
        version,
        uuid: "5f0a4c52-6f0e-4d0c-9d0e-0d1a7c3b8d01",
        dashboard_title: title,
        slug: dashboardSlug,
        description: null,
        css: "",
        published: true,
        position: position(),
        metadata: {},
      },
    }).map(([name, content]) => [name, jsonText(content)]),
  );
