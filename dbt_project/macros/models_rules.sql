{#-
    Whether a profile satisfies a rule, as a letter: t, f, ? where nobody can say, - for a rule that does not hold. Unknown where О7 did not deliver a leaf the
    rule needs, or where the contact group alone would decide and its source is missing: a hole in the delivery is not a fault
    of a school. The order of the tests is that of docs/leaf-rules.md.
-#}
{% macro rule_letter(profile, rule) -%}
    case
            when not {{ rule }}.is_in_force then '-'
            when bit_count({{ profile }}.unsourced & {{ rule }}.needed) > 0 then '?'
            when bit_count({{ satisfied_for(profile, rule) }} & {{ rule }}.required) < bit_count({{ rule }}.required) then 'f'
            when {{ profile }}.has_identity_conflict then 'f'
            when {{ is_below_share(profile, rule) }} then 'f'
            when not {{ rule }}.needs_contact_group or {{ profile }}.has_contact then 't'
            when {{ profile }}.has_contact is null then '?'
            else 'f'
        end
{%- endmacro %}

{#- Whether less of a profile is filled than the rule asks; a rule without a share asks nothing. -#}
{% macro is_below_share(profile, rule) -%}
    coalesce(
                bit_count({{ satisfied_for(profile, rule) }} & {{ profile }}.applicable)
                < {{ rule }}.min_share * bit_count({{ profile }}.applicable),
                false
            )
{%- endmacro %}

{#- The satisfied leaves of a profile by the window of evidence a rule looks at (reading A15). -#}
{% macro satisfied_for(profile, rule) -%}
    case when {{ rule }}.evidence_window = 'grading_period' then {{ profile }}.satisfied_in_period else {{ profile }}.satisfied end
{%- endmacro %}

{#- What a pupil's letters say of one rule: true, false, or null where nobody can say. -#}
{% macro is_met(letters, ordinal) -%}
    case when substr({{ letters }}, {{ ordinal }}, 1) = 't' then true when substr({{ letters }}, {{ ordinal }}, 1) = 'f' then false end
{%- endmacro %}
