{#- The two columns by which a build of a night is replaced by itself and by nothing else. -#}
{% macro build_columns() -%}
    {{ the_night() }} as night,
        '{{ var("build_id") }}'::uuid as build_id
{%- endmacro %}

{#- Fresh statistics for a table just written; a view has none. -#}
{% macro analyzed(relation) -%}
    {%- if relation.type != 'view' -%}
        analyze {{ relation }}
    {%- endif -%}
{%- endmacro %}

{#- A table that keeps every build of every night; a rerun of one build replaces its own rows. -#}
{% macro kept_by_build() -%}
    {{ config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['night', 'build_id'],
        on_schema_change='fail',
        indexes=[{'columns': ['night', 'build_id']}]
    ) }}
{%- endmacro %}
