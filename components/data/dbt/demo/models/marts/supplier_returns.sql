select
    suppliers.supplier_id,
    suppliers.supplier_name,
    nations.nation_name,
    count(distinct parts.brand) as brand_count,
    count(*) as line_count,
    count_if(lines.is_returned) as returned_count
from {{ ref('stg_order_lines') }} as lines
inner join {{ ref('stg_suppliers') }} as suppliers on lines.supplier_id = suppliers.supplier_id
inner join {{ ref('stg_nations') }} as nations on suppliers.nation_id = nations.nation_id
inner join {{ ref('stg_parts') }} as parts on lines.part_id = parts.part_id
group by 1, 2, 3
