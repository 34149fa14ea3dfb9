{{ config(materialized='view') }}

with

education_documents as (

    {{ of_the_rebuilt('stg_o7__education_documents') }}

),

education_document_types as (

    select * from {{ ref('education_document_types') }}

),

judged as (

    select
        education_documents.student_key,
        case
            when bool_or(
                education_documents.issued_on <= {{ the_night() }}
                and education_documents.type_code in (select known.code from education_document_types as known)
            ) then 'f'
            else 'i'
        end as p35

    from education_documents

    group by education_documents.student_key

)

select * from judged
