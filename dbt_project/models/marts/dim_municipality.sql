with

municipalities as (

    select * from {{ ref('municipalities') }}

),

-- The schools of the Ministry are a fourteenth row beside the municipalities (domain §7.3).
units as (

    select
        municipalities.oktmo as unit_code,
        municipalities.name as unit_name,
        municipalities.oktmo_with_check,
        municipalities.kind,
        municipalities.sort_order

    from municipalities

    union all

    select
        'STATE' as unit_code,
        'Государственные организации, подведомственные Министерству' as unit_name,
        null as oktmo_with_check,
        'state' as kind,
        max(municipalities.sort_order) + 1 as sort_order

    from municipalities

)

select
    units.unit_code::text as unit_code,
    units.unit_name::text as unit_name,
    units.oktmo_with_check::text as oktmo_with_check,
    units.kind::text as kind,
    units.sort_order::int as sort_order

from units
