{#-
    Where the rows of a table lie in the distributed warehouse (dbt's target `citus`). A model's meta says it:

    distribution: a column: the table is distributed by it, co-located with every other one that has a key of its type;
    reference: each node has a copy; none said: the coordinator alone has it, as every table has where there is no Citus.

    The shards are there before the first row, so that rows of distributed tables go from shard to shard, each node working on
    its own, and never through the coordinator.
-#}
{% macro postgres__create_table_as(temporary, relation, sql) -%}
    {%- set distribution = config.get('meta', {}).get('distribution') -%}
    {%- if target.name != 'citus' or temporary or not distribution -%}
        {{ dbt.postgres__create_table_as(temporary, relation, sql) }}
    {%- else -%}
        -- A node that has read its own copies by itself may not make tables on all of them in the same transaction.
        set local citus.enable_local_execution = off;
        create {{ 'unlogged ' if config.get('unlogged', default=false) }}table {{ relation }} as (
            {{ sql }}
        ) with no data;
        {% if distribution == 'reference' -%}
            select pg_catalog.create_reference_table('{{ relation }}');
        {%- else -%}
            select pg_catalog.create_distributed_table('{{ relation }}', '{{ distribution }}');
        {%- endif %}
        insert into {{ relation }} (
            {{ sql }}
        );
    {%- endif -%}
{%- endmacro %}

{#-
    Marks a part of a query whose rows are to be computed once. A part that is materialized belongs to the coordinator: there
    it would take every person's row through it, so the nodes rather compute it more than once.
-#}
{% macro computed_once() -%}
    {{ 'not materialized' if target.name == 'citus' else 'materialized' }}
{%- endmacro %}
