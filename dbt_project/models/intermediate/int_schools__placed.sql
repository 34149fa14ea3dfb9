with

organizations as (

    select * from {{ ref('stg_o7__organizations') }}

),

org_types as (

    select * from {{ ref('org_types') }}

),

org_statuses as (

    select * from {{ ref('org_statuses') }}

),

placed as (

    select
        organizations.school_id,
        organizations.school_name,
        organizations.municipality_oktmo,
        organizations.org_type_code,
        organizations.org_status_code,
        organizations.founder_code,
        organizations.settlement_kind,
        -- State schools belong to the Ministry wherever they stand.
        case when organizations.founder_code = '2' then 'STATE' else organizations.municipality_oktmo end as unit_code,
        -- A school whose ownership is not stated is not known to be public.
        coalesce(
            not organizations.is_private
            and organizations.org_type_code in (select org_types.code from org_types),
            false
        ) as is_public_general,
        organizations.is_private is true as is_private,
        coalesce(org_statuses.is_functioning, false) as is_functioning

    from organizations

    left join org_statuses
        on organizations.org_status_code = org_statuses.code

)

select * from placed
