"""The pages of a small audit, written once for the tests that only read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from o7_warehouse.audit_pages.build import write_pages
from tests.audit_pages import nights
from tests.conftest import open_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from o7_warehouse.settings import Settings


@pytest.fixture(scope="module")
def audited(warehouse_database: Settings) -> Settings:
    """A warehouse that holds the small audit."""
    nights.fill(warehouse_database)
    return warehouse_database


@pytest.fixture(scope="module")
def folder(audited: Settings) -> Iterator[Path]:
    """The folder of its pages."""
    with open_folder() as place:
        write_pages(audited, nights=None, folder=place / "pages")
        yield place / "pages"
