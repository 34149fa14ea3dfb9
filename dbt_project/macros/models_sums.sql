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
