with

pupils as (select * from {{ ref('int_pupils__situated') }}),

situations as (

    select
        pupils.context_key,
        pupils.parallel,
        pupils.owes_snils,
        pupils.owes_marks,
        pupils.owes_fitness

    from pupils

    group by pupils.context_key, pupils.parallel, pupils.owes_snils, pupils.owes_marks, pupils.owes_fitness

),

profile_fields as (

    {{ in_force('profile_fields', 'leaf_code') }}

),

absent as (select * from {{ ref('int_leaves__absent') }}),

nights as (select * from {{ ref('int_nights__dated') }}),

-- What does not concern a pupil, or not yet, is judged before a missing source: he owes nothing that could be missing.
excuses as (

    select
        situations.context_key,
        profile_fields.ordinal,
        case
            when profile_fields.leaf_code = 'P13' and not situations.owes_snils then 'x'
            when profile_fields.leaf_code = 'P35' and situations.parallel between 0 and 9 then 'x'
            when profile_fields.leaf_code = 'P36' and situations.parallel in (0, 1) then 'x'
            when profile_fields.leaf_code = 'P36' and not situations.owes_marks then 'd'
            when profile_fields.leaf_code = 'P37' and situations.parallel between 0 and 8 then 'x'
            when profile_fields.leaf_code = 'P37' and situations.parallel = 9 and not nights.are_exams_due then 'd'
            when profile_fields.leaf_code = 'P38' and situations.parallel <> 11 then 'x'
            when profile_fields.leaf_code = 'P38' and (situations.parallel is null or not nights.are_exams_due) then 'd'
            when profile_fields.leaf_code = 'P39' and not situations.owes_fitness then 'x'
            when absent.leaf_code is not null then 's'
        end as letter

    from situations

    cross join nights

    cross join profile_fields

    left join absent
        on profile_fields.leaf_code = absent.leaf_code

),

pivoted as (

    select
        excuses.context_key,
        {{ letters_by_leaf('excuses.letter', 'excuses.ordinal') }}

    from excuses

    group by excuses.context_key

)

select * from pivoted
