"""Soda Core by its own checks. soda_scan.py ADDRESS RULES OUT; without words it only imports."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from soda.scan import Scan


def main(address: str, rules: str, out: str) -> None:
    """Run every check and write down what it measured."""
    told = json.loads(Path(rules).read_text(encoding="utf-8"))
    place = urlsplit(address)
    connection = {
        "type": "postgres", "host": place.hostname, "port": str(place.port), "username": place.username,
        "password": unquote(place.password or ""), "database": place.path.lstrip("/"), "schema": told["schema"],
    }  # fmt: skip
    checks: dict[str, list[dict[str, Any]]] = {}
    for rule in told["rules"]:
        checks.setdefault(f"checks for {rule['entity']}", []).append(_check(rule))
    scan = Scan()
    scan.set_data_source_name("night")
    # JSON is YAML.
    scan.add_configuration_yaml_str(json.dumps({"data_source night": connection}))
    scan.add_sodacl_yaml_str(json.dumps(checks, ensure_ascii=False))
    scan.execute()
    if scan.has_error_logs():
        raise SystemExit(scan.get_error_logs_text())
    found = {one["name"]: int(one["diagnostics"]["value"]) for one in scan.get_scan_results()["checks"]}
    Path(out).write_text(json.dumps(found), encoding="utf-8")


def _check(rule: dict[str, Any]) -> dict[str, Any]:
    column, name = rule["column"], {"name": rule["rule_id"]}
    match rule["kind"]:
        case "given":
            return {f"missing_count({column}) = 0": name}
        case "single":
            return {f"duplicate_count({column}) = 0": name}
        case "listed":
            return {f"invalid_count({column}) = 0": name | {"valid values": rule["values"]}}
        case _:
            return {f"invalid_count({column}) = 0": name | {"invalid regex": rule["values"][0]}}


if __name__ == "__main__" and sys.argv[1:]:
    main(*sys.argv[1:])
