{{ kept_by_pupil() }}

with

pupils as (select * from {{ ref('int_pupils__contingent') }}),

main_information as (select * from {{ ref('int_profiles__block_a') }}),

additional_information as (select * from {{ ref('int_profiles__block_b') }}),

family as (select * from {{ ref('int_profiles__block_c') }}),

sections as (select * from {{ ref('int_profiles__block_d') }}),

conflicting as (select * from {{ ref('int_persons__conflicting') }}),

weights as (select * from {{ ref('int_statuses__weighed') }}),

rules as (select * from {{ ref('int_profile_rules__required') }}),

profiles as (
    select
        pupils.*,
        main_information.has_contact,
        conflicting.student_key is not null as has_identity_conflict,
        {{ joined_leaves('main_information', 'a') }}
        || {{ joined_leaves('additional_information', 'b') }}
        || {{ joined_leaves('family', 'c') }}
        || {{ joined_leaves('sections', 'd') }} as statuses,
        sections.p36_in_period,
        sections.p39_in_period

    from pupils

    inner join main_information on pupils.student_key = main_information.student_key
    inner join additional_information on pupils.student_key = additional_information.student_key
    inner join family on pupils.student_key = family.student_key
    inner join sections on pupils.student_key = sections.student_key
    left join conflicting on pupils.student_key = conflicting.student_key
),

-- Or the planner would turn the letters into bits once more for every rule.
weighed as {{ computed_once() }} (

    select
        profiles.*,
        translate(profiles.statuses, weights.letters, weights.satisfied)::varbit as satisfied,
        translate({{ statuses_in_period('profiles') }}, weights.letters, weights.satisfied)::varbit as satisfied_in_period,
        translate(profiles.statuses, weights.letters, weights.applicable)::varbit as applicable,
        translate(profiles.statuses, weights.letters, weights.unsourced)::varbit as unsourced

    from profiles

    cross join weights

),

judged as (

    select
        weighed.student_key,
        weighed.school_id,
        weighed.class_id,
        weighed.unit_code,
        weighed.parallel,
        weighed.education_stage,
        weighed.statuses,
        weighed.has_contact,
        weighed.has_identity_conflict,
        (
            select string_agg({{ rule_letter('weighed', 'rules') }}, '' order by rules.ordinal) from rules
        ) as rules_met,
        bit_count(weighed.satisfied & weighed.applicable)::smallint as filled_count,
        bit_count(weighed.applicable)::smallint as applicable_count

    from weighed

)

select * from judged
