-- The limit of bench_completeness: the statuses of all pupils as one query written by hand, from staging into a bare table
-- of the columns of fct_profile_completeness, without the letters of the profile rules. It judges each leaf by the same predicate as the models; the benchmark
-- compares the two tables row by row and measures nothing while they differ. Nothing else reads this file.
create function bench.letter(place integer, declared bigint, ordinal integer) returns text language sql immutable
return substr(
    'fnipe', case when coalesce(place, 5) = 5 and declared & (1::bigint << ordinal) <> 0 then 2 else coalesce(place, 5) end, 1
);

create table bench.completeness as
with

leaves as (
    select distinct on (leaf_code) * from catalogue.profile_fields where valid_from <= %(night)s
    order by leaf_code asc, valid_from desc
),

this_year as (
    select
        years.academic_year_id,
        years.starts_on as year_starts,
        %(night)s >= (extract(year from years.ends_on)::text || '-' || due.value)::date as are_exams_due
    from staging.stg_o7__academic_years as years
    cross join catalogue.parameters as due
    where
        %(night)s between years.starts_on and years.ends_on
        and due.parameter = 'oge_results_from'
        and due.valid_from <= %(night)s and (due.valid_to is null or due.valid_to >= %(night)s)
),

-- One letter per leaf, blank or s, in the order of the leaves: what О7 did not deliver.
hole as (
    select string_agg(
        case
            when exists (
                select 1
                from string_to_table(leaves.source_columns, '|') as source_column
                inner join staging.stg_o7__absent_columns as absent
                    on split_part(source_column, '.', 1) = absent.entity
                where
                    absent.column_name is null or split_part(source_column, '.', 2) in ('', absent.column_name)
            ) then 's' else ' '
        end, '' order by leaves.ordinal
    ) as letters
    from leaves
),

enrolled as (
    select distinct on (student_key) student_key, school_id, class_id, starts_on
    from staging.stg_o7__enrollment_events
    where starts_on <= %(night)s and (left_on is null or left_on > %(night)s)
    order by student_key asc, order_date desc nulls last, enrollment_id collate "C" desc
),

twin_snils as (select snils_normal from staging.stg_o7__persons group by 1 having count(*) > 1),
twin_inn as (select inn_normal from staging.stg_o7__persons group by 1 having count(*) > 1),
twin_login as (select login_key from staging.stg_o7__students group by 1 having count(*) > 1),
twin_file as (
    select school_id, personal_file_key from staging.stg_o7__students group by 1, 2 having count(*) > 1
),

namesakes as (
    select persons.student_key, persons.snils_normal, persons.match_key, enrolled.school_id
    from staging.stg_o7__persons as persons
    inner join enrolled on persons.student_key = enrolled.student_key
),

conflicting as (
    select student_key from namesakes
    where snils_normal in (select one.snils_normal from namesakes as one group by 1 having count(*) > 1)
    union distinct
    select one.student_key
    from namesakes as one
    inner join namesakes as other
        on one.match_key = other.match_key and one.student_key <> other.student_key and one.school_id <> other.school_id
    where coalesce(one.snils_normal = other.snils_normal, true)
),

first_periods as (
    select distinct on (periods.school_id, parallels.parallel)
        periods.school_id, parallels.parallel, periods.ends_on
    from staging.stg_o7__grading_periods as periods
    inner join this_year on periods.academic_year_id = this_year.academic_year_id
    cross join lateral generate_series(periods.parallel_from, periods.parallel_to) as parallels (parallel)
    order by periods.school_id, parallels.parallel, periods.starts_on, periods.ends_on
),

declarations as (
    select declared.student_key, bit_or(1::bigint << leaves.ordinal) as declared
    from staging.stg_o7__section_declarations as declared
    inner join leaves on declared.leaf_code = leaves.leaf_code
    where leaves.declared_none_allowed and leaves.block <> 'A' and declared.declared_on <= %(night)s
    group by declared.student_key
),

-- The best of several rows is the least place in fnipe.
contacts as (
    select
        student_key,
        min(strpos('fnipe', contact_status)) filter (where kind = 'mobile' and not is_of_guardian) as p10,
        min(strpos('fnipe', contact_status)) filter (where kind = 'phone' and not is_of_guardian) as p11,
        min(strpos('fnipe', contact_status)) filter (where kind = 'email' and not is_of_guardian) as p12,
        coalesce(bool_or(is_of_guardian and contact_status = 'f'), false) as has_guardian_contact
    from staging.stg_o7__contacts group by student_key
),

