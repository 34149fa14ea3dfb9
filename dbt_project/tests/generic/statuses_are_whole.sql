{#- A status string has one known letter for every leaf of the catalogue. A failing row is a number of pupils, never one. -#}
{% test statuses_are_whole(model, column_name) %}

with

profiles as (select * from {{ model }}),

letters as (

    select string_agg(leaf_statuses.letter, '') as known_letters
    from {{ ref('leaf_statuses') }} as leaf_statuses

),

leaves as (

    select max(profile_fields.ordinal) as leaf_count
    from {{ ref('profile_fields') }} as profile_fields

)

select count(*) as pupil_count

from profiles

cross join letters

cross join leaves

where
    length(profiles.{{ column_name }}) is distinct from leaves.leaf_count
    or translate(profiles.{{ column_name }}, letters.known_letters, '') <> ''

having count(*) > 0

{% endtest %}
