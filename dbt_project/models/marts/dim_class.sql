with

classes as (

    select * from {{ ref('stg_o7__classes') }}

)

select
    classes.class_id,
    classes.school_id,
    classes.academic_year_id,
    -- What is long, or has no number, may be anything, a name as well: such a class is told by its identity.
    case when classes.class_name ~ '[0-9]' and length(classes.class_name) <= 8 then classes.class_name end as class_name,
    classes.parallel,
    classes.is_adapted,
    {{ education_stage('classes.parallel') }} as education_stage

from classes