documents as (
    select
        papers.student_key,
        min(strpos('fnipe', dq.identity_document_status(
            papers.type_code, papers.series, papers.number, papers.issued_on, papers.is_current, persons.birth_date,
            %(night)s
        ))) as p17
    from staging.stg_o7__identity_documents as papers
    inner join staging.stg_o7__persons as persons on papers.student_key = persons.student_key
    group by papers.student_key
),

addresses as (
    select
        student_key,
        min(strpos('fnipe', address_status)) filter (where kind in ('permanent', 'temporary')) as p18,
        min(strpos('fnipe', address_status)) filter (where kind = 'actual') as p19
    from staging.stg_o7__addresses group by student_key
),

infos as (
    select
        student_key,
        bool_or(has_adapted_program) as has_adapted_program,
        min(strpos('fnipe', p21)) as p21,
        min(strpos('fnipe', p22)) as p22,
        min(strpos('fnipe', p23)) as p23,
        min(strpos('fnipe', p24)) as p24,
        min(strpos('fnipe', p25)) as p25,
        min(strpos('fnipe', p26)) as p26,
        min(strpos('fnipe', p27)) as p27,
        min(strpos('fnipe', p28)) as p28,
        min(strpos('fnipe', p29)) as p29,
        min(strpos('fnipe', p30)) as p30
    from staging.stg_o7__additional_infos group by student_key
),

families as (
    select student_key, min(strpos('fnipe', family_social_status)) as p31
    from staging.stg_o7__family_statuses group by student_key
),

guardians as (
    select
        guardians.student_key,
        min(strpos('fnipe', case
            when guardians.name_status <> 'f' then guardians.name_status
            when guardians.type_code in (select code from catalogue.guardian_types) then 'f'
            else 'i'
        end)) as p32
    from staging.stg_o7__guardians as guardians
    inner join staging.stg_o7__students as students on guardians.student_key = students.student_key
    where guardians.type_code = '6' or students.is_under_state_care is not true
    group by guardians.student_key
),

history as (
    select
        student_key,
        bool_and(coalesce(
            starts_on is not null
            and (left_on is null or left_on >= starts_on)
            and (is_last or left_on = next_starts_on), false
        )) as is_chain
    from (
        select
            student_key,
            starts_on,
            left_on,
            lead(starts_on) over in_order as next_starts_on,
            lead(enrollment_id) over in_order is null as is_last
        from staging.stg_o7__enrollment_events
        where coalesce(starts_on <= %(night)s, true)
        window in_order as (partition by student_key order by starts_on, enrollment_id collate "C")
    ) as chain
    group by student_key
),

certificates as (
    select
        student_key,
        bool_or(
            issued_on <= %(night)s and type_code in (select code from catalogue.education_document_types)
        ) as is_sound
    from staging.stg_o7__education_documents group by student_key
),

marks as (
    select performance.student_key, sum(performance.mark_count) as mark_count
    from staging.stg_o7__performance_dailys as performance
    inner join this_year on performance.on_date between this_year.year_starts and %(night)s
    group by performance.student_key
),

exams as (
    select
        student_key,
        bool_or(exam_kind = 'ОГЭ') as has_oge,
        bool_or(exam_kind = 'ОГЭ' and exam_date <= %(night)s and has_subject and has_score and has_mark) as is_oge,
        bool_or(exam_kind = 'ЕГЭ') as has_ege,
        bool_or(
            exam_kind = 'ЕГЭ' and exam_date <= %(night)s and has_subject
            and (coalesce(has_score, false) or coalesce(has_mark, false))
        ) as is_ege
    from staging.stg_o7__exam_results group by student_key
),

fitness as (
    select distinct records.student_key
    from staging.stg_o7__fitness_records as records
    inner join this_year on records.measured_on between this_year.year_starts and %(night)s
),

