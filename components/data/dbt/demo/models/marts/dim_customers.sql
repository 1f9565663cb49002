select
    customers.customer_id,
    customers.customer_name,
    customers.market_segment,
    nations.nation_name,
    nations.region_name,
    count(orders.order_id) as order_count,
    coalesce(sum(orders.net_amount), 0) as net_amount
from {{ ref('stg_customers') }} as customers
inner join {{ ref('stg_nations') }} as nations on customers.nation_id = nations.nation_id
left join {{ ref('fct_orders') }} as orders on customers.customer_id = orders.customer_id
group by 1, 2, 3, 4, 5
