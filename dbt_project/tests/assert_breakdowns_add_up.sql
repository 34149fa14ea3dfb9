-- The parts of a unit are its persons, each in one part of a dimension, so they add up to the figure of the unit; by resource the
-- whole unit stands behind every part. A row here is a unit whose parts forget or double somebody. To mend: see whether a part is
-- joined to a catalogue that lacks it.
with

quotients as (

    select * from {{ ref('ind_quotients') }}
    where is_official and education_stage = 'all' and level in ('region', 'municipality')

),

breakdowns as (

    select
        indicator,
        dimension,
        level,
        org_unit_code,
        case when dimension = 'resource' then max(denominator) else sum(denominator) end as denominator,
        case when bool_and(numerator is not null) and dimension <> 'resource' then sum(numerator) end as numerator
    from {{ ref('indicator_breakdowns') }}
    where night = {{ the_night() }} and build_id = {{ the_build() }}
    group by indicator, dimension, level, org_unit_code

)

select
    breakdowns.indicator,
    breakdowns.dimension,
    breakdowns.level,
    breakdowns.org_unit_code

from breakdowns

inner join quotients
    on
        breakdowns.indicator = quotients.indicator
        and breakdowns.level = quotients.level
        and breakdowns.org_unit_code = quotients.org_unit_code

where
    breakdowns.denominator <> quotients.denominator
    or breakdowns.numerator <> quotients.numerator
