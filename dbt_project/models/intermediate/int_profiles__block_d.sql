with

excuses as (select * from {{ ref('int_contexts__excused') }}),

declarations as (select * from {{ ref('int_declarations__summarised') }}),

found as (

    select
        situated.student_key,
        situated.context_key,
        coalesce(enrollments.p33, 'e') as p33,
        coalesce(study_programs.p34, 'e') as p34,
        coalesce(education_documents.p35, 'e') as p35,
        coalesce(performance.p36, 'e') as p36,
        coalesce(exam_results.p37, 'e') as p37,
        coalesce(exam_results.p38, 'e') as p38,
        coalesce(fitness_records.p39, 'e') as p39,
        coalesce(achievements.p40, 'e') as p40,
        coalesce(achievements.p41, 'e') as p41,
        coalesce(achievements.p42, 'e') as p42,
        coalesce(achievements.p43, 'e') as p43,
        coalesce(characteristics.p44, 'e') as p44,
        coalesce(extracurriculars.p45, 'e') as p45,
        coalesce(extracurriculars.p46, 'e') as p46,
        coalesce(extracurriculars.p47, 'e') as p47,
        coalesce(extracurriculars.p48, 'e') as p48,
        coalesce(extracurriculars.p49, 'e') as p49,
        coalesce(additional_educations.p50, 'e') as p50,
        coalesce(additional_notes.p51, 'e') as p51

    from {{ ref('int_pupils__situated') }} as situated

    left join {{ ref('int_enrollments__judged') }} as enrollments on situated.student_key = enrollments.student_key
    left join {{ ref('int_study_programs__judged') }} as study_programs on situated.student_key = study_programs.student_key
    left join {{ ref('int_education_documents__judged') }} as education_documents on situated.student_key = education_documents.student_key
    left join {{ ref('int_performance__summarised') }} as performance on situated.student_key = performance.student_key
    left join {{ ref('int_exam_results__judged') }} as exam_results on situated.student_key = exam_results.student_key
    left join {{ ref('int_fitness_records__summarised') }} as fitness_records on situated.student_key = fitness_records.student_key
    left join {{ ref('int_achievements__summarised') }} as achievements on situated.student_key = achievements.student_key
    left join {{ ref('int_characteristics__summarised') }} as characteristics on situated.student_key = characteristics.student_key
    left join {{ ref('int_extracurriculars__summarised') }} as extracurriculars on situated.student_key = extracurriculars.student_key
    left join {{ ref('int_additional_educations__summarised') }} as additional_educations on situated.student_key = additional_educations.student_key
    left join {{ ref('int_additional_notes__summarised') }} as additional_notes on situated.student_key = additional_notes.student_key

),

settled as (

    select
        found.student_key
        {%- for leaf in leaves('d') %},
        {{ settled(leaf, 'declarations.declared') }}
        {%- endfor %}

    from found

    inner join excuses on found.context_key = excuses.context_key

    left join declarations on found.student_key = declarations.student_key

)

select * from settled
