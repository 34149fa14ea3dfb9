with

section_declarations as (

    {{ of_the_rebuilt('stg_o7__section_declarations') }}

),

profile_fields as (

    {{ in_force('profile_fields', 'leaf_code') }}

),

-- A declaration speaks for sections that may rightly be empty; the catalogue says which (docs/leaf-rules.md, ▲). The
-- leaves of block A state their negatives in a mark of their own.
summarised as (

    select
        section_declarations.student_key,
        bit_or(1::bigint << profile_fields.ordinal) as declared

    from section_declarations

    inner join profile_fields
        on section_declarations.leaf_code = profile_fields.leaf_code

    where
        profile_fields.declared_none_allowed
        and profile_fields.block <> 'A'
        and section_declarations.declared_on <= {{ the_night() }}

    group by section_declarations.student_key

)

select * from summarised
