-- By hand: what each pupil outside the numerator of 4.1 lacks, one bit per requirement of the official rule.
create table bench.hand_gaps as
with
lost as (
    select
        pupil.student_key, pupil.school_id, pupil.class_id, pupil.unit_code, pupil.has_contact, pupil.has_identity_conflict,
        substr(pupil.rules_met, rule.ordinal, 1) = 'f' as is_known,
        rule.needs_contact_group, rule.required, coalesce(rule.min_share, 0) as min_share,
        translate(
            case rule.evidence_window
                when 'grading_period' then overlay(
                    overlay(pupil.statuses placing entry.p36_in_period from 36 for 1) placing entry.p39_in_period from 39 for 1
                )
                else pupil.statuses
            end, weight.letters, weight.satisfied
        )::varbit as satisfied,
        translate(pupil.statuses, weight.letters, weight.applicable)::varbit as applicable,
        translate(pupil.statuses, weight.letters, weight.unsourced)::varbit as unsourced
    from marts.fct_profile_completeness as pupil
    inner join intermediate.int_profile_rules__required as rule
        on rule.is_official and substr(pupil.rules_met, rule.ordinal, 1) <> 't'
    inner join intermediate.int_profiles__block_d as entry on pupil.student_key = entry.student_key
    cross join intermediate.int_statuses__weighed as weight
),

found as (
    select
        lost.*,
        (required & ~satisfied & ~unsourced)
        || (needs_contact_group and has_contact is false)::int::bit(1)
        || has_identity_conflict::int::bit(1)
        || (bit_count(satisfied & applicable) < min_share * bit_count(applicable))::int::bit(1) as missing
    from lost
)

select
    found.student_key, found.school_id, found.class_id, found.unit_code, found.missing,
    case
        when not found.is_known then 'source_absent'
        when bit_count(found.missing) > 1 then 'several_' || least(bit_count(found.missing), 5)
        when bit_count(found.missing) = 1 and found.needs_contact_group and found.has_contact is null then 'source_absent'
        when bit_count(found.missing) = 1 then requirement.requirement
        else 'several_0'
    end as loss
from found
left join marts.dim_profile_requirement as requirement
    on requirement.is_official and position(b'1' in found.missing) = requirement.ordinal
