"""Whom the changes between two nights reach: the SQL that finds the pupils to be built anew.

Everything is read from the contract: an entity with a pupil reaches that pupil, one of a class its pupils, one of a
school the school's; a few reach everybody or nobody, and say so here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from psycopg2 import sql

from o7_warehouse.errors import CatalogueError
from o7_warehouse.raw_indexes import dates_of, is_to_come

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Contract, Entity

Reach = Literal["pupil", "class", "school", "resource", "everybody", "nobody"]
STUDENT: Final = "student_id"
# Entities without a pupil: whom a changed row reaches, and the column that says which class, school or resource.
REACH: Final[dict[str, tuple[Reach, str]]] = {
    "person": ("pupil", "source_id"),
    "student": ("pupil", "source_id"),
    "class": ("class", "source_id"),
    "class_recommendation": ("class", "class_id"),
    "organization": ("school", "source_id"),
    "grading_period": ("school", "org_id"),
    "academic_year": ("everybody", ""),
    "content_resource": ("resource", "source_id"),
    "content_verification": ("resource", "resource_id"),
    # What is built of these is built whole every night, and no pupil's row reads it.
    "municipality_ref": ("nobody", ""),
    "organization_event": ("nobody", ""),
    "staff_person": ("nobody", ""),
    "staff_position": ("nobody", ""),
    "staff_workload": ("nobody", ""),
    "access_grant_staff": ("nobody", ""),
}
# Where the pupils of a class, of a school, and of a resource are found.
THROUGH: Final = {
    "class": ("enrollment_event", "class_id"),
    "school": ("enrollment_event", "org_id"),
    "resource": ("access_grant_student", "resource_id"),
}
# A date decides on the day after the base up to the night; one that is a last day already decides on its own morrow.
LAST_DAYS: Final = frozenset({"valid_to", "ends_on", "valid_until"})

REASONS: Final = (
    "с тех пор открывали ту же или более раннюю ночь",
    "переданы другие необязательные поля",
    "другая версия контракта",
    "меняется действующая редакция справочника",
    "наступил срок результатов экзаменов",
)
CHANGES_FOR_ALL: Final = """
with

base_run as (
    select run.run_no, run.contract_version
    from audit.run inner join rebuild.built_state as built on built.run_id = run.run_id
),

dated as (
    select valid_from, valid_to from catalogue.parameters
    union all select valid_from, null from catalogue.profile_fields
    union all select valid_from, null from catalogue.portfolio_categories
    union all select valid_from, valid_to from catalogue.profile_rules
)

select
    exists (
        select from audit.run, base_run
        where run.run_no > base_run.run_no and run.night <= %(base)s
    ),
    exists (
        (select entity, column_name from raw_o7.absent_column where night = %(base)s)
        except (select entity, column_name from raw_o7.absent_column where night = %(night)s)
    ) or exists (
        (select entity, column_name from raw_o7.absent_column where night = %(night)s)
        except (select entity, column_name from raw_o7.absent_column where night = %(base)s)
    ),
    exists (
        select from base_run
        where base_run.contract_version <> (select contract_version from raw_o7.night where night = %(night)s)
    ),
    exists (
        select from dated
        where
            (dated.valid_from > %(base)s and dated.valid_from <= %(night)s)
            or (dated.valid_to >= %(base)s and dated.valid_to <= %(night)s)
    ),
    exists (
        select from catalogue.parameters as parameters
        where
            parameters.parameter = 'oge_results_from'
            and (extract(year from %(night)s::date)::text || '-' || parameters.value)::date > %(base)s
            and (extract(year from %(night)s::date)::text || '-' || parameters.value)::date <= %(night)s
    )
"""

# Rows of either night that are not rows of both, or whose dates decide otherwise, or that were put aside on one only.
CHANGED: Final = """
    select {named} as named
    from raw_o7.{entity} as version
    where version._night_from > {base} and version._night_from <= {night}
    union
    select {named} as named
    from raw_o7.{entity} as version
    where version._night_to > {base} and version._night_to <= {night}
    union
    select {named} as named
    from raw_o7.{entity} as version
    where version._night_from <= {base} and version._night_to > {night} and {is_to_come} and ({dates})
    union
    select {named} as named
    from raw_o7.{entity} as version
    inner join (
        select source_id, row_hash
        from quarantine.entry
        where entry.entity = {name} and entry.night in ({base}, {night})
        group by source_id, row_hash
        having count(distinct entry.night) = 1
    ) as moved
        on version._row_hash = moved.row_hash and version.source_id is not distinct from moved.source_id
    where version._night_from <= {night} and version._night_to > {base}
