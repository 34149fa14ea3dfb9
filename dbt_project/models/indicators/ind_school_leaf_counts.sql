{{ config(materialized='table') }}

with

profiles as (

    select * from {{ ref('fct_profile_completeness') }}

),

leaves as ({{ in_force('profile_fields', 'leaf_code') }}),

leaf_statuses as (

    select * from {{ ref('leaf_statuses') }}

),

-- Fewer than a hundred thousand letters remain of some millions before anything is joined.
letters as (

    select
        profiles.unit_code,
        profiles.school_id,
        positions.ordinal,
        substr(profiles.statuses, positions.ordinal, 1) as letter,
        count(*) as pupils

    from profiles

    cross join (select leaves.ordinal from leaves) as positions

    group by 1, 2, 3, 4

),

pivoted as (

    select
        letters.unit_code,
        letters.school_id,
        leaves.leaf_code
        {%- for status in statuses() %},
        coalesce(sum(letters.pupils) filter (where leaf_statuses.status = '{{ status }}'), 0)::bigint as {{ status }}
        {%- endfor %}

    from letters

    inner join leaves
        on letters.ordinal = leaves.ordinal

    inner join leaf_statuses
        on letters.letter = leaf_statuses.letter

    group by letters.unit_code, letters.school_id, leaves.leaf_code

)

select * from pivoted
