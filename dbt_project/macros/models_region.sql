{#- The region the warehouse reports: ОКТМО of the republic and its official name (domain §4.1). -#}
{% macro region_code() -%}83000000{%- endmacro %}

{#- The code with its check digit: 8·1 + 3·2 = 14, of which 11 leaves 3. -#}
{% macro region_oktmo_with_check() -%}830000003{%- endmacro %}

{% macro region_name() -%}Кабардино-Балкарская Республика{%- endmacro %}