"""
OF_THEIR: Final = """
    select known.student_id
    from {through} as known
    inner join ({changed}) as changed on {place} = changed.named
    where known._night_from <= {night} and known._night_to > {base}
"""


def reach_of(entity: Entity) -> tuple[Reach, str]:
    """Whom a changed row of an entity reaches, and the column that names them.

    Raises CatalogueError for an entity that names no pupil and of which nobody said it.
    """
    if entity.name in REACH:
        return REACH[entity.name]
    if STUDENT in entity.column_names:
        return "pupil", STUDENT
    raise CatalogueError(
        f"o7_warehouse/touched.py does not say whom a changed row of {entity.name!r} reaches, so a night could keep "
        "facts that are not its own. Add the entity to REACH."
    )


def entity_for_all(cursor: Cursor, contract: Contract, *, base: date, night: date) -> str | None:
    """The first entity with a change that reaches every pupil; None where there is none."""
    for entity in contract.entities:
        if reach_of(entity)[0] != "everybody":
            continue
        changed = _changed(entity, "source_id", base=base, night=night)
        cursor.execute(sql.SQL("select exists ({})").format(changed))
        [(is_changed,)] = cursor.fetchall()
        if is_changed:
            return entity.name
    return None


def collect(cursor: Cursor, contract: Contract, *, base: date, night: date) -> tuple[int, int]:
    """Fill the tables of touched pupils and of what tells them apart; returns how many are touched, of how many."""
    cursor.execute("truncate rebuild.touched_student, rebuild.touched_row, rebuild.touched_identity")
    for entity, pupils in _of_pupils(contract, base=base, night=night):
        cursor.execute(
            sql.SQL(
                "insert into rebuild.touched_row (entity, student_id)"
                " select {}, named.student_id from ({}) as named (student_id) where named.student_id is not null"
            ).format(sql.Literal(entity), pupils)
        )
    others = [
        sql.SQL("select student_id from rebuild.touched_row"),
        *_through(contract, base=base, night=night),
    ]
    cursor.execute(
        sql.SQL(
            "insert into rebuild.touched_student (student_id)"
            " select named.student_id from ({}) as named (student_id) where named.student_id is not null"
            " group by named.student_id"
        ).format(sql.SQL(" union all ").join(others))
    )
    count = cursor.rowcount
    cursor.execute(
        "insert into rebuild.touched_identity (kind, value)"
        " select identities.kind, identities.value from staging.stg_o7__identities as identities"
        " inner join rebuild.touched_student as touched on touched.student_id = identities.student_id"
    )
    cursor.execute("analyze rebuild.touched_student, rebuild.touched_row, rebuild.touched_identity")
    cursor.execute("select count(*) from raw_o7.student_keys")
    [(known,)] = cursor.fetchall()
    return count, known


def _of_pupils(contract: Contract, *, base: date, night: date) -> Iterator[tuple[str, sql.Composed]]:
    """Every entity of pupils, and a query of those whose rows changed."""
    for entity, (reach, column) in ((one, reach_of(one)) for one in contract.entities):
        if reach == "pupil":
            yield entity.name, _changed(entity, column, base=base, night=night)


def _through(contract: Contract, *, base: date, night: date) -> Iterator[sql.Composed]:
    """A query per entity of classes, schools or resources: the pupils its changes reach."""
    for entity, (reach, column) in ((one, reach_of(one)) for one in contract.entities):
        if reach in THROUGH:
            through, place = THROUGH[reach]
            yield sql.SQL(OF_THEIR).format(
                changed=_changed(entity, column, base=base, night=night),
                through=sql.Identifier("raw_o7", through),
                place=sql.Identifier("known", place),
                base=sql.Literal(base),
                night=sql.Literal(night),
            )


def _changed(entity: Entity, column: str, *, base: date, night: date) -> sql.Composed:
    return sql.SQL(CHANGED).format(
        named=sql.Identifier("version", column),
        entity=sql.Identifier(entity.name),
        name=sql.Literal(entity.name),
        is_to_come=is_to_come(entity),
        dates=_dates(entity, base=base, night=night),
        base=sql.Literal(base),
        night=sql.Literal(night),
    )


def _dates(entity: Entity, *, base: date, night: date) -> sql.Composable:
    """Whether a date of the row decides otherwise on the night than on the base; ISO dates sort as their text does."""
    tests = [
        sql.SQL("left({column}, 10) {since} {base}::text and left({column}, 10) <= {night}::text").format(
            column=sql.Identifier("version", column),
            since=sql.SQL(">=" if column in LAST_DAYS else ">"),
            base=sql.Literal(base),
            night=sql.Literal(night),
        )
        for column in dates_of(entity)
    ]
    return sql.SQL(" or ").join(tests) if tests else sql.SQL("false")
