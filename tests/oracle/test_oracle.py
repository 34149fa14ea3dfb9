"""The third opinion: the oracle knows the domain's vectors and agrees with the simulator on every object."""

from __future__ import annotations

import ast
import csv
import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.oracle.answers import answers
from tests.oracle.numbers import inn_of, is_birth_series, judge_document, judge_email, judge_phone, snils_of
from tests.oracle.words import as_name, judge_name, read_class_name

ROOT = Path(__file__).resolve().parents[2]
NIGHT = dt.date(2025, 12, 15)


def simulate(folder: Path, *arguments: str) -> Path:
    """A synthetic О7 with its truth, made by the program, for the oracle shares nothing with its code."""
    command = [sys.executable, "-m", "o7_simulator", "--to", str(folder), *arguments]
    subprocess.run(
        command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=True, capture_output=True
    )
    return folder


def by_key(rows, *names):
    keyed = {tuple(row[name] for name in names): row for row in rows}
    assert len(keyed) == len(rows), "an object is there twice"
    return keyed


@pytest.mark.parametrize(
    ("profile", "first_night"),
    [
        pytest.param("realistic", "2025-12-15", id="an ordinary night and the next"),
        pytest.param(
            "eventful", "2025-10-24", id="a night of moves, merged schools and the first period's end"
        ),
        pytest.param("clean", "2026-07-02", id="no dirt, exam results due"),
    ],
)
def test_oracle_and_simulator_agree_on_every_object(tmp_path, profile, first_night):
    world = simulate(
        tmp_path / "world", "--pupils", "700", "--seed", "22", "--nights", "2", "--profile", profile,
        "--first-night", first_night,
    )  # fmt: skip
    truth = json.loads((world / "truth.json").read_text(encoding="utf-8"))

    assert len(truth) == 2
    for night, expected in truth.items():
        given = answers(world / night)
        names = ("indicator", "level", "org_unit_code")
        assert by_key(given["indicators"], *names) == by_key(expected["indicators"], *names)
        names = ("leaf", "status", "level", "org_unit_code")
        assert by_key(given["leaves"], *names) == by_key(expected["leaves"], *names)


def test_what_the_source_did_not_deliver_is_unknown_and_not_empty(tmp_path):
    world = simulate(tmp_path / "world", "--pupils", "300", "--seed", "3", "--nights", "1")
    folder = world / "2025-12-15"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"] = [
        entry for entry in manifest["files"] if entry["entity"] not in ("contact", "fitness_record")
    ]
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")

    given = answers(folder)

    [region] = [row for row in given["indicators"] if (row["indicator"], row["level"]) == ("4.1", "region")]
    assert (region["numerator"], region["value"]) == (None, None)
    for leaf in ("P10", "P11", "P12", "P39"):
        statuses = {row["status"] for row in given["leaves"] if row["leaf"] == leaf}
        # A release from physical training holds although nobody sent measurements.
        assert statuses <= {"source_absent", "not_applicable"}
        assert "source_absent" in statuses


def test_the_oracle_shares_no_code_with_what_it_judges():
    for path in Path(__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            modules += [name.name for name in node.names] if isinstance(node, ast.Import) else []
            assert not [name for name in modules if name.startswith("o7_")], path.name


@pytest.mark.parametrize(
    "text",
    ["112-233-445 95", "021-132-330 67", "060-019-310 00", "103-921-100 00", "166-616-918 00",
     "087-654-303 00", "288-701-460 06", "174-858-390 23", "11223344595", "112 233 445 95", "112233445-95",
     "985-822-412 60"],
)  # fmt: skip
def test_a_right_snils_is_known(text):
    assert snils_of(text) is not None


@pytest.mark.parametrize(
    "text",
    ["112-233-445 94", "112-233-444 95", "060-019-310 99", "103-921-100 01", "166-616-918 01",
     "087-654-303 01", "123-456-789 01", "8765430300", "000-000-000 00", "001-001-998 00", "001-001-999 64"],
)  # fmt: skip
def test_a_wrong_snils_is_refused(text):
    assert snils_of(text) is None


@pytest.mark.parametrize(
    ("text", "is_right"),
    [
        (text, True)
        for text in ("500100732259", "071100000064", "070112345640", "072601234555", "070000000100")
    ]
    + [
        (text, False)
        for text in (
            "500100732258", "500100732269", "500100732295", "071100000065", "71100000064", "07110000006",
            "0711001234", "000000000000", "50010073225A", "5001007322591",
        )
    ],
)  # fmt: skip
def test_an_inn_is_judged(text, is_right):
    assert (inn_of(text) is not None) == is_right


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("8 (928) 123-45-67", "f"), ("+7 928 123 45 67", "f"), ("9281234567", "f"), ("8(8662)42-00-00", "f"),
        ("8 (86634) 2-11-00", "f"), ("+90 532 123 45 67", "f"), ("42-00-00", "i"), ("8 928 123 45 6", "i"),
        ("+7 028 123 45 67", "i"), ("8-999-999-99-99", "p"), ("0000000000", "p"), (" ", "e"),
    ],
)  # fmt: skip
def test_a_phone_is_judged(text, letter):
    assert judge_phone(text) == letter


