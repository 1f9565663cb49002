"""The platform's demonstration: orders are loaded into the lakehouse, checked, and only then used.

Run it as it is, and all is well. Run it with `{"bad_rows": 3}`, and it stops at the check: what comes after never sees them.
"""

from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.sdk import DAG, Param, Variable
from platform_jobs import PlatformJob

# As Great Expectations' demonstration expects it.
orders = "iceberg.data_quality_demo.orders"
days = "iceberg.airflow_demo.orders_by_day"
validation = "great-expectations-demo"
models = "dbt-demo"
jobs = Variable.get("platform_jobs", deserialize_json=True)

with DAG(
    dag_id="platform_demo",
    schedule=None,
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    params={"bad_rows": Param(0, type="integer", minimum=0, maximum=1000, description="Orders without a customer and with a negative price")},
    tags=["datalyptica"],
    doc_md=__doc__,
) as dag:
    load = SQLExecuteQueryOperator(
        task_id="load",
        conn_id="trino_default",
        sql=[
            f"CREATE SCHEMA IF NOT EXISTS {orders.rpartition('.')[0]}",
            f"CREATE TABLE IF NOT EXISTS {orders} (order_id bigint, customer_id bigint, status varchar, amount double, order_date date)",
            f"DELETE FROM {orders}",
            f"INSERT INTO {orders} SELECT orderkey, custkey, orderstatus, totalprice, orderdate FROM tpch.tiny.orders",
            f"INSERT INTO {orders} SELECT -n, NULL, 'X', -1e0, NULL FROM UNNEST(sequence(1, 1000)) AS t (n)"
            " WHERE n <= {{ params.bad_rows | int }}",
        ],
        split_statements=False,
        autocommit=True,
        show_return_value_in_logs=False,
        do_xcom_push=False,
    )
    publish = SQLExecuteQueryOperator(
        task_id="publish",
        conn_id="trino_default",
        sql=[
            f"CREATE SCHEMA IF NOT EXISTS {days.rpartition('.')[0]}",
            f"CREATE TABLE IF NOT EXISTS {days} (order_date date, orders bigint, revenue double)",
            f"DELETE FROM {days}",
            f"INSERT INTO {days} SELECT order_date, count(*), sum(amount) FROM {orders} GROUP BY order_date",
        ],
        split_statements=False,
        autocommit=True,
        show_return_value_in_logs=False,
        do_xcom_push=False,
    )
    last = load
    for task_id, job in [("validate", validation), ("models", models)]:
        if job in jobs:
            last = last >> PlatformJob(task_id=task_id, job=job)
    last >> publish
