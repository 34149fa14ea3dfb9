"""The tree of errors: drawn as it is, and each class with the exit code of its branch."""

from __future__ import annotations

import inspect

import pytest

from o7_warehouse import errors

CLASSES = [one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, errors.O7Error)]


@pytest.mark.parametrize("error", CLASSES, ids=lambda one: one.__name__)
def test_every_error_stands_in_the_drawing(error):
    assert f" {error.__name__} " in f"{errors.__doc__} ".replace("\n", " ")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        pytest.param(errors.SettingsError, 2, id="wrong use"),
        pytest.param(errors.CommandError, 2, id="wrong command"),
        pytest.param(errors.GateError, 3, id="a person must act"),
        pytest.param(errors.NightError, 3, id="a person must decide"),
        pytest.param(errors.SourceUnavailableError, 4, id="try again"),
        pytest.param(errors.WarehouseUnavailableError, 4, id="try again too"),
    ],
)
def test_the_exit_code_says_whether_to_try_again(error, code):
    assert error("found, stops, do").exit_code == code
