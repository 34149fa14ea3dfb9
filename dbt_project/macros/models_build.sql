{#- The build of the night, a run of it, as a literal; like the night no variable of dbt. -#}
{% macro the_build() -%}
    '{% if execute %}{{ env_var("O7_DBT_BUILD") }}{% endif %}'::uuid
{%- endmacro %}

{#- The two columns by which a build of a night is replaced by itself and by nothing else. -#}
{% macro build_columns() -%}
    {{ the_night() }} as night,
        {{ the_build() }} as build_id
{%- endmacro %}

{#-
    The rows a data test looks at. dbt renders a `where` only while it reads the project, when there is no build yet. Of a
    table that is kept from night to night those that tonight has added: the others were looked at on their night.
-#}
{% macro get_where_subquery(relation) -%}
    {%- set where = (config.get('where') or added_tonight(relation)) | replace('__the_build__', the_build()) -%}
    {%- do return('(select * from ' ~ relation ~ ' where ' ~ where ~ ') as dbt_subquery' if where else relation) -%}
{%- endmacro %}

{#-
    Fresh statistics for a table just written; a view has none.

    detail: default_statistics_target. At 10 a sample of three thousand rows tells how many rows there are and how many values
    a key has; the usual one of thirty thousand costs as much as a small model.
-#}
{% macro analyzed(relation, detail=none) -%}
    {%- if relation.type != 'view' -%}
        {%- if detail %}set local default_statistics_target = {{ detail }};{% endif %}
        analyze {{ relation }}
    {%- endif -%}
{%- endmacro %}

{#-
    A table that keeps every build of every night; a rerun of one build replaces its own rows.

    by: what a row of a build is looked up by, where another table asks for single rows of it over many nights.
-#}
{% macro kept_by_build(by=[]) -%}
    {{ config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['night', 'build_id'],
        on_schema_change='fail',
        indexes=[{'columns': ['night', 'build_id'] + by}]
    ) }}
{%- endmacro %}
