{#- Stage of education of a parallel (domain §3.9): «1 доп.» is 0, the adapted twelfth year belongs to the last stage. -#}
{% macro education_stage(parallel) -%}
    case
        when {{ parallel }} between 0 and 4 then 'noo'
        when {{ parallel }} between 5 and 9 then 'ooo'
        when {{ parallel }} between 10 and 12 then 'soo'
        else 'unknown'
    end
{%- endmacro %}
