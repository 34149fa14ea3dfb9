{{ config(materialized='view') }}

with

addresses as (

    {{ of_the_rebuilt('stg_o7__addresses') }}

),

summarised as (

    select
        addresses.student_key,
        {{ best_status('addresses.address_status', "addresses.kind in ('permanent', 'temporary')") }} as p18,
        {{ best_status('addresses.address_status', "addresses.kind = 'actual'") }} as p19

    from addresses

    group by addresses.student_key

)

select * from summarised
