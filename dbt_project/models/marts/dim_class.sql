with

classes as (

    select * from {{ ref('stg_o7__classes') }}

)

select
    classes.class_id,
    classes.school_id,
    classes.academic_year_id,
    classes.class_name,
    classes.parallel,
    classes.is_adapted,
    {{ education_stage('classes.parallel') }} as education_stage

from classes
