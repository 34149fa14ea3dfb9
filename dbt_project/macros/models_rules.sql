{#-
    Whether a profile satisfies a rule. Null, without a value, where О7 did not deliver a leaf the rule needs, or where the
    contact group alone would decide and its source is missing: a hole in the delivery is not a fault of a school.
-#}
{% macro is_complete(rule) -%}
    case
            when {{ rule }}.required is null or bit_count(weighed.unsourced & {{ rule }}.required) > 0 then null
            when weighed.satisfied & {{ rule }}.required <> {{ rule }}.required then false
            when weighed.has_identity_conflict then false
            when {{ rule }}.needs_contact_group then weighed.has_contact
            else true
        end
{%- endmacro %}
