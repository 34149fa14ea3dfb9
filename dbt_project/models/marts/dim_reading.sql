with

indicator_readings as (select * from {{ ref('indicator_readings') }}),

profile_rules as (select * from {{ ref('profile_rules') }}),

-- A profile rule is a reading of 4.1: one row of the catalogue is all a new interpretation of the order takes.
in_force as (

    select
        indicator_readings.indicator,
        indicator_readings.reading,
        indicator_readings.is_official,
        indicator_readings.ordinal
    from indicator_readings
    where indicator_readings.valid_from <= {{ the_night() }}
    union all
    select
        '4.1' as indicator,
        profile_rules.rule_code as reading,
        profile_rules.is_official,
        profile_rules.ordinal
    from profile_rules
    where {{ holds_on_the_night('profile_rules.valid_from', 'profile_rules.valid_to') }}

)

select * from in_force
