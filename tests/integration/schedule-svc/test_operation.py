# SPDX-License-Identifier: MIT
"""What whoever runs the daemon sees of it."""

import json
import pathlib

import pytest

from poly_process import run, wait_until
from timetable import MONDAY, first_group

METRICS = [
    "schedule_cache_hits_total",
    "schedule_cache_misses_total",
    "schedule_cache_stale_total",
    "schedule_cache_negative_total",
    "schedule_cache_evictions_total",
    "schedule_cache_bytes",
    "schedule_cache_entries",
    "schedule_refresh_total",
    "schedule_hot_groups",
    "schedule_snapshot_saves_total",
    "schedule_snapshot_bytes",
    "schedule_snapshot_entries",
    "schedule_snapshot_timestamp_seconds",
    "schedule_changes_total",
]


def test_openapi_is_the_file(quiet_svc, document):
    response = quiet_svc.get("/openapi.json")
    assert response.status == 200
    assert response.json == json.loads(json.dumps(document.root))


@pytest.mark.parametrize("path", ["/api/health", "/healthz", "/readyz"])
def test_health(quiet_svc, document, path):
    response = quiet_svc.get(path)
    assert response.status == 200
    document.check("get", path, response)


def test_metrics(quiet_svc, ask, campus_sim):
    ask(quiet_svc, f"/groups/{first_group(campus_sim)['id']}/week", {"date": MONDAY})
    names = {sample.partition("{")[0] for sample in quiet_svc.metrics()}
    assert [name for name in METRICS if name not in names] == []
    assert quiet_svc.metric("schedule_refresh_total", result="ok") == 1


def test_ready_while_ruz_is_down(start_quiet, campus_sim, ask):
    """It is reported, but a daemon that serves from its cache is not to be taken out of service."""
    schedule_svc = start_quiet(campus_sim)
    campus_sim.fault(status=500)

    def fail():
        for number in range(1, 10):
            ask(schedule_svc, f"/groups/{number}/week", {"date": MONDAY})
        return schedule_svc.get("/readyz").json["checks"]["upstream"]["status"] == "unavailable"

    wait_until(fail, 10, "the breaker to open")
    assert schedule_svc.get("/readyz").status == 200
    assert schedule_svc.get("/healthz").status == 200


def test_config_tells_every_variable():
    done = run("schedule-svc", "config", environment={"CACHE_MAX_BYTES": "12345678"}, check=True)
    for name in ("LISTEN", "WORKERS", "RUZ_BASE_URL", "SNAPSHOT_DIR", "CACHE_STALE_IF_ERROR_SECONDS", "REFRESH_GROUPS"):
        assert name in done.stdout
    assert "12345678" in done.stdout


def test_every_fault_of_the_configuration_is_told():
    done = run(
        "schedule-svc",
        "serve",
        environment={"RUZ_BASE_URL": "ftp://ruz", "CACHE_MAX_BYTES": "12", "SNAPSHOT_SECONDS": "soon", "LISTEN": "127.0.0.1:0"},
    )
    assert done.returncode == 2
    for name in ("RUZ_BASE_URL", "CACHE_MAX_BYTES", "SNAPSHOT_SECONDS"):
        assert name in done.stderr
    assert len(done.stderr.splitlines()) == 3


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_can_be_written(quiet_svc, method):
    response = quiet_svc.request(method, "/api/schedule/faculties")
    assert response.status == 405
    assert "GET" in response.header("allow")


def test_there_is_nothing_else(quiet_svc):
    for path in ("/", "/api", "/api/schedule/nothing", "/api/schedule/groups", "/api/schedule/rooms/free/more"):
        response = quiet_svc.get(path)
        assert response.status == 404 and response.json["code"] == "not_found"


def test_the_readme_names_every_variable():
    source = pathlib.Path(__file__).resolve().parents[3] / "schedule-svc"
    readme = (source / "README.md").read_text(encoding="utf-8")
    names = [line.split('"')[1] for line in (source / "config.c").read_text(encoding="utf-8").splitlines() if ".name = \"" in line]
    assert len(names) > 10
    assert [name for name in names if f"`{name}`" not in readme] == []
