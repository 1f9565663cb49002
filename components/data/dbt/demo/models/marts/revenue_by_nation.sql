select
    region_name,
    nation_name,
    count(*) as customer_count,
    sum(order_count) as order_count,
    sum(net_amount) as net_amount
from {{ ref('dim_customers') }}
group by 1, 2
