{#- The latest recommendation of those that count: if any of them follows a document of the portfolio, this one does. -#}
{% macro last_offered(which) -%}
    max(recommendations.offered_at) filter (where {{ which }})
{%- endmacro %}

{#-
    «С использованием данных цифрового портфолио» (reading A4): a counting document was there when a recommendation was offered,
    and a plan stands beside it.
-#}
{% macro has_trajectory(last_offered_at, plan) -%}
    coalesce(portfolios.first_added_at <= recommendations.{{ last_offered_at }} and {{ plan }}, false)
{%- endmacro %}

{#- An account that gives access was used in the 30 days up to the night (reading A9); of either kind of person. -#}
{% macro used_lately() -%}
    access_last_used_on > {{ the_night() }} - 30
{%- endmacro %}

{#- The readings of 4.2 and 4.4 by the flag of fct_pupil_reading that counts a pupil; those of 4.1 are the profile rules. -#}
{% macro pupil_readings() -%}
    {{ return([
        ('4.2', 'rec_plan_portfolio', 'has_trajectory_from_portfolio'),
        ('4.2', 'rec_only', 'has_recommendation'),
        ('4.2', 'plan_only', 'has_plan'),
        ('4.2', 'rec_or_plan', 'has_recommendation or pupils.has_plan'),
        ('4.2', 'class_recommended', 'has_class_recommendation'),
        ('4.2', 'without_portfolio', 'has_recommendation and pupils.has_plan'),
        ('4.2', 'portfolio_maintained', 'has_portfolio'),
        ('4.2', 'acknowledged', 'has_acknowledged_trajectory'),
        ('4.2', 'teacher_recommendation', 'has_trajectory_by_teacher'),
        ('4.2', 'plan_of_any_origin', 'has_trajectory_with_any_plan'),
        ('4.2', 'individual_curriculum', 'has_individual_curriculum'),
        ('4.2', 'individual_study', 'has_individual_study'),
        ('4.2', 'previous_window', 'has_trajectory_in_long_window'),
        ('4.4', 'verified', 'has_access'),
        ('4.4', 'without_verification', 'has_unverified_access'),
        ('4.4', 'active_30_days', used_lately()),
        ('4.4', 'ever_used', 'access_last_used_on is not null')
    ]) }}
{%- endmacro %}

{#- The readings of 4.3 by the flag of fct_staff_reading. -#}
{% macro staff_readings() -%}
    {{ return([
        ('4.3', 'verified', 'has_access'),
        ('4.3', 'without_verification', 'has_unverified_access'),
        ('4.3', 'any_platform', 'has_any_access'),
        ('4.3', 'active_30_days', used_lately()),
        ('4.3', 'ever_used', 'access_last_used_on is not null')
    ]) }}
{%- endmacro %}

{#- How many persons each reading counts, one column per reading … -#}
{% macro counted_flags(persons, readings) -%}
    {%- for indicator, reading, flag in readings -%}
        count(*) filter (where {{ persons }}.{{ flag }}) as n{{ loop.index }}{{ ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- … their sums, under the same names … -#}
{% macro summed_flags(counts, readings) -%}
    {%- for reading in readings -%}
        sum({{ counts }}.n{{ loop.index }})::bigint as n{{ loop.index }}{{ ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- … and these columns as rows of (indicator, reading, numerator). -#}
{% macro flags_as_readings(counts, readings) -%}
    {%- for indicator, reading, flag in readings -%}
        ('{{ indicator }}', '{{ reading }}', {{ counts }}.n{{ loop.index }}){{ ',\n    ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- The parts a school puts its people into, as rows of (dimension, part). -#}
{% macro parts_of_a_school(schools) -%}
    ('settlement_kind', case when {{ schools }}.settlement_kind in ('urban', 'rural') then {{ schools }}.settlement_kind else 'unknown' end),
    ('founder_code', coalesce({{ schools }}.founder_code, 'unknown'))
{%- endmacro %}