achievements as (
    select
        student_key,
        min(strpos('fnipe', entry_status)) filter (where kind = 'event') as p40,
        min(strpos('fnipe', entry_status)) filter (where kind = 'work') as p41,
        min(strpos('fnipe', entry_status)) filter (where kind = 'reward') as p42,
        min(strpos('fnipe', entry_status)) filter (where kind = 'diploma') as p43
    from staging.stg_o7__achievements group by student_key
),

testimonials as (
    select student_key, min(strpos('fnipe', entry_status)) as p44
    from staging.stg_o7__characteristics group by student_key
),

extras as (
    select
        student_key,
        min(strpos('fnipe', entry_status)) filter (where kind = 'event') as p45,
        min(strpos('fnipe', entry_status)) filter (where kind = 'school_event') as p46,
        min(strpos('fnipe', entry_status)) filter (where kind = 'hobby') as p47,
        min(strpos('fnipe', entry_status)) filter (where kind = 'course') as p48,
        min(strpos('fnipe', entry_status)) filter (where kind = 'material') as p49
    from staging.stg_o7__extracurriculars group by student_key
),

circles as (
    select student_key, min(strpos('fnipe', direction_status)) as p50
    from staging.stg_o7__additional_educations group by student_key
),

notes as (
    select student_key, min(strpos('fnipe', entry_status)) as p51
    from staging.stg_o7__additional_notes group by student_key
),

pupils as (
    select
        students.student_key,
        students.login_status, students.login_key,
        students.personal_file_status, students.school_id as file_school_id, students.personal_file_key,
        students.study_form_status, students.study_form_code, study_forms.code is not null as is_known_form,
        persons.last_name_status, persons.first_name_status, persons.middle_name_status,
        persons.birth_date_status, persons.birth_date, persons.language_status, persons.language_key, persons.sex_status,
        persons.citizenship_status, persons.citizenship_country_code,
        citizenship_kinds.code is not null as is_known_citizenship, citizenship_kinds.needs_country,
        persons.snils_status, persons.snils_normal, persons.inn_status, persons.inn_normal, persons.birth_place_status,
        coalesce(citizenship_kinds.owes_snils, true) or persons.snils_status <> 'e' as owes_snils,
        enrolled.school_id, enrolled.class_id, enrolled.starts_on as enrolled_on,
        case when schools.founder_code = '2' then 'STATE' else schools.municipality_oktmo end as unit_code,
        coalesce(classes.class_name_status, 'e') as class_name_status,
        classes.parallel,
        case
            when classes.parallel between 0 and 4 then 'noo'
            when classes.parallel between 5 and 9 then 'ooo'
            when classes.parallel between 10 and 12 then 'soo'
            else 'unknown'
        end as education_stage,
        case when classes.parallel in (0, 12) then 5 else classes.parallel + 4 end as youngest_age,
        case
            when classes.parallel in (0, 12) then 25
            when classes.is_adapted or not study_forms.has_age_limit then null
            else classes.parallel + 11
        end as oldest_age
    from staging.stg_o7__students as students
    inner join staging.stg_o7__persons as persons on students.student_key = persons.student_key
    inner join enrolled on students.student_key = enrolled.student_key
    inner join staging.stg_o7__organizations as schools on enrolled.school_id = schools.school_id
    left join staging.stg_o7__classes as classes on enrolled.class_id = classes.class_id
    left join catalogue.study_forms as study_forms on students.study_form_code = study_forms.code
    left join catalogue.citizenship_kinds as citizenship_kinds
        on persons.citizenship_kind_code = citizenship_kinds.code
    where
        not schools.is_private and schools.org_type_code in (select code from catalogue.org_types)
        and coalesce(study_forms.is_in_contingent, true)
),

programs as (
    select
        programs.student_key,
        bool_or(
            levels.is_adapted
            or (
                infos.has_adapted_program is not true
                and coalesce(classes.parallel, levels.parallel_from) between levels.parallel_from and levels.parallel_to
            )
        ) as is_fitting
    from staging.stg_o7__study_programs as programs
    inner join enrolled on programs.student_key = enrolled.student_key
    left join staging.stg_o7__classes as classes on enrolled.class_id = classes.class_id
    left join catalogue.program_levels as levels on programs.level_code = levels.code
    left join infos on programs.student_key = infos.student_key
    where coalesce(programs.starts_on <= %(night)s and (programs.ends_on is null or programs.ends_on >= %(night)s), false)
    group by programs.student_key
),

