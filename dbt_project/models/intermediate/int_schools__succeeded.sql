with recursive

schools as (

    select * from {{ ref('int_schools__placed') }}

),

organization_events as (

    select * from {{ ref('stg_o7__organization_events') }}

),

-- A school at work goes on as itself, whatever it gave away. One that is not is followed to where most of it went last.
steps as (

    select distinct on (organization_events.from_school_id)
        organization_events.from_school_id as school_id,
        organization_events.to_school_id as next_id

    from organization_events

    inner join schools
        on organization_events.from_school_id = schools.school_id

    -- A school that could not be placed takes nobody over.
    inner join schools as heirs
        on organization_events.to_school_id = heirs.school_id

    where
        not schools.is_functioning
        and organization_events.to_school_id <> organization_events.from_school_id
        and organization_events.happened_on <= {{ the_night() }}

    order by
        organization_events.from_school_id asc,
        organization_events.happened_on desc,
        organization_events.pupil_share desc nulls last,
        organization_events.to_school_id asc

),

followed as (

    select
        steps.school_id,
        steps.next_id as successor_id,
        array[steps.school_id, steps.next_id] as passed

    from steps

    union all

    select
        followed.school_id,
        steps.next_id as successor_id,
        followed.passed || steps.next_id as passed

    from followed

    inner join steps
        on followed.successor_id = steps.school_id

    where not steps.next_id = any(followed.passed)

)

-- A ring has no end, and so no successor.
select
    followed.school_id,
    followed.successor_id

from followed

where
    not exists (
        select 1 from steps
        where steps.school_id = followed.successor_id
    )
