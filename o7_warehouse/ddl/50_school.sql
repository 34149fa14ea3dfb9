-- What a school may be told of its own rows. Views only (views/school.sql): the number by which a school knows its pupil
-- (student_no) is read from raw_o7 whenever it is asked for, and kept nowhere else.

create schema if not exists school authorization o7_gate;
grant usage on schema school to o7_school;
