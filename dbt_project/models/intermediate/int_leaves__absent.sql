with

profile_fields as (

    {{ in_force('profile_fields', 'leaf_code') }}

),

absent_columns as (

    select * from {{ ref('stg_o7__absent_columns') }}

),

-- A leaf names an entity, or a column of it, or several of them; one that is missing leaves the leaf unknown.
sources as (

    select
        profile_fields.leaf_code,
        split_part(leaf_sources.source_column, '.', 1) as entity,
        nullif(split_part(leaf_sources.source_column, '.', 2), '') as column_name

    from profile_fields

    cross join lateral string_to_table(profile_fields.source_columns, '|') as leaf_sources (source_column)

),

absent as (

    select sources.leaf_code

    from sources

    inner join absent_columns
        on
            sources.entity = absent_columns.entity
            and (
                absent_columns.column_name is null
                or sources.column_name is null
                or sources.column_name = absent_columns.column_name
            )

    group by sources.leaf_code

)

select * from absent
