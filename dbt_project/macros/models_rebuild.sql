{#- 'yes' where only pupils that changed are built, '' where everybody is (o7_warehouse/rebuild.py). -#}
{% macro touched_only() -%}
    {{ env_var('O7_DBT_TOUCHED_ONLY', '') }}
{%- endmacro %}

{#-
    A table whose rows belong to pupils and stay from night to night: what `leaving` says is taken out first, and the model
    adds it as it is tonight. Where everybody is built, the table is made anew. No index: three pupils in a hundred lie on half
    of the pages, and the indexes of all tables made a whole night dearer by a sixth.

    leaving: the macro that says which rows go, as it is called.
    added: which rows a night has added, where a data test can know it; REBUILT stands for the pupils that were built.
    by: the column a distributed warehouse distributes it by.
-#}
{% macro kept_by_pupil(leaving='is_rebuilt()', added='student_key in REBUILT', by='student_key') -%}
    {{ config(
        meta={'added_tonight': added, 'distribution': by},
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        full_refresh=(touched_only() == ''),
        pre_hook='{{ without(this, ' ~ leaving ~ ') }}'
    ) }}
{%- endmacro %}

{#- What a data test asks of a table of kept_by_pupil, where not everybody was built. No ref: staging was built long ago. -#}
{% macro added_tonight(relation) -%}
    {%- if execute and touched_only() -%}
        {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.name == relation.identifier -%}
            {{ node.config.meta.get('added_tonight', '')
               | replace('REBUILT', '(select rebuilt.student_key from staging.stg_o7__rebuilt_students as rebuilt)') }}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{#- Takes rows out of a table that stays. A table that is missing stops the night. -#}
{% macro without(relation, leaving) -%}
    {%- if execute and touched_only() -%}
        {%- if load_relation(relation) is none -%}
            {{ exceptions.raise_compiler_error(
                relation ~ " is not there, so tonight's pupils cannot be put beside the others. Run the night again: "
                ~ "it will build everybody."
            ) }}
        {%- endif -%}
        delete from {{ relation }} where {{ leaving }}
    {%- endif -%}
{%- endmacro %}

{#- Whether a row belongs to a pupil that is built anew, by his pseudonym or, in staging, by his identity. -#}
{% macro is_rebuilt(column='student_key') -%}
    {{ column }} in (select rebuilt.student_key from {{ ref('stg_o7__rebuilt_students') }} as rebuilt)
{%- endmacro %}

{#- Whether access belongs to a pupil that is built anew, or to staff, who always are. -#}
{% macro is_rebuilt_holder() -%}
    holder = 'staff' or {{ is_rebuilt('holder_key') }}
{%- endmacro %}

{#- The pupils some row of which, of one entity, is another than on the night built last: staging reads no others again. -#}
{% macro changed_in(entity, column='student_id') -%}
    select keys.{{ column }} from {{ source('rebuild', 'touched_row') }} as changed
    inner join {{ source('raw_o7', 'student_keys') }} as keys on changed.student_id = keys.student_id
    where changed.entity = '{{ entity }}'
{%- endmacro %}

{#- Whether a row of staging belongs to one of them. -#}
{% macro is_changed_in(entity) -%}
    student_key in ({{ changed_in(entity, 'student_key') }})
{%- endmacro %}

{#- Whether something belongs to a pupil whose own rows changed: who else is built anew is known after it. -#}
{% macro is_touched(column='student_id') -%}
    {{ column }} in (select touched.student_id from {{ source('rebuild', 'touched_student') }} as touched)
{%- endmacro %}

{#- Where only the rebuilt are built, a further condition: of them alone. While dbt reads the project it sees both. -#}
{% macro and_is_rebuilt(column='student_key') -%}
    {%- if touched_only() or not execute %}and {{ is_rebuilt(column) }}{% endif -%}
{%- endmacro %}

{#- The same of the register: of the touched alone. -#}
{% macro and_is_touched(column='student_id') -%}
    {%- if touched_only() or not execute %}and {{ is_touched(column) }}{% endif -%}
{%- endmacro %}

{#- Where only the rebuilt are built: of them, and of whoever shares an identity with one of them. -#}
{% macro and_is_kin_of_the_rebuilt(column='student_key') -%}
    {%- if touched_only() or not execute %}and {{ column }} in (
        select kin.student_key from {{ ref('stg_o7__identities') }} as kin
        inner join {{ ref('stg_o7__identities') }} as own on kin.kind = own.kind and kin.value = own.value
        where own.student_id in (select rebuilt.student_id from {{ ref('stg_o7__rebuilt_students') }} as rebuilt)
    ){% endif -%}
{%- endmacro %}

{#- The rows of a model, as far as they belong to pupils that are built anew. While dbt reads the project it sees both. -#}
{% macro of_the_rebuilt(model, column='student_key') -%}
    select * from {{ ref(model) }}
    {%- if touched_only() or not execute %}
    where {{ is_rebuilt(column) }}
    {%- endif %}
{%- endmacro %}
