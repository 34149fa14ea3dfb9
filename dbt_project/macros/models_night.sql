{#-
    The night the build is for, as a date literal: never "today". An absent or malformed night stops the compilation. It is
    no variable of dbt, and not asked for while dbt reads the project: what was read then serves every night.
-#}
{% macro the_night() -%}
    date '{% if execute %}{{ modules.datetime.date.fromisoformat(env_var("O7_DBT_NIGHT")) }}{% endif %}'
{%- endmacro %}

{#- The first instant after the night: the end of day D in Moscow. -#}
{% macro end_of_the_night() -%}
    (({{ the_night() }} + 1)::timestamp at time zone 'Europe/Moscow')
{%- endmacro %}

{#- The calendar day of an instant in Moscow. -#}
{% macro moscow_day(instant) -%}
    ({{ instant }} at time zone 'Europe/Moscow')::date
{%- endmacro %}

{#- Whether a period that names its last day holds on the night. An unknown first day never holds. -#}
{% macro holds_on_the_night(first_day, last_day) -%}
    coalesce({{ first_day }} <= {{ the_night() }} and ({{ last_day }} is null or {{ last_day }} >= {{ the_night() }}), false)
{%- endmacro %}

{#- The rows of a dated seed that are in force on the night: of each key the latest that has begun. -#}
{% macro in_force(seed, key) -%}
    select distinct on ({{ key }}) *
    from {{ ref(seed) }}
    where valid_from <= {{ the_night() }}
    order by {{ key }}, valid_from desc
{%- endmacro %}

{#- Whether a recommendation was offered on a day from the first one up to the night, and not withdrawn by then. -#}
{% macro stands_since(first_day) -%}
    coalesce(
            {{ moscow_day('recommendations.offered_at') }} between {{ first_day }} and nights.night
            and (recommendations.withdrawn_at is null or recommendations.withdrawn_at >= {{ end_of_the_night() }}),
            false
        )
{%- endmacro %}