released as (
    select distinct student_key from staging.stg_o7__medical_releases
    where coalesce(starts_on <= %(night)s and (ends_on is null or ends_on >= %(night)s), false)
),

-- The 51 letters of a pupil: excuses before what is found, a declaration before what is missing.
found as materialized (
    select
        pupils.student_key, pupils.school_id, pupils.class_id, pupils.unit_code, pupils.parallel, pupils.education_stage,
        conflicting.student_key is not null as has_identity_conflict,
        hole.letters as holes,
        coalesce(least(contacts.p10, contacts.p11, contacts.p12) = 1 or contacts.has_guardian_contact, false) as is_reachable,
        concat(
            pupils.class_name_status,
            case
                when pupils.login_status <> 'f' then pupils.login_status
                when pupils.login_key in (select login_key from twin_login) then 'i'
                else 'f'
            end,
            pupils.last_name_status, pupils.first_name_status, pupils.middle_name_status,
            case
                when pupils.birth_date_status <> 'f' then pupils.birth_date_status
                when pupils.birth_date < '1990-01-01' or pupils.birth_date > %(night)s then 'i'
                when pupils.birth_date = pupils.enrolled_on then 'i'
                when
                    extract(year from age(this_year.year_starts, pupils.birth_date))
                    not between pupils.youngest_age and pupils.oldest_age then 'i'
                else 'f'
            end,
            case
                when pupils.language_status <> 'f' then pupils.language_status
                when pupils.language_key in (select synonym from catalogue.languages) then 'f'
                else 'i'
            end,
            pupils.sex_status,
            case
                when pupils.citizenship_status <> 'f' then pupils.citizenship_status
                when not pupils.is_known_citizenship then 'i'
                when not pupils.needs_country then 'f'
                when pupils.citizenship_country_code in (select code from catalogue.countries) then 'f'
                else 'i'
            end,
            substr('fnipe', coalesce(contacts.p10, 5), 1),
            substr('fnipe', coalesce(contacts.p11, 5), 1),
            substr('fnipe', coalesce(contacts.p12, 5), 1),
            case
                when pupils.snils_status = 'e' and not pupils.owes_snils then 'x'
                when pupils.snils_status <> 'f' then pupils.snils_status
                when pupils.snils_normal in (select snils_normal from twin_snils) then 'i'
                else 'f'
            end,
            case
                when pupils.inn_status <> 'f' then pupils.inn_status
                when pupils.inn_normal in (select inn_normal from twin_inn) then 'i'
                else 'f'
            end,
            case
                when pupils.personal_file_status <> 'f' then pupils.personal_file_status
                when
                    (pupils.file_school_id, pupils.personal_file_key) in (select school_id, personal_file_key from twin_file)
                    then 'i'
                else 'f'
            end,
            case
                when pupils.is_known_form then 'f'
                when pupils.study_form_status <> 'f' then pupils.study_form_status
                else 'i'
            end,
            substr('fnipe', coalesce(documents.p17, 5), 1),
            substr('fnipe', coalesce(addresses.p18, 5), 1),
            substr('fnipe', coalesce(addresses.p19, 5), 1),
            pupils.birth_place_status,
            bench.letter(infos.p21, declared, 21), bench.letter(infos.p22, declared, 22),
            bench.letter(infos.p23, declared, 23), bench.letter(infos.p24, declared, 24),
            bench.letter(infos.p25, declared, 25), bench.letter(infos.p26, declared, 26),
            bench.letter(infos.p27, declared, 27), bench.letter(infos.p28, declared, 28),
            bench.letter(infos.p29, declared, 29), bench.letter(infos.p30, declared, 30),
            bench.letter(families.p31, declared, 31),
            bench.letter(guardians.p32, declared, 32),
            bench.letter(case when history.is_chain then 1 when history.student_key is not null then 3 end, declared, 33),
            bench.letter(case when programs.is_fitting then 1 when programs.student_key is not null then 3 end, declared, 34),
            case
                when pupils.parallel between 0 and 9 then 'x'
                else bench.letter(
                    case when certificates.is_sound then 1 when certificates.student_key is not null then 3 end, declared, 35
                )
            end,
            case
                when pupils.parallel in (0, 1) then 'x'
                when %(night)s <= first_periods.ends_on then 'd'
                else bench.letter(case when marks.mark_count >= 1 then 1 end, declared, 36)
            end,
            case
                when pupils.parallel between 0 and 8 then 'x'
                when pupils.parallel = 9 and not this_year.are_exams_due then 'd'
                else bench.letter(case when exams.is_oge then 1 when exams.has_oge then 3 end, declared, 37)
            end,
            case
                when pupils.parallel <> 11 then 'x'
                when pupils.parallel is null or not this_year.are_exams_due then 'd'
                else bench.letter(case when exams.is_ege then 1 when exams.has_ege then 3 end, declared, 38)
            end,
            case
                when released.student_key is not null then 'x'
                else bench.letter(case when fitness.student_key is not null then 1 end, declared, 39)
            end,
            bench.letter(achievements.p40, declared, 40), bench.letter(achievements.p41, declared, 41),
            bench.letter(achievements.p42, declared, 42), bench.letter(achievements.p43, declared, 43),
            bench.letter(testimonials.p44, declared, 44),
            bench.letter(extras.p45, declared, 45), bench.letter(extras.p46, declared, 46),
            bench.letter(extras.p47, declared, 47), bench.letter(extras.p48, declared, 48),
            bench.letter(extras.p49, declared, 49),
            bench.letter(circles.p50, declared, 50),
            bench.letter(notes.p51, declared, 51)
        ) as letters
    from pupils
    cross join this_year
    cross join hole
    left join conflicting on pupils.student_key = conflicting.student_key
    left join first_periods on pupils.school_id = first_periods.school_id and pupils.parallel = first_periods.parallel
    left join released on pupils.student_key = released.student_key
    left join declarations on pupils.student_key = declarations.student_key
    left join contacts on pupils.student_key = contacts.student_key
    left join documents on pupils.student_key = documents.student_key
    left join addresses on pupils.student_key = addresses.student_key
    left join infos on pupils.student_key = infos.student_key
    left join families on pupils.student_key = families.student_key
    left join guardians on pupils.student_key = guardians.student_key
    left join history on pupils.student_key = history.student_key
    left join programs on pupils.student_key = programs.student_key
    left join certificates on pupils.student_key = certificates.student_key
    left join marks on pupils.student_key = marks.student_key
    left join exams on pupils.student_key = exams.student_key
    left join fitness on pupils.student_key = fitness.student_key
    left join achievements on pupils.student_key = achievements.student_key
    left join testimonials on pupils.student_key = testimonials.student_key
    left join extras on pupils.student_key = extras.student_key
    left join circles on pupils.student_key = circles.student_key
    left join notes on pupils.student_key = notes.student_key
),

