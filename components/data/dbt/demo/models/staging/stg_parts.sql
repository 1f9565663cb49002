select
    partkey as part_id,
    name as part_name,
    brand,
    type as part_type
from {{ source('tpch', 'part') }}
