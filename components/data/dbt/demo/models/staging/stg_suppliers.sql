select
    suppkey as supplier_id,
    name as supplier_name,
    nationkey as nation_id
from {{ source('tpch', 'supplier') }}
