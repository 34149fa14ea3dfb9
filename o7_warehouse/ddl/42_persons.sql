-- Whom the numerators of 4.2-4.4 leave out, and for which reason: histories beside published.profile_versions, merged by
-- persons.py with each publication. Nights between two published ones belong to no edition.

create table if not exists published.pupil_reading_versions (
    student_key uuid not null,
    night_from date not null,
    night_to date not null,
    school_id text not null,
    class_id text not null,
    unit_code text not null,
    has_recommendation boolean not null,
    has_plan boolean not null,
    has_portfolio boolean not null,
    trajectory_loss text,
    access_loss text,
    constraint pupil_reading_versions_key primary key (student_key, night_from),
    constraint pupil_reading_versions_interval check (night_from < night_to)
);
comment on table published.pupil_reading_versions is
'One row per pupil and interval of nights in which neither his place nor why 4.2 and 4.4 lose him changed; pseudonymous.';

create table if not exists published.staff_reading_versions (
    staff_key uuid not null,
    night_from date not null,
    night_to date not null,
    school_id text not null,
    unit_code text not null,
    position_code text,
    access_loss text,
    constraint staff_reading_versions_key primary key (staff_key, night_from),
    constraint staff_reading_versions_interval check (night_from < night_to)
);
comment on table published.staff_reading_versions is
'One row per teacher and interval of nights in which neither his place nor why 4.3 loses him changed; pseudonymous.';

-- A night that was published before these histories began has none: an empty answer must not be read as nobody.
create table if not exists published.reading_night (
    night date primary key,
    build_id uuid not null
);
comment on table published.reading_night is
'Which nights the histories of readings hold, and the build whose persons they took';

alter table published.pupil_reading_versions owner to o7_gate;
alter table published.staff_reading_versions owner to o7_gate;
alter table published.reading_night owner to o7_gate;

-- Rows of single persons are for the auditor; a report has no use for them.
grant select on published.pupil_reading_versions, published.staff_reading_versions, published.reading_night to o7_auditor;
revoke all on published.pupil_reading_versions, published.staff_reading_versions, published.reading_night from o7_reporter;
