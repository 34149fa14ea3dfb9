"""The matrix of access as its file says it (o7_warehouse/ddl/access.yml), and the objects a database really has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import yaml

from o7_warehouse.contract import read_contract
from o7_warehouse.rules import read_rules
from o7_warehouse.settings import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

FILE: Final = ROOT / "o7_warehouse" / "ddl" / "access.yml"
RIGHTS: Final = ("select", "insert", "delete", "execute")
ADMIN: Final = "o7_admin"
OBJECTS: Final = """
    select
        namespace.nspname::text, relation.relname::text, relation.relkind::text,
        pg_get_userbyid(relation.relowner)::text, ''
    from pg_catalog.pg_class as relation
    inner join pg_catalog.pg_namespace as namespace on namespace.oid = relation.relnamespace
    where relation.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and namespace.nspname !~ '^pg_|^information_schema$'
    union all
    select
        namespace.nspname, routine.proname, 'x', pg_get_userbyid(routine.proowner),
        array_to_string(array(
            select format('null::%s', format_type(argument.type, null))
            from unnest(routine.proargtypes::oid[]) with ordinality as argument (type, place) order by argument.place
        ), ', ')
    from pg_catalog.pg_proc as routine
    inner join pg_catalog.pg_namespace as namespace on namespace.oid = routine.pronamespace
    where namespace.nspname !~ '^pg_|^information_schema$'
    order by 1, 2
"""


@dataclass(frozen=True, slots=True)
class Object:
    """A relation or function of the database; ``call`` are the values a function is tried with."""

    schema: str
    name: str
    kind: str
    owner: str
    call: str = ""

    @property
    def is_function(self) -> bool:
        """Whether it is called and not read."""
        return self.kind == "x"

    def __str__(self) -> str:
        return f'"{self.schema}"."{self.name}"'


@dataclass(slots=True)
class Matrix:
    """What the file says: rights by object, and what each role may in each schema and in the database."""

    content: dict[str, Any]
    named: dict[tuple[str, str, bool], dict[str, dict[str, str]]] = field(default_factory=dict)
    doubled: list[str] = field(default_factory=list)

    @classmethod
    def read(cls) -> Matrix:
        """Read the file and put each name it stands for in the place of its words."""
        found = cls(yaml.safe_load(FILE.read_text(encoding="utf-8")))
        for schema, body in found.content["schemas"].items():
            for kind in ("objects", "functions"):
                for group in body.get(kind, ()):
                    rights = {right: group.get(right, {}) for right in RIGHTS}
                    for name in _names(schema, group):
                        found._add((schema, name, kind == "functions"), rights)
        return found

    def _add(self, key: tuple[str, str, bool], rights: dict[str, dict[str, str]]) -> None:
        if key in self.named:
            self.doubled.append(".".join(key[:2]))
        self.named[key] = rights

    @property
    def roles(self) -> list[str]:
        """The roles the matrix speaks of."""
        return list(self.content["roles"])

    @property
    def schemas(self) -> list[str]:
        """The schemas the matrix speaks of."""
        return list(self.content["schemas"])

    def owner(self, schema: str) -> str:
        """Who owns a schema and all that is in it."""
        return str(self.content["schemas"][schema]["owner"])

    def may(self, role: str, right: str, of: Object) -> bool:
        """Whether the matrix gives a role a right to an object; its owner has all of them."""
        return role == of.owner or role in self.named[of.schema, of.name, of.is_function].get(right, {})

    def may_use(self, role: str, schema: str) -> bool:
        """Whether a role may look into a schema at all."""
        return role in {self.owner(schema), *self.content["schemas"][schema].get("usage", {})}

    def has_temp(self, role: str) -> bool:
        """Whether a role may make temporary tables."""
        return "temp" in self.content["roles"][role]

    def reasons(self) -> Iterable[tuple[str, str]]:
        """Every right with the reason it has."""
        for (schema, name, _), rights in self.named.items():
            for right, roles in rights.items():
                for role, why in roles.items():
                    yield f"{role} {right} {schema}.{name}", why


def objects(cursor: Cursor) -> list[Object]:
    """Every relation, sequence and function there is outside PostgreSQL's own schemas."""
    cursor.execute(OBJECTS)
    return [Object(*row) for row in cursor.fetchall()]


def _names(schema: str, group: dict[str, Any]) -> list[str]:
    if "names" in group:
        return list(group["names"])
    entities = read_contract().entity_names
    if group["of"] == "contract":
        return list(entities)
    if group["of"] == "gate":
        patterns = ("{}", "{}__changed", "{}__touched", "{}__rows")
        helpers = [f"{each.entity}__{one.name}" for each in read_rules(ROOT) for one in each.helpers]
        kept = [*helpers, *(f"key_of_{entity}" for entity in entities), "repeated_key", "made_for"]
        before = [f"{name}__before" for name in kept]
        return [*(one.format(entity) for entity in entities for one in patterns), *kept, *before]
    folder = {"catalogue": "seeds", "dq": "functions"}.get(schema, f"models/{schema}")
    suffix = "*.csv" if schema == "catalogue" else "*.sql"
    return [path.stem for path in sorted((ROOT / "dbt_project" / folder).glob(suffix))]
