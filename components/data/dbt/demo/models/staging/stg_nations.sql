select
    nation.nationkey as nation_id,
    nation.name as nation_name,
    region.name as region_name
from {{ source('tpch', 'nation') }} as nation
inner join {{ source('tpch', 'region') }} as region on nation.regionkey = region.regionkey
