select
    orderkey as order_id,
    linenumber as line_number,
    partkey as part_id,
    suppkey as supplier_id,
    quantity,
    extendedprice as gross_amount,
    extendedprice * (1 - discount) as net_amount,
    shipdate as ship_date,
    returnflag = 'R' as is_returned
from {{ source('tpch', 'lineitem') }}
