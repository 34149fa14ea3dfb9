{{ kept_by_build() }}

with

classes as (

    -- The catalogue of the reasons, so that its test goes with this model: {{ ref('loss_reasons') }}
    select * from {{ ref('ind_class_losses') }}

),

summed as (

    select
        {{ level_of_sums('classes') }},
        classes.indicator,
        classes.reason,
        sum(classes.persons)::bigint as persons

    from classes

    group by classes.indicator, classes.reason, {{ levels_of_sums('classes') }}

    -- Staff belong to no class.
    having grouping(classes.class_id) = 1 or classes.class_id is not null

)

select
    {{ build_columns() }},
    summed.indicator,
    summed.level,
    summed.org_unit_code,
    summed.reason,
    summed.persons

from summed
