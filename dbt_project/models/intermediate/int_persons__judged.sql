{{ config(materialized='view') }}

with

pupils as (select * from {{ ref('int_pupils__contingent') }}),

persons as (select * from {{ ref('stg_o7__persons') }}),

nights as (select * from {{ ref('int_nights__dated') }}),

duplicates as not materialized (select * from {{ ref('int_students__duplicated') }}),

languages as (select * from {{ ref('languages') }}),

citizenship_kinds as (select * from {{ ref('citizenship_kinds') }}),

countries as (select * from {{ ref('countries') }}),

judged as (

    select
        persons.student_key,
        persons.last_name_status as p03,
        persons.first_name_status as p04,
        persons.middle_name_status as p05,
        case
            when persons.birth_date_status <> 'f' then persons.birth_date_status
            when persons.birth_date < '1990-01-01' or persons.birth_date > nights.night then 'i'
            when persons.birth_date = pupils.enrolled_on then 'i'
            -- An unknown bound judges nobody.
            when
                extract(year from age(nights.school_year_starts_on, persons.birth_date))
                not between pupils.youngest_age and pupils.oldest_age
                then 'i'
            else 'f'
        end as p06,
        case
            when persons.language_status <> 'f' then persons.language_status
            when persons.language_key in (select languages.synonym from languages) then 'f'
            else 'i'
        end as p07,
        persons.sex_status as p08,
        case
            when persons.citizenship_status <> 'f' then persons.citizenship_status
            when citizenship_kinds.code is null then 'i'
            -- Only a foreign citizenship needs a country.
            when not citizenship_kinds.needs_country then 'f'
            when persons.citizenship_country_code in (select countries.code from countries) then 'f'
            else 'i'
        end as p09,
        case
            when persons.snils_status <> 'f' then persons.snils_status
            when snils_twins.student_key is not null then 'i'
            else 'f'
        end as p13,
        case
            when persons.inn_status <> 'f' then persons.inn_status
            when inn_twins.student_key is not null then 'i'
            else 'f'
        end as p14,
        persons.birth_place_status as p20

    from pupils

    inner join persons on pupils.student_key = persons.student_key

    left join duplicates as snils_twins on persons.student_key = snils_twins.student_key and snils_twins.leaf_code = 'P13'
    left join duplicates as inn_twins on persons.student_key = inn_twins.student_key and inn_twins.leaf_code = 'P14'

    left join citizenship_kinds on persons.citizenship_kind_code = citizenship_kinds.code

    cross join nights

)

select * from judged
