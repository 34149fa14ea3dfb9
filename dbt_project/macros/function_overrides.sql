{#-
    How dbt makes a function of the schema dq. Its own macros leave out PARALLEL SAFE, without which no query that calls
    the function gets parallel workers, and know no language but SQL. Everything else is dbt's.
-#}
{% macro postgres__scalar_function_volatility_sql() -%}
    {{ default__scalar_function_volatility_sql() }}
    PARALLEL SAFE
{%- endmacro %}

{% macro postgres__scalar_function_body_sql() -%}
    {%- set language = model.config.get('meta', {}).get('language', 'sql') -%}
    $body$
    {% if language == 'sql' %}select{% endif %}
    {{ model.compiled_code }}
    {% if language != 'sql' %};{% endif %}
    $body$ LANGUAGE {{ language }}
{%- endmacro %}
