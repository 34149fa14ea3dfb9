with

leaf_statuses as (

    select * from {{ ref('leaf_statuses') }}

),

-- What each letter of a status string weighs, as the arguments of translate().
weighed as (

    select
        string_agg(leaf_statuses.letter, '' order by leaf_statuses.letter) as letters,
        string_agg(
            case when leaf_statuses.satisfies then '1' else '0' end, '' order by leaf_statuses.letter
        ) as satisfied,
        string_agg(
            case when leaf_statuses.is_applicable then '1' else '0' end, '' order by leaf_statuses.letter
        ) as applicable,
        -- A status that neither satisfies nor fails has no source behind it.
        string_agg(
            case when leaf_statuses.satisfies is null then '1' else '0' end, '' order by leaf_statuses.letter
        ) as unsourced

    from leaf_statuses

)

select * from weighed
