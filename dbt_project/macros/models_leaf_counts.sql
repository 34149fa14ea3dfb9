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

{#- One column per status from rows of (status, pupils). -#}
{% macro pupils_by_status(pupils, status) -%}
    {%- for name in statuses() -%}
        coalesce(sum({{ pupils }}) filter (where {{ status }} = '{{ name }}'), 0)::bigint as {{ name }}{{ ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- These columns of a relation. -#}
{% macro status_columns(counts) -%}
    {%- for status in statuses() -%}
        {{ counts }}.{{ status }}{{ ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
