with

excuses as (select * from {{ ref('int_contexts__excused') }}),

found as (

    select
        pupils.student_key,
        pupils.context_key,
        students.p01,
        students.p02,
        persons.p03,
        persons.p04,
        persons.p05,
        persons.p06,
        persons.p07,
        persons.p08,
        persons.p09,
        coalesce(contacts.p10, 'e') as p10,
        coalesce(contacts.p11, 'e') as p11,
        coalesce(contacts.p12, 'e') as p12,
        persons.p13,
        persons.p14,
        students.p15,
        students.p16,
        coalesce(documents.p17, 'e') as p17,
        coalesce(addresses.p18, 'e') as p18,
        coalesce(addresses.p19, 'e') as p19,
        persons.p20,
        coalesce(contacts.has_guardian_contact, false) as has_guardian_contact

    from {{ ref('int_pupils__situated') }} as pupils

    inner join {{ ref('int_persons__judged') }} as persons on pupils.student_key = persons.student_key
    inner join {{ ref('int_students__judged') }} as students on pupils.student_key = students.student_key
    left join {{ ref('int_contacts__summarised') }} as contacts on pupils.student_key = contacts.student_key
    left join {{ ref('int_identity_documents__summarised') }} as documents on pupils.student_key = documents.student_key
    left join {{ ref('int_addresses__summarised') }} as addresses on pupils.student_key = addresses.student_key

),

settled as (

    select
        found.student_key,
        {{ settled_leaves('a') }},
        -- Without the entity nobody knows whether the family can be reached.
        case
            when excuses.p10 is null
                then 'f' in (found.p10, found.p11, found.p12) or found.has_guardian_contact
        end as has_contact

    from found

    inner join excuses on found.context_key = excuses.context_key

)

select * from settled
