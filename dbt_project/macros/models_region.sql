{#- The region the warehouse reports: ОКТМО of the republic and its official name (domain §4.1). -#}
{% macro region_code() -%}83000000{%- endmacro %}

{% macro region_name() -%}Кабардино-Балкарская Республика{%- endmacro %}
