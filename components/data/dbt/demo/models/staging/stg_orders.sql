select
    orderkey as order_id,
    custkey as customer_id,
    orderstatus as order_status,
    orderdate as order_date,
    orderpriority as order_priority
from {{ source('tpch', 'orders') }}
