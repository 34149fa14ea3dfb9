{{ config(materialized='view') }}

with

contacts as (

    {{ of_the_rebuilt('stg_o7__contacts') }}

),

summarised as (

    select
        contacts.student_key,
        {{ best_status('contacts.contact_status', "contacts.kind = 'mobile' and not contacts.is_of_guardian") }} as p10,
        {{ best_status('contacts.contact_status', "contacts.kind = 'phone' and not contacts.is_of_guardian") }} as p11,
        {{ best_status('contacts.contact_status', "contacts.kind = 'email' and not contacts.is_of_guardian") }} as p12,
        coalesce(bool_or(contacts.is_of_guardian and contacts.contact_status = 'f'), false) as has_guardian_contact

    from contacts

    group by contacts.student_key

)

select * from summarised
