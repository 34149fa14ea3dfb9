"""Queries the nodes of a distributed warehouse can and cannot do, and the models that are known to take a detour."""

from __future__ import annotations

import pytest

# Models of which the coordinator takes rows of persons, and why that may be.
KNOWN_DETOURS = {
    # Who shares a number or a name lies on any node. Of each enrolled pupil go four short columns, on nights that build
    # what changed only of the pupils built and their kin.
    "int_persons__conflicting": [
        "a subquery over distributed rows that does not go by the distribution column",
        "enrolled is read twice or materialized: all its rows go through the coordinator",
    ],
    # Who is built tonight, put together from what the coordinator knows and from whoever shares an identity: few.
    "stg_o7__rebuilt_students": ["UNION of distributed rows with others"],
}

# A query broken on purpose, and how it is told.
DETOURS = [
    pytest.param(
        "select p.student_key from marts.fct_pupil_reading as p"
        " inner join marts.fct_trajectory as t on p.class_id = t.student_key::text",
        "p, t are not joined by their distribution columns", id="a join by something else",
    ),
    pytest.param(
        "select p.student_key from marts.fct_profile_gap as p"
        " inner join staging.stg_o7__identities as i on p.student_key = i.student_key",
        "i, p are not joined by their distribution columns", id="a join of two distributions",
    ),
    pytest.param(
        "select distinct on (class_id) student_key from marts.fct_pupil_reading order by class_id",
        "DISTINCT ON without the distribution column", id="the first of each class",
    ),
    pytest.param(
        "select count(*) from marts.fct_pupil_reading group by grouping sets ((class_id), ())",
        "GROUPING SETS over distributed rows", id="grouping sets of persons",
    ),
    pytest.param(
        "select row_number() over (partition by class_id order by student_key) from marts.fct_pupil_reading",
        "a window that is not partitioned by the distribution column", id="a place within the class",
    ),
    pytest.param(
        "with recursive r as (select student_key, 1 as n from marts.fct_pupil_reading"
        " union all select student_key, n + 1 from r where n < 3) select * from r",
        "WITH RECURSIVE r goes over distributed rows", id="a recursion over persons",
    ),
    pytest.param(
        "with p as (select * from marts.fct_pupil_reading)"
        " select class_id from p union all select school_id from p",
        "p is read twice or materialized: all its rows go through the coordinator", id="a part read twice",
    ),
    pytest.param(
        "with p as materialized (select * from marts.fct_pupil_reading) select class_id from p",
        "p is read twice or materialized: all its rows go through the coordinator", id="a part materialized",
    ),
    pytest.param(
        "select student_key from marts.fct_pupil_reading as p where exists ("
        "select from marts.fct_profile_gap as g where g.class_id = p.class_id)",
        "a subquery over distributed rows that does not go by the distribution column",
        id="a subquery by the class",
    ),
    pytest.param(
        "select case class_id when '1' then 'a' end from marts.fct_pupil_reading",
        "CASE with an operand over distributed rows", id="a case with an operand",
    ),
    pytest.param(
        "select p.student_key from marts.fct_pupil_reading as p"
        " inner join indicators.org_units as u on p.class_id = u.org_unit_code",
        "indicators.org_units, which the coordinator alone has, is joined with distributed rows",
        id="a join with the figures",
    ),
    pytest.param(
        "select student_key from marts.fct_pupil_reading union all select student_key from raw_o7.student_keys",
        "UNION of distributed rows with others", id="a union with raw",
    ),
]  # fmt: skip

SOUND = [
    pytest.param(
        "select p.student_key, s.school_name, row_number() over (partition by p.student_key)"
        " from marts.fct_pupil_reading as p left join marts.fct_profile_gap as g using (student_key)"
        " inner join marts.dim_school as s on p.school_id = s.school_id"
        " where exists (select from marts.fct_portfolio_item as i where i.student_key = g.student_key)",
        id="joins of co-located tables with a reference table",
    ),
    pytest.param(
        "with c as (select class_id, count(*) as n from marts.fct_pupil_reading group by class_id)"
        " select class_id, sum(n) from c group by rollup (class_id) union all select 'all', sum(n) from c",
        id="whatever one likes of what is merged",
    ),
]
