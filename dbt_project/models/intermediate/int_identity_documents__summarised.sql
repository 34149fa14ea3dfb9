{{ config(materialized='view') }}

with

identity_documents as (

    {{ of_the_rebuilt('stg_o7__identity_documents') }}

),

persons as (

    select * from {{ ref('stg_o7__persons') }}

),

-- A passport is judged against the birthday of its holder, so the judgement waits until here.
judged as (

    select
        identity_documents.student_key,
        dq.identity_document_status(
            identity_documents.type_code,
            identity_documents.series,
            identity_documents.number,
            identity_documents.issued_on,
            identity_documents.is_current,
            persons.birth_date,
            {{ the_night() }}
        ) as document_status

    from identity_documents

    inner join persons
        on identity_documents.student_key = persons.student_key

),

summarised as (

    select
        judged.student_key,
        {{ best_status('judged.document_status') }} as p17

    from judged

    group by judged.student_key

)

select * from summarised
