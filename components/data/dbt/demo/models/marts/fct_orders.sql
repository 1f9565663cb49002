{{ config(materialized='incremental', unique_key='order_id', incremental_strategy='merge') }}

with lines as (
    select
        order_id,
        count(*) as line_count,
        sum(net_amount) as net_amount
    from {{ ref('stg_order_lines') }}
    group by order_id
)

select
    orders.order_id,
    orders.customer_id,
    orders.order_status,
    orders.order_date,
    lines.line_count,
    lines.net_amount
from {{ ref('stg_orders') }} as orders
inner join lines on orders.order_id = lines.order_id
{% if is_incremental() %}
-- Orders of the last week may have changed since.
where orders.order_date > (select max(order_date) - interval '7' day from {{ this }})
{% endif %}