-- What О7 did not deliver is unknown, unless it is not owed; on most nights there is no such leaf.
stated as materialized (
    select
        found.*,
        case
            when found.holes = repeat(' ', 51) then found.letters
            else (
                select string_agg(
                    case
                        when substr(found.holes, place, 1) = 's' and substr(found.letters, place, 1) not in ('x', 'd') then 's'
                        else substr(found.letters, place, 1)
                    end, '' order by place
                )
                from generate_series(1, 51) as place
            )
        end as statuses
    from found
),

weights as (
    select
        string_agg(letter, '' order by letter) as letters,
        string_agg(case when satisfies then '1' else '0' end, '' order by letter) as satisfied,
        string_agg(case when is_applicable then '1' else '0' end, '' order by letter) as applicable
    from catalogue.leaf_statuses
),

weighed as materialized (
    select
        stated.*,
        case when substr(stated.statuses, 10, 1) <> 's' then stated.is_reachable end as has_contact,
        translate(stated.statuses, weights.letters, weights.satisfied)::varbit as satisfied,
        translate(stated.statuses, weights.letters, weights.applicable)::varbit as applicable
    from stated cross join weights
)

select
    weighed.student_key, weighed.school_id, weighed.class_id, weighed.unit_code, weighed.parallel, weighed.education_stage,
    weighed.statuses, weighed.has_contact, weighed.has_identity_conflict,
    bit_count(weighed.satisfied & weighed.applicable)::smallint as filled_count,
    bit_count(weighed.applicable)::smallint as applicable_count
from weighed
