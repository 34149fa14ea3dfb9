"""Which benchmarks `./o7 bench` runs."""

from __future__ import annotations

from o7_warehouse.commands_develop import BY_NAME_ONLY, chosen_benchmarks
from o7_warehouse.settings import ROOT

KNOWN = sorted(path.stem for path in (ROOT / "benchmarks").glob("bench_*.py"))


def test_a_benchmark_of_hours_is_run_only_where_it_is_named():
    assert set(KNOWN) >= BY_NAME_ONLY
    assert chosen_benchmarks(KNOWN, ["--pairs", "1"]) == (
        [name for name in KNOWN if name != "bench_scale"],
        ["--pairs", "1"],
    )
    assert chosen_benchmarks(KNOWN, ["scale", "--sizes", "1000"]) == (["bench_scale"], ["--sizes", "1000"])
