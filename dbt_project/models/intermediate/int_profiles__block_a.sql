with

excuses as (select * from {{ ref('int_contexts__excused') }}),

found as (

    select
        situated.student_key,
        situated.context_key,
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
        coalesce(identity_documents.p17, 'e') as p17,
        coalesce(addresses.p18, 'e') as p18,
        coalesce(addresses.p19, 'e') as p19,
        persons.p20,
        coalesce(contacts.has_guardian_contact, false) as has_guardian_contact

    from {{ ref('int_pupils__situated') }} as situated

    inner join {{ ref('int_persons__judged') }} as persons on situated.student_key = persons.student_key
    inner join {{ ref('int_students__judged') }} as students on situated.student_key = students.student_key
    left join {{ ref('int_contacts__summarised') }} as contacts on situated.student_key = contacts.student_key
    left join {{ ref('int_identity_documents__summarised') }} as identity_documents on situated.student_key = identity_documents.student_key
    left join {{ ref('int_addresses__summarised') }} as addresses on situated.student_key = addresses.student_key

),

settled as (

    select
        found.student_key
        {%- for leaf in leaves('a') %},
        {{ settled(leaf) }}
        {%- endfor %},
        -- Without the entity nobody knows whether the family can be reached.
        case
            when excuses.p10 is null
                then 'f' in (found.p10, found.p11, found.p12) or found.has_guardian_contact
        end as has_contact

    from found

    inner join excuses on found.context_key = excuses.context_key

)

select * from settled
