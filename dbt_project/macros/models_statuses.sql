{#-
    The status of a leaf that several rows feed: filled, else declared none, else invalid, else placeholder, else empty.
    No row is empty. only: the rows that feed it.
-#}
{% macro best_status(status, only=none) -%}
    translate(
            coalesce(min(translate({{ status }}, 'fnipe', '12345')) {%- if only is not none %} filter (where {{ only }}){% endif %}, '5'),
            '12345',
            'fnipe'
        )
{%- endmacro %}

{#- A code or a key without the blanks around it (space, tab, no-break space); nothing but blanks is nothing. -#}
{% macro trimmed(value) -%}
    nullif(btrim({{ value }}, e' \t\u00a0'), '')
{%- endmacro %}

{#-
    A word of a closed list (the contract names the words), null for any other: where a word is expected anything may be typed,
    a name as well, and what is in no list must not reach the facts.
-#}
{% macro known_word(value, list) -%}
    {%- set words = {
        'portfolio_level': ['school', 'municipal', 'regional', 'federal', 'international'],
        'portfolio_result': ['participant', 'prize', 'winner'],
        'portfolio_author': ['teacher', 'pupil', 'parent', 'administrator'],
        'recommendation_origin': ['automatic', 'teacher'],
        'plan_author': ['teacher', 'system']
    }[list] -%}
    substring(lower({{ trimmed(value) }}) from '^(?:{{ words | join("|") }})$')
{%- endmacro %}

{#-
    A stated yes or no. dq.yes_no_status knows every negative there is; a field accepts only those that answer its question
    («не требуется» says nothing about a register), the others are invalid.
-#}
{% macro yes_no_status(value, negatives) -%}
    case
        when
            dq.yes_no_status({{ value }}) = 'n'
            and lower({{ trimmed(value) }}) not in ({% for negative in negatives %}'{{ negative }}'{{ ', ' if not loop.last }}{% endfor %})
            then 'i'
        else dq.yes_no_status({{ value }})
    end
{%- endmacro %}

{#- An entry of which only a length and a number of files are known: a text or a file fills the leaf. -#}
{% macro entry_status(text_length, file_count) -%}
    case when {{ text_length }} >= 1 or {{ file_count }} >= 1 then 'f' else 'e' end
{%- endmacro %}
