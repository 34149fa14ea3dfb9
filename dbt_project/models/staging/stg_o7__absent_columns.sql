with

absent_columns as (

    select * from {{ source('raw_o7', 'absent_column') }}

),

tonight as (

    select
        absent_columns.entity,
        nullif(absent_columns.column_name, '') as column_name

    from absent_columns

    where absent_columns.night = {{ the_night() }}

)

select * from tonight
