with

touched_students as (select * from {{ source('rebuild', 'touched_student') }}),

touched_identities as (select * from {{ source('rebuild', 'touched_identity') }}),

student_keys as (select * from {{ source('raw_o7', 'student_keys') }}),

identities as (select * from {{ ref('stg_o7__identities') }}),

-- What told the touched pupils apart on the night built last, and what does tonight.
shared as (

    select
        touched_identities.kind,
        touched_identities.value
    from touched_identities

    union distinct

    select
        identities.kind,
        identities.value
    from identities
    inner join touched_students on identities.student_id = touched_students.student_id

),

rebuilt as (

    select
        student_keys.student_id,
        student_keys.student_key
    from touched_students
    inner join student_keys on touched_students.student_id = student_keys.student_id

    union distinct

    -- Of the model itself and of no list made before it: they are found by its index.
    select
        sharing.student_id,
        sharing.student_key
    from {{ ref('stg_o7__identities') }} as sharing
    inner join shared on sharing.kind = shared.kind and sharing.value = shared.value

)

-- Where everybody is built nobody is listed, and nothing asks.
select * from rebuilt
where {{ 'true' if touched_only() else 'false' }}
