{#- A layer's schema has the layer's name and nothing before it: one warehouse per database (design §2). -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name | trim if custom_schema_name is not none else target.schema }}
{%- endmacro %}
