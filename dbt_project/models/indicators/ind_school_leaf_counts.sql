{{ config(materialized='table') }}

with

profiles as (

    select * from {{ ref('fct_profile_completeness') }}

),

leaves as (

    {{ in_force('profile_fields', 'leaf_code') }}

),

leaf_statuses as (

    select * from {{ ref('leaf_statuses') }}

),

-- Fewer than a hundred thousand letters remain of some millions before anything is joined.
letters as (

    select
        profiles.unit_code,
        profiles.school_id,
        status.ordinal,
        status.letter,
        count(*) as pupils

    from profiles

    cross join
        lateral string_to_table(profiles.statuses, null) with ordinality as status (letter, ordinal)

    group by profiles.unit_code, profiles.school_id, status.ordinal, status.letter

),

pivoted as (

    select
        letters.unit_code,
        letters.school_id,
        leaves.leaf_code,
        {{ pupils_by_status('letters.pupils', 'leaf_statuses.status') }}

    from letters

    inner join leaves
        on letters.ordinal = leaves.ordinal

    inner join leaf_statuses
        on letters.letter = leaf_statuses.letter

    group by letters.unit_code, letters.school_id, leaves.leaf_code

)

select * from pivoted
