with

schools as (

    select * from {{ ref('int_schools__placed') }}

),

succeeded as (

    select * from {{ ref('int_schools__succeeded') }}

)

select
    schools.school_id,
    schools.school_name,
    schools.unit_code,
    schools.municipality_oktmo,
    schools.org_type_code,
    schools.org_status_code,
    schools.founder_code,
    schools.settlement_kind,
    schools.is_public_general,
    schools.is_functioning,
    succeeded.successor_id

from schools

left join succeeded
    on schools.school_id = succeeded.school_id
