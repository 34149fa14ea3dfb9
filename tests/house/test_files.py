"""Names, sizes and contents every file of the house keeps to (style §1.0, §2.2)."""

from __future__ import annotations

import ast
import lzma
import re
import subprocess
from pathlib import Path

import pytest

from o7_warehouse.settings import ROOT

LONGEST = {"module": 250, "function": 40, "model": 80, "dag": 90}
OURS = ("o7_warehouse", "o7_airflow", "o7_simulator", "dags", "docker", "benchmarks")
# What must not be in a repository that others clone: where this copy lies, somebody's home, an index of packages.
PLACES = [f"{path}/" for path in (ROOT, Path.home()) if len(path.parts) > 1]
FOREIGN = re.compile(
    "|".join([*map(re.escape, PLACES), r"/(?:home|root|Users)/\w", r"https?://[^\s\"']+/simple\b"])
)


def tracked(*patterns: str) -> list[Path]:
    """Files git knows of, so that state and environment are never looked at."""
    words = [
        "git",
        "-C",
        str(ROOT),
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
        "--",
        *patterns,
    ]
    names = subprocess.run(words, capture_output=True, check=True).stdout.decode().split("\0")
    return [path for name in names if name and (path := ROOT / name).is_file()]


def lines(path: Path) -> int:
    """How many lines a file has."""
    return len(path.read_text(encoding="utf-8").splitlines())


def python_files() -> list[Path]:
    """Every module of ours that is no test."""
    return [path for path in tracked("*.py") if path.relative_to(ROOT).parts[0] in OURS]


def test_a_module_fits_two_hundred_and_fifty_lines() -> None:
    longest = {"dags": LONGEST["dag"]}
    files = python_files()

    assert len(files) > 20
    assert {
        str(path.relative_to(ROOT)): lines(path) for path in files if lines(path) > LONGEST["module"]
    } == {}
    assert {
        path.name: lines(path)
        for path in files
        if path.parent.name == "dags" and not path.name.startswith("_") and lines(path) > longest["dags"]
    } == {}


def test_a_function_fits_forty_lines() -> None:
    too_long = {}
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                size = (node.end_lineno or node.lineno) - node.lineno + 1
                if size > LONGEST["function"]:
                    too_long[f"{path.relative_to(ROOT)}:{node.name}"] = size

    assert too_long == {}


def test_a_model_fits_eighty_lines() -> None:
    models = tracked("dbt_project/models/**/*.sql", "dbt_project/models/*.sql")

    assert len(models) > 50
    assert {path.name: lines(path) for path in models if lines(path) > LONGEST["model"]} == {}


@pytest.mark.parametrize("suffix", ["sql", "csv"])
def test_every_model_and_seed_has_a_description_of_the_same_stem(suffix: str) -> None:
    folder = "models" if suffix == "sql" else "seeds"
    files = tracked(f"dbt_project/{folder}/**.{suffix}")
    functions = tracked("dbt_project/functions/**.sql") if suffix == "sql" else []

    assert files
    assert [path.name for path in files + functions if not path.with_suffix(".yml").exists()] == []


def test_a_lock_names_packages_and_hashes_and_no_address() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")

        assert "--hash=sha256:" in text
        assert not re.search(r"https?://|--index-url|--find-links|--extra-index", text), name


def test_nothing_tells_where_it_was_written() -> None:
    found = []
    for path in tracked():
        if path.samefile(__file__) or path.suffix in {
            ".ttf",
            ".otf",
            ".png",
            ".pdf",
            ".woff2",
            ".icc",
            ".zip",
        }:
            continue
        if path.suffix == ".xz":  # tables, rows and files of earlier houses
            text = lzma.decompress(path.read_bytes()).decode(errors="replace")
        else:
            text = path.read_text(encoding="utf-8")
        found += [f"{path.relative_to(ROOT)}: {match.group()}" for match in FOREIGN.finditer(text)]

    assert found == []


@pytest.mark.parametrize(
    "told", [f"{ROOT}/var/x", "/home/somebody/x", "--index-url https://packages.example/simple"]
)
def test_a_place_that_is_told_is_found(told: str) -> None:
    assert FOREIGN.search(told)


def test_no_promise_is_left_in_the_code() -> None:
    promise = re.compile(r"\b(TO" + "DO|FIX" + "ME|X" + r"XX)\b")

    assert [
        str(path.relative_to(ROOT))
        for path in tracked("*.py", "*.sql", "*.yml", "*.j2", "o7")
        if promise.search(path.read_text(encoding="utf-8"))
    ] == []
