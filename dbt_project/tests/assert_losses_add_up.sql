-- Whoever an indicator's numerator leaves out is lost for exactly one reason, so the losses of every unit are the
-- denominator less the numerator. A row here is a unit whose losses explain too few persons, or too many: the
-- explanation of its figure would be false. To mend: see whether a model counts a numerator by another test than
-- ind_class_losses counts its losses.
with

figures as (

    select * from {{ ref('ind_quotients') }}
    where is_official and education_stage = 'all'

),

losses as (

    select
        indicator,
        level,
        org_unit_code,
        sum(persons) as persons,
        coalesce(sum(persons) filter (where reason = 'source_absent'), 0) as persons_unknown

    from {{ ref('indicator_losses') }}

    where night = {{ the_night() }} and build_id = {{ the_build() }}

    group by indicator, level, org_unit_code

)

select
    coalesce(figures.indicator, losses.indicator) as indicator,
    coalesce(figures.level, losses.level) as level,
    coalesce(figures.org_unit_code, losses.org_unit_code) as org_unit_code,
    figures.denominator - figures.numerator as left_out,
    losses.persons as explained

from figures

full join losses
    on
        figures.indicator = losses.indicator
        and figures.level = losses.level
        and figures.org_unit_code = losses.org_unit_code

where
    figures.indicator is null
    -- Without its source a numerator is unknown, and somebody must be lost for that.
    or case
        when figures.numerator is null
            then coalesce(losses.persons_unknown, 0) = 0 or losses.persons > figures.denominator
        else figures.denominator - figures.numerator <> coalesce(losses.persons, 0)
    end
