{#- The names of the statuses, which are columns of leaf_counts; a test compares them with the catalogue leaf_statuses. -#}
{% macro statuses() -%}
    {{ return([
        'filled', 'declared_none', 'invalid', 'placeholder', 'empty', 'not_applicable', 'not_due', 'source_absent'
    ]) }}
{%- endmacro %}

{#- The sums of these columns, for a roll-up. -#}
{% macro status_sums(counts) -%}
    {%- for status in statuses() -%}
        sum({{ counts }}.{{ status }})::bigint as {{ status }}{{ ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