@pytest.mark.parametrize(
    ("text", "letter"),
    [("a@b.ru", "f"), ("a@b", "i"), ("a@@b.ru", "i"), ("a b@c.ru", "i"), ("a@b..ru", "i"), ("no@no.no", "p")],
)
def test_an_email_is_judged(text, letter):
    assert judge_email(text) == letter


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("Шогенов", "f"), ("Бекмурзова-Кулиева", "f"), ("Къайсын", "f"), ("Хьэсэн", "f"), ("Иса", "f"),
        ("Ян", "f"), ("Мухаммед-Али", "f"), ("Гасан оглы", "f"), ("ШОГЕНОВ", "f"), ("шогенов", "f"), ("Шoгенов", "f"),
        ("ТIыкъу", "f"), ("Иванов1", "i"), ("ivanov", "i"), ("О", "i"), ("нет", "p"), ("ххх", "p"),
    ],
)  # fmt: skip
def test_a_name_is_judged(text, letter):
    assert judge_name(text) == letter


def test_a_palochka_is_recognised_however_it_was_typed():
    assert {as_name(f"Т{typed}ыкъу") for typed in "Il1|ІӀ"} == {"Тӏыкъу"}


@pytest.mark.parametrize(
    ("series", "is_right"),
    [("I-ЯЖ", True), ("1-ЕЯ", True), ("І-ЕЯ", True), ("III ЕЯ", True), ("V-AB", True), ("ХI-ЕЯ", True),
     ("IIII-ЕЯ", False), ("I-Е", False)],
)  # fmt: skip
def test_the_series_of_a_birth_certificate_is_judged(series, is_right):
    assert is_birth_series(series) == is_right


@pytest.mark.parametrize(
    ("series", "number", "issued_on", "letter"),
    [
        ("83 21", "123456", dt.date(2021, 5, 1), "f"), ("8321", "123456", dt.date(2022, 5, 1), "f"),
        ("83 21", "12345", dt.date(2021, 5, 1), "i"), ("0000", "000000", dt.date(2021, 5, 1), "p"),
        ("83 21", "123456", dt.date(2019, 5, 1), "i"), ("83 21", "123456", None, "i"),
    ],
)  # fmt: skip
def test_a_passport_is_judged(series, number, issued_on, letter):
    given = judge_document(
        kind="12", series=series, number=number, issued_on=issued_on, is_current=True,
        birth_date=dt.date(2006, 3, 1), night=NIGHT, kinds=frozenset({"12"}),
    )  # fmt: skip

    assert given == letter


@pytest.mark.parametrize(
    ("text", "is_adapted", "read"),
    [
        ("7А", False, ("7А", 7)), ("7 А", False, ("7А", 7)), ("7-А", False, ("7А", 7)),
        ("7«А»", False, ("7А", 7)), ('7 "А"', False, ("7А", 7)), ("10 Б", False, ("10Б", 10)),
        ("11", False, ("11", 11)),
        ("7A", False, ("7А", 7)), ("7а", False, ("7А", 7)), ("9-Г класс", False, ("9Г", 9)),
        ("1А1", False, ("1А1", 1)), ("12А", True, ("12А", 12)), ("12А", False, ("12А", None)),
        ("07А", False, ("07А", None)), ("13А", False, ("13А", None)), ("А7", False, ("А7", None)),
        ("7АБ", False, ("7АБ", None)), ("0А", False, ("0А", None)), ("1 доп.", False, ("1 доп.", None)),
    ],
)  # fmt: skip
def test_a_class_name_is_read(text, is_adapted, read):
    assert read_class_name(text, is_adapted=is_adapted) == read


def test_the_first_class_of_two_years_is_parallel_nought():
    assert read_class_name("1 доп.", is_adapted=True)[1] == 0


def test_the_catalogues_are_read_as_data():
    """The oracle's letters are the catalogue's."""
    with (ROOT / "dbt_project" / "seeds" / "leaf_statuses.csv").open(encoding="utf-8", newline="") as text:
        assert [row["letter"] for row in csv.DictReader(text)] == list("fnipexds")
