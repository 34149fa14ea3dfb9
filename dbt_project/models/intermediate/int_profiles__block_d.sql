with

excuses as (select * from {{ ref('int_contexts__excused') }}),

declarations as (select * from {{ ref('int_declarations__summarised') }}),

found as (

    select
        pupils.student_key,
        pupils.context_key,
        coalesce(history.p33, 'e') as p33,
        coalesce(programs.p34, 'e') as p34,
        coalesce(certificates.p35, 'e') as p35,
        coalesce(marks.p36, 'e') as p36,
        coalesce(exams.p37, 'e') as p37,
        coalesce(exams.p38, 'e') as p38,
        coalesce(fitness.p39, 'e') as p39,
        {{ found_in_period('marks.p36', 'marks.last_marked_on') }} as p36_in_period,
        {{ found_in_period('fitness.p39', 'fitness.last_measured_on') }} as p39_in_period,
        coalesce(achievements.p40, 'e') as p40,
        coalesce(achievements.p41, 'e') as p41,
        coalesce(achievements.p42, 'e') as p42,
        coalesce(achievements.p43, 'e') as p43,
        coalesce(testimonials.p44, 'e') as p44,
        coalesce(extras.p45, 'e') as p45,
        coalesce(extras.p46, 'e') as p46,
        coalesce(extras.p47, 'e') as p47,
        coalesce(extras.p48, 'e') as p48,
        coalesce(extras.p49, 'e') as p49,
        coalesce(circles.p50, 'e') as p50,
        coalesce(notes.p51, 'e') as p51

    from {{ ref('int_pupils__situated') }} as pupils

    left join {{ ref('int_enrollments__judged') }} as history on pupils.student_key = history.student_key
    left join {{ ref('int_study_programs__judged') }} as programs on pupils.student_key = programs.student_key
    left join {{ ref('int_education_documents__judged') }} as certificates on pupils.student_key = certificates.student_key
    left join {{ ref('int_performance__summarised') }} as marks on pupils.student_key = marks.student_key
    left join {{ ref('int_exam_results__judged') }} as exams on pupils.student_key = exams.student_key
    left join {{ ref('int_fitness_records__summarised') }} as fitness on pupils.student_key = fitness.student_key
    left join {{ ref('int_achievements__summarised') }} as achievements on pupils.student_key = achievements.student_key
    left join {{ ref('int_characteristics__summarised') }} as testimonials on pupils.student_key = testimonials.student_key
    left join {{ ref('int_extracurriculars__summarised') }} as extras on pupils.student_key = extras.student_key
    left join {{ ref('int_additional_educations__summarised') }} as circles on pupils.student_key = circles.student_key
    left join {{ ref('int_additional_notes__summarised') }} as notes on pupils.student_key = notes.student_key

),

settled as (

    select
        found.student_key,
        coalesce(excuses.p36, found.p36_in_period) as p36_in_period,
        coalesce(excuses.p39, found.p39_in_period) as p39_in_period,
        {{ settled_leaves('d', 'declarations.declared') }}

    from found

    inner join excuses on found.context_key = excuses.context_key

    left join declarations on found.student_key = declarations.student_key

)

select * from settled
