"""A version of the tables says which definitions it has: none of them changes without another version."""

from __future__ import annotations

from o7_warehouse.schema_version import FILE, digest_of, versions
from o7_warehouse.settings import ROOT


def test_definitions_of_tables_do_not_change_without_another_version() -> None:
    newest, found = versions(ROOT)[-1], digest_of(ROOT)

    assert newest.digest == found, (
        f"o7_warehouse/ddl has changed since version {newest.number}. Add a line to {FILE}: "
        f"{newest.number + 1},{found},what is new. A line that is there is changed only by the commit that wrote it."
    )


def test_no_two_versions_have_the_same_definitions() -> None:
    digests = [one.digest for one in versions(ROOT)]

    assert len(digests) == len(set(digests))
