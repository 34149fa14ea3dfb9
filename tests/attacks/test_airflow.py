"""Airflow's interface, asked over HTTP with forged tokens and with none."""

from __future__ import annotations

import pytest

from o7_warehouse.settings import Settings
from tests.attacks import tokens
from tests.attacks.airflow_server import operations, serving
from tests.attacks.catalogue import each, prove
from tests.conftest import open_folder

pytestmark = [pytest.mark.full, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def interface():
    """A running api-server with the project's own configuration."""
    with open_folder() as folder, serving(Settings.load(folder, {})) as made:
        yield made


@each(tokens.ATTACKS)
def test_an_attack_on_airflow_fails_and_succeeds_where_its_defence_is_gone(attack, interface):
    prove(attack, interface)


def test_every_operation_there_is_was_tried_without_a_token(interface):
    assert set(operations(interface)) - tokens.OPEN == set(tokens.ABOUT)
