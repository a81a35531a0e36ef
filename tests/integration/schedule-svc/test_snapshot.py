# SPDX-License-Identifier: MIT
"""What is kept across a restart."""

import pytest

from poly_process import run, wait_until
from timetable import API, FACULTY, MONDAY, first_group, is_stale


@pytest.fixture
def week(campus_sim):
    return f"/groups/{first_group(campus_sim)['id']}/week?date={MONDAY}"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "snapshot" / "schedule.snapshot"


def test_it_serves_while_ruz_is_down(start_quiet, campus_sim, ask, week):
    schedule_svc = start_quiet(campus_sim)
    before = {path: ask(schedule_svc, path) for path in (week, "/faculties", f"/faculties/{FACULTY}/groups", "/teachers")}
    schedule_svc.stop()
    campus_sim.stop()
    schedule_svc.start()
    for path, old in before.items():
        response = ask(schedule_svc, path)
        assert response.status == 200 and response.body == old.body
        assert is_stale(response) and int(response.header("age")) >= 0
        assert response.header("etag") == old.header("etag")
    assert ask(schedule_svc, "/buildings").status == 503


def test_search_and_names_go_on_too(start_quiet, campus_sim, ask):
    schedule_svc = start_quiet(campus_sim, DICTIONARIES_PRELOAD="true")
    schedule_svc.wait_log("directory built", missing=0)
    group = first_group(campus_sim)
    schedule_svc.stop()
    campus_sim.stop()
    schedule_svc.start()
    found = ask(schedule_svc, "/search", {"q": group["name"]})
    assert group["id"] in [item["id"] for item in found.json["items"]] and is_stale(found)
    names = {"faculty_abbr": "ИКНК", "group_name": group["name"]}
    resolved = ask(schedule_svc, "/groups/resolve", names)
    assert resolved.json["group_id"] == group["id"] and is_stale(resolved)


def test_it_comes_back_to_ruz(start_quiet, campus_sim, ask, week):
    schedule_svc = start_quiet(campus_sim)
    ask(schedule_svc, week)
    schedule_svc.restart()
    campus_sim.reset_requests()
    assert is_stale(ask(schedule_svc, week))
    wait_until(lambda: not is_stale(ask(schedule_svc, week)), 10, "a fresh answer")
    assert campus_sim.requests("/scheduler")["total"] == 1


def test_the_changes_are_kept(start_quiet, campus_sim, ask, week):
    schedule_svc = start_quiet(campus_sim)
    ask(schedule_svc, week)
    schedule_svc.restart()
    assert ask(schedule_svc, "/changes").json["items"] == []


def test_it_is_saved_while_it_runs(start_quiet, campus_sim, ask, week, file):
    schedule_svc = start_quiet(campus_sim, SNAPSHOT_SECONDS=1)
    ask(schedule_svc, week)
    wait_until(lambda: schedule_svc.metric("schedule_snapshot_entries") == 1, 10, "a snapshot")
    schedule_svc.kill()
    schedule_svc.start()
    assert is_stale(ask(schedule_svc, week))


def damage(file):
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


@pytest.mark.parametrize(
    "spoil",
    [
        damage,
        lambda file: file.write_bytes(file.read_bytes()[:-40]),
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes(b"something else, and long enough to be a snapshot" * 10),
    ],
    ids=["damaged", "cut short", "empty", "foreign"],
)
def test_a_bad_file_is_refused(start_quiet, campus_sim, ask, week, file, spoil):
    schedule_svc = start_quiet(campus_sim)
    ask(schedule_svc, week)
    schedule_svc.stop()
    spoil(file)
    schedule_svc.start()
    schedule_svc.wait_log("snapshot refused")
    assert schedule_svc.metric("schedule_cache_entries") == 0
    assert not is_stale(ask(schedule_svc, week))
    schedule_svc.restart()
    schedule_svc.wait_log("snapshot loaded")


def test_leftovers_of_a_crash_do_not_matter(start_quiet, campus_sim, ask, week, file):
    schedule_svc = start_quiet(campus_sim)
    ask(schedule_svc, week)
    schedule_svc.stop()
    file.with_suffix(".snapshot.partial").write_bytes(b"half of it")
    schedule_svc.start()
    ask(schedule_svc, week)
    wait_until(lambda: not is_stale(ask(schedule_svc, week)), 10, "a fresh answer")
    schedule_svc.restart()
    schedule_svc.wait_log("snapshot loaded")
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_without_a_directory_nothing_is_kept(start_quiet, campus_sim, ask, week):
    schedule_svc = start_quiet(campus_sim, SNAPSHOT_DIR="")
    ask(schedule_svc, week)
    schedule_svc.restart()
    assert schedule_svc.metric("schedule_cache_entries") == 0
    assert "snapshot" not in schedule_svc.get("/readyz").json["checks"]


def test_a_directory_that_cannot_be_stops_the_start(tmp_path):
    done = run("schedule-svc", "serve", environment={"SNAPSHOT_DIR": tmp_path / "no" / "where", "LISTEN": "127.0.0.1:0"})
    assert done.returncode == 1
    assert "SNAPSHOT_DIR" in done.stdout + done.stderr


def test_every_entry_comes_back(start_quiet, campus_sim):
    schedule_svc = start_quiet(campus_sim)
    groups = campus_sim.ruz(f"/faculties/{FACULTY}/groups")["groups"]
    for group in groups:
        assert schedule_svc.get(f"{API}/groups/{group['id']}/week?date={MONDAY}").status == 200
    schedule_svc.restart()
    assert schedule_svc.wait_log("snapshot loaded")["entries"] == len(groups)
    assert schedule_svc.metric("schedule_cache_entries") == len(groups)
