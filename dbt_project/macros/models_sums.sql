{#- A sum of counts in which one unknown makes the whole unknown: a school without its figure is not a school with none. -#}
{% macro known_sum(count) -%}
    case when bool_or({{ count }} is null) then null else sum({{ count }})::bigint end
{%- endmacro %}

{#- How many rows satisfy a flag; unknown where one of them has no answer. -#}
{% macro known_count(flag) -%}
    case when bool_or({{ flag }} is null) then null else count(*) filter (where {{ flag }}) end
{%- endmacro %}

{#-
    A key that sorts Russian as a reader expects on any server: ё after е, numbers by their size. The identity parts namesakes
    and comes after a tab, which sorts before everything a name can hold.
-#}
{% macro russian_sort_key(name, identity) -%}
    regexp_replace(
        regexp_replace(replace(lower({{ name }}), 'ё', 'её'), '([0-9]+)', '000000\1', 'g'), '[0-9]*([0-9]{6})', '\1', 'g'
    ) || e'\t' || {{ identity }}
{%- endmacro %}

{#- The one division of the house: percent, half up to six decimals. Nobody in the denominator is no value and never nought. -#}
{% macro percent(numerator, denominator) -%}
    round(100 * ({{ numerator }}) / nullif({{ denominator }}, 0)::numeric, 6)
{%- endmacro %}

{#- From rows of classes, the grouping sets of every level … -#}
{% macro levels_of_sums(classes) -%}
    grouping sets (
        ({{ classes }}.school_id, {{ classes }}.class_id), ({{ classes }}.school_id), ({{ classes }}.unit_code), ()
    )
{%- endmacro %}

{#- … and the level and code of the unit each of them counts. -#}
{% macro level_of_sums(classes) -%}
    case
            when grouping({{ classes }}.class_id) = 0 then 'class'
            when grouping({{ classes }}.school_id) = 0 then 'school'
            when grouping({{ classes }}.unit_code) = 0 then 'municipality'
            else 'region'
        end as level,
        case
            when grouping({{ classes }}.class_id) = 0 then {{ classes }}.class_id
            when grouping({{ classes }}.school_id) = 0 then {{ classes }}.school_id
            when grouping({{ classes }}.unit_code) = 0 then {{ classes }}.unit_code
            else '{{ region_code() }}'
        end as org_unit_code
{%- endmacro %}
