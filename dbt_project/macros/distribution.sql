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
        {#- dbt's own macro is shadowed by this one, and so said again: neither contracts nor headers are used here. -#}
        create {{ 'temporary ' if temporary else 'unlogged ' if config.get('unlogged', default=false) }}table {{ relation }} as (
            {{ sql }}
        );
    {%- else -%}
        -- A node that has read its own copies by itself may not make tables on all of them in the same transaction.
        set local citus.enable_local_execution = off;
        create {{ 'unlogged ' if config.get('unlogged', default=false) }}table {{ relation }} as (
            {{ sql }}
        ) with no data;
        {{ distributed(relation, distribution) }};
        insert into {{ relation }} (
            {{ sql }}
        );
    {%- endif -%}
{%- endmacro %}

{#- The statement that gives an empty table its shards; those that have them keep them. -#}
{% macro distributed(relation, distribution) -%}
    {%- if distribution == 'reference' -%}
        select pg_catalog.create_reference_table('{{ relation }}')
    {%- else -%}
        select pg_catalog.create_distributed_table('{{ relation }}', '{{ distribution }}')
    {%- endif -%}
    {{ ' ' }}where not exists (
        select 1 from pg_catalog.pg_dist_partition as known where known.logicalrelid = '{{ relation }}'::regclass
    )
{%- endmacro %}

{#- The catalogue on every node; dbt fills a seed by itself, so its copies are made behind it. -#}
{% macro copied_to_every_node(relation) -%}
    {%- if target.name == 'citus' -%}{{ distributed(relation, 'reference') }}{%- endif -%}
{%- endmacro %}
