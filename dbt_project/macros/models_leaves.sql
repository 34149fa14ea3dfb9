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
    The status a pupil has: excused (not applicable, not due, source absent) before anything else; an empty leaf that was
    declared rightly empty is a stated negative; else what was found. The bit of a leaf is its ordinal.
-#}
{% macro settled(leaf, declared=none) -%}
    {%- if declared is none -%}
    coalesce(excuses.{{ leaf }}, found.{{ leaf }}) as {{ leaf }}
    {%- else -%}
    coalesce(
            excuses.{{ leaf }},
            case
                when found.{{ leaf }} = 'e' and ({{ declared }} & (1::bigint << {{ leaf[1:] | int }})) <> 0 then 'n'
                else found.{{ leaf }}
            end
        ) as {{ leaf }}
    {%- endif -%}
{%- endmacro %}
