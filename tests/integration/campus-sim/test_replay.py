# SPDX-License-Identifier: MIT
"""campus-sim gives recorded answers back, byte for byte."""

import pytest

import recordings
from campus import RUZ
from poly_process import run

pytestmark = pytest.mark.skipif(not recordings.present(), reason="there are no recorded answers here")


@pytest.fixture
def replay(start_campus_sim):
    return start_campus_sim(RUZ_REPLAY_DIR=recordings.DIRECTORY)


def test_every_recording_is_answered(replay):
    for target, path in recordings.index().items():
        assert replay.get(RUZ + target).body == path.read_bytes(), target


@pytest.mark.parametrize("date", ["2022-05-16", "2022-5-18", "2022-05-22"])
def test_any_date_of_a_recorded_week(replay, date):
    recorded = recordings.document("/scheduler/32369?date=2022-05-16")
    assert replay.ruz("/scheduler/32369", {"date": date}) == recorded


def test_the_rest_is_not_found(replay):
    assert replay.ruz("/scheduler/41307") == {"error": True, "text": "Группа: 41307 не найден"}
    assert replay.ruz("/scheduler/32369", {"date": "2022-06-20"})["error"] is True
    assert replay.ruz("/teachers/1/scheduler")["error"] is True
    assert replay.ruz("/teachers")["error"] is True


def test_the_rest_can_be_generated(start_campus_sim):
    mixed = start_campus_sim(RUZ_REPLAY_DIR=recordings.DIRECTORY, RUZ_REPLAY_OTHERS="generated")
    assert mixed.ruz("/scheduler/41307")["group"]["name"] == "5130904/20102"
    assert mixed.ruz("/scheduler/32369", {"date": "2022-05-16"})["group"]["id"] == 32369


def test_today_selects_the_recorded_week(start_campus_sim):
    then = start_campus_sim(RUZ_REPLAY_DIR=recordings.DIRECTORY, TODAY="2022-05-20")
    assert then.ruz("/scheduler/32369") == recordings.document("/scheduler/32369?date=2022-05-16")


def test_an_override_goes_before_a_recording(replay):
    replay.override("/scheduler/32369", {"days": []})
    assert replay.ruz("/scheduler/32369", {"date": "2022-05-16"}) == {"days": []}


def test_a_missing_directory_stops_the_start(tmp_path):
    ended = run("campus-sim", "serve", environment={"LISTEN": "127.0.0.1:0", "RUZ_REPLAY_DIR": tmp_path / "absent"})
    assert ended.returncode == 1
    assert "index.tsv" in ended.stdout
