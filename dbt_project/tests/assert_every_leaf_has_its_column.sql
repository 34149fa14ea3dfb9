-- The models judge each leaf in a column of its own, and a letter's place in the status string is the leaf's ordinal. A row
-- here is a leaf of the catalogue that no column judges, a column that the catalogue does not name, or one in another
-- block or place. To mend: give the leaf its expression pNN in the model of its block and its number in
-- macros/models_leaves.sql, or its row in seeds/profile_fields.csv.
with

profile_fields as (

    {{ in_force('profile_fields', 'leaf_code') }}

),

catalogued as (

    select
        lower(profile_fields.leaf_code) as leaf,
        lower(profile_fields.block) as block,
        profile_fields.ordinal

    from profile_fields

),

{#- One row per column, in the order of the status string. -#}
{%- set judged = [] -%}
{%- for block in ['a', 'b', 'c', 'd'] -%}
    {%- for leaf in leaves(block) -%}
        {%- do judged.append("('" ~ leaf ~ "', '" ~ block ~ "', " ~ (judged | length + 1) ~ ")") -%}
    {%- endfor -%}
{%- endfor %}

judged (leaf, block, ordinal) as (

    values
    {{ judged | join(',\n    ') }}

)

select
    coalesce(catalogued.leaf, judged.leaf) as leaf,
    catalogued.ordinal as place_in_the_catalogue,
    judged.ordinal as place_in_the_string

from catalogued

full join judged
    on
        catalogued.leaf = judged.leaf
        and catalogued.block = judged.block
        and catalogued.ordinal = judged.ordinal

where catalogued.leaf is null or judged.leaf is null
