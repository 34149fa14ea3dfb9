{#- The status of a leaf that several rows feed: filled, else declared none, else invalid, else placeholder, else empty. -#}
{% macro best_status(status) -%}
    translate(min(translate({{ status }}, 'fnipe', '12345')), '12345', 'fnipe')
{%- endmacro %}

{#- A placeholder in a field that identifies a person, where «нет» is one too (domain §1.2). -#}
{% macro is_identity_placeholder(value) -%}
    (dq.is_placeholder({{ value }}) or lower(dq.clean({{ value }})) = 'нет')
{%- endmacro %}

{#-
    A stated yes or no. dq.yes_no_status knows every negative there is; a field accepts only those that answer its question
    («не требуется» says nothing about a register), the others are invalid.
-#}
{% macro yes_no_status(value, negatives) -%}
    case
        when
            dq.yes_no_status({{ value }}) = 'n'
            and lower(dq.clean({{ value }})) not in ({% for negative in negatives %}'{{ negative }}'{{ ', ' if not loop.last }}{% endfor %})
            then 'i'
        else dq.yes_no_status({{ value }})
    end
{%- endmacro %}

{#- An entry of which only a length and a number of files are known: a text or a file fills the leaf. -#}
{% macro entry_status(text_length, file_count) -%}
    case when {{ text_length }} >= 1 or {{ file_count }} >= 1 then 'f' else 'e' end
{%- endmacro %}
