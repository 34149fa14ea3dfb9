with

-- Names and birthdays are no leaf that must be a pupil's own (int_persons__conflicting).
identities as (

    select * from {{ ref('stg_o7__identities') }}
    where kind <> 'person'

),

-- Whoever is admitted counts, in the contingent or not: a number given twice identifies nobody.
duplicates as (

    select
        identities.student_key,
        case
            when identities.kind = 'login' then 'P02'
            when identities.kind = 'snils' then 'P13'
            when identities.kind = 'inn' then 'P14'
            else 'P15'
        end as leaf_code

    from identities
    where
        -- Of the model itself and of no list made before it: the twins of a few pupils are found by its index.
        exists (
            select 1 from {{ ref('stg_o7__identities') }} as twins
            where
                identities.kind = twins.kind
                and identities.value = twins.value
                and identities.student_id <> twins.student_id
        )
        {{ and_is_rebuilt('identities.student_key') }}

)

select * from duplicates
