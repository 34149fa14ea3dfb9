{#-
    The columns of the leaves, p01 … p51, of one block or of all: position is the ordinal of the catalogue. The catalogue is
    joined when a model runs, never read while it compiles, so the blocks are named here once more; the test
    assert_every_leaf_has_its_column compares both in both directions.
-#}
{% macro leaves(block=none) %}
    {%- set blocks = {'a': range(1, 21), 'b': range(21, 31), 'c': range(31, 33), 'd': range(33, 52)} -%}
    {%- set columns = [] -%}
    {%- for name, ordinals in blocks.items() if block is none or name == block -%}
        {%- for ordinal in ordinals -%}
            {%- do columns.append('p%02d' | format(ordinal)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(columns) }}
{% endmacro %}

{#-
    The leaves of a block as a pupil has them: excused (not applicable, not due, source absent) before anything else; an empty
    leaf that was declared rightly empty is a stated negative; else what was found. The bit of a leaf is its ordinal.
-#}
{% macro settled_leaves(block, declared=none) -%}
    {%- for leaf in leaves(block) -%}
        {%- if declared is none -%}
            coalesce(excuses.{{ leaf }}, found.{{ leaf }}) as {{ leaf }}
        {%- else -%}
            coalesce(
            excuses.{{ leaf }},
            case
                when found.{{ leaf }} = 'e' and {{ declared }} & (1::bigint << {{ leaf[1:] | int }}) <> 0 then 'n'
                else found.{{ leaf }}
            end
        ) as {{ leaf }}
        {%- endif -%}
        {{ ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- One column per leaf of all blocks from rows of (ordinal, letter). -#}
{% macro letters_by_leaf(letter, ordinal) -%}
    {%- for leaf in leaves() -%}
        min({{ letter }}) filter (where {{ ordinal }} = {{ leaf[1:] | int }}) as {{ leaf }}{{ ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- The leaves of a block, each the best status of several rows. -#}
{% macro best_leaves(relation, block) -%}
    {%- for leaf in leaves(block) -%}
        {{ best_status(relation ~ '.' ~ leaf) }} as {{ leaf }}{{ ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- The letters of a block in their order, one string. -#}
{% macro joined_leaves(relation, block) -%}
    {%- for leaf in leaves(block) -%}
        {{ relation }}.{{ leaf }}{{ ' || ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- The letters of a pupil with P36 and P39 judged over the current grading period (reading A15). -#}
{% macro statuses_in_period(relation) -%}
    left({{ relation }}.statuses, 35) || {{ relation }}.p36_in_period || substr({{ relation }}.statuses, 37, 2)
        || {{ relation }}.p39_in_period || substr({{ relation }}.statuses, 40)
{%- endmacro %}

{#- What was found of a leaf of evidence since the current grading period began; without a known period, in the school year. -#}
{% macro found_in_period(letter, last_day) -%}
    case
            when pupils.current_period_starts_on is null then coalesce({{ letter }}, 'e')
            when {{ last_day }} >= pupils.current_period_starts_on then 'f'
            else 'e'
        end
{%- endmacro %}
