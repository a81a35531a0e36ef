# SPDX-License-Identifier: MIT
"""The control API of campus-sim: faults, answers of one's own, and counts."""

import json
import threading
import time

import pytest

import poly_http
from campus import RUZ
from poly_process import wait_until

GROUP = "/scheduler/41307?date=2026-10-05"


def ask(campus_sim, path=GROUP):
    """A connection on which RUZ has been asked for `path`."""
    connection = campus_sim.connect()
    connection.send(f"GET {RUZ}{path} HTTP/1.1\r\nHost: campus\r\n\r\n")
    return connection


@pytest.fixture
def right(campus_sim):
    return campus_sim.get(RUZ + GROUP).body


def test_status_is_an_html_page(campus_sim):
    campus_sim.fault("/scheduler", status=503)
    answer = campus_sim.get(RUZ + GROUP)
    assert answer.status == 503
    assert answer.header("content-type").startswith("text/html")
    assert campus_sim.get(RUZ + "/faculties").status == 200


def test_delay(campus_sim, right):
    campus_sim.fault("/scheduler", delay_ms=200)
    began = time.monotonic()
    assert campus_sim.get(RUZ + GROUP).body == right
    assert time.monotonic() - began >= 0.2


def test_delay_of_everything(start_campus_sim):
    slow = start_campus_sim(RUZ_DELAY_MS=150)
    began = time.monotonic()
    slow.ruz("/faculties")
    assert time.monotonic() - began >= 0.15


def test_hang_lasts_until_the_faults_are_cleared(campus_sim):
    campus_sim.fault("/scheduler", mode="hang")
    with ask(campus_sim) as connection:
        connection.socket.settimeout(0.3)
        with pytest.raises(TimeoutError):
            connection.read_response()
        assert campus_sim.requests("/scheduler")["in_flight"] == 1
        connection.socket.settimeout(20)
        campus_sim.clear_faults()
        assert connection.is_closed()
    assert campus_sim.get(RUZ + GROUP).status == 200


def test_hang_ends_when_the_client_leaves(campus_sim):
    campus_sim.fault("/scheduler", mode="hang")
    with ask(campus_sim):
        pass
    wait_until(lambda: campus_sim.requests("/scheduler")["in_flight"] == 0, 10, "the hanging request to end")


def test_stops_while_requests_hang(start_campus_sim):
    simulator = start_campus_sim(DRAIN_SECONDS=1)
    simulator.fault("/scheduler", mode="hang")
    with ask(simulator) as connection:
        simulator.stop()
        assert connection.is_closed()


def test_reset(campus_sim):
    campus_sim.fault("/scheduler", mode="reset")
    with ask(campus_sim) as connection, pytest.raises(ConnectionResetError):
        connection.socket.recv(1)


def test_drip_is_right_and_slow(campus_sim):
    expected = campus_sim.get(RUZ + "/faculties/125").body
    campus_sim.fault("/faculties", mode="drip", drip_bytes_per_second=500)
    began = time.monotonic()
    with ask(campus_sim, "/faculties/125") as connection:
        assert connection.read_response().body == expected
    assert time.monotonic() - began >= 0.5 * len(expected) / 500


def test_truncated(campus_sim, right):
    campus_sim.fault("/scheduler", mode="truncated")
    with ask(campus_sim) as connection:
        raw = connection.read_all()
    head, _, body = raw.partition(b"\r\n\r\n")
    assert f"content-length: {len(right)}".encode() in head.lower()
    assert body == right[: len(right) // 2]


@pytest.mark.parametrize("mode, status, content_type", [("html", 200, "text/html"), ("error", 200, "application/json")])
def test_other_answers(campus_sim, mode, status, content_type):
    campus_sim.fault("/scheduler", mode=mode)
    answer = campus_sim.get(RUZ + GROUP)
    assert answer.status == status
    assert answer.header("content-type").startswith(content_type)
    if mode == "error":
        assert answer.json["error"] is True
    else:
        assert b"<html>" in answer.body


def test_html_takes_a_status(campus_sim):
    campus_sim.fault("/scheduler", mode="html", status=502)
    assert campus_sim.get(RUZ + GROUP).status == 502


def test_wrong_schema_is_valid_json(campus_sim):
    campus_sim.fault("", mode="wrong_schema")
    answer = campus_sim.ruz("/scheduler/41307")
    assert not isinstance(answer["days"], list) and not isinstance(answer["week"], dict)
    assert not isinstance(campus_sim.ruz("/faculties")["faculties"], list)


@pytest.mark.parametrize("chunked", [True, False])
def test_huge(campus_sim, chunked):
    size = 3_000_001
    campus_sim.fault("/scheduler", mode="huge", size_bytes=size, chunked=chunked)
    with ask(campus_sim) as connection:
        answer = connection.read_response()
    assert len(answer.body) == size
    assert (answer.header("content-length") is None) == chunked
    with pytest.raises(ValueError):
        json.loads(answer.body)


def test_a_huge_answer_leaves_room_for_others(campus_sim):
    campus_sim.fault("/scheduler", mode="huge", size_bytes=1 << 40)
    with ask(campus_sim) as connection:
        connection.socket.recv(1)
        assert campus_sim.get(RUZ + "/faculties").status == 200
        assert campus_sim.resident_bytes() < 512 << 20


def test_count_and_probability(campus_sim):
    campus_sim.fault("/scheduler", status=500, count=2)
    assert [campus_sim.get(RUZ + GROUP).status for _ in range(4)] == [500, 500, 200, 200]
    assert campus_sim.request("GET", "/control/faults").json["faults"][0]["hits"] == 2
    campus_sim.fault("/scheduler", status=500, probability=0.5)
    seen = [campus_sim.get(RUZ + GROUP).status for _ in range(60)]
    assert 10 < seen.count(500) < 50


def test_longest_prefix_and_removal(campus_sim):
    campus_sim.fault("", status=500)
    campus_sim.fault("/scheduler", status=502)
    assert campus_sim.get(RUZ + GROUP).status == 502
    assert campus_sim.get(RUZ + "/faculties").status == 500
    campus_sim.request("DELETE", "/control/faults", query={"path_prefix": RUZ + "/scheduler"})
    assert campus_sim.get(RUZ + GROUP).status == 500
    campus_sim.clear_faults()
    assert campus_sim.get(RUZ + GROUP).status == 200


@pytest.mark.parametrize(
    "body",
    [
        b'{"path_prefix":"/a","mode":"hug"}',
        b'{"path_prefix":"/a","moode":"hang"}',
        b'{"path_prefix":"a"}',
        b'{"mode":"hang"}',
        b'{"path_prefix":"/a","probability":1.5}',
        b'{"path_prefix":"/a","delay_ms":-1}',
        b'{"path_prefix":"/a","status":99}',
        b"[]",
    ],
)
def test_wrong_faults_are_refused(campus_sim, body):
    assert campus_sim.request("PUT", "/control/faults", body=body).status == 422
    assert campus_sim.get("/control/faults").json == {"faults": []}


def test_no_json_is_refused(campus_sim):
    assert campus_sim.request("PUT", "/control/faults", body=b"{").status == 400
    assert campus_sim.request("PUT", "/control/overrides", body=b"").status == 400


def test_override_of_one_week(campus_sim, right):
    campus_sim.override("/scheduler/41307?date=2026-10-07", {"week": 1})
    assert campus_sim.ruz(GROUP) == {"week": 1}
    assert campus_sim.ruz("/scheduler/41307", {"date": "2026-10-11"}) == {"week": 1}
    assert campus_sim.ruz("/scheduler/41307", {"date": "2026-10-12"}) != {"week": 1}
    assert campus_sim.ruz("/scheduler/41306", {"date": "2026-10-05"}) != {"week": 1}
    campus_sim.clear_overrides()
    assert campus_sim.get(RUZ + GROUP).body == right


def test_override_of_a_path_of_a_search_and_of_any_text(campus_sim):
    campus_sim.override("/teachers", {"teachers": [{"id": 1, "full_name": "Ёлкин"}]})
    campus_sim.override("/search/groups?q=ивт", {"groups": []})
    campus_sim.override("/buildings", text="not JSON", status=418)
    assert campus_sim.ruz("/teachers")["teachers"][0]["full_name"] == "Ёлкин"
    assert campus_sim.ruz("/search/groups", {"q": "ивт"}) == {"groups": []}
    assert campus_sim.ruz("/search/groups", {"q": "5130904"})["groups"]
    answer = campus_sim.get(RUZ + "/buildings")
    assert (answer.status, answer.body) == (418, b"not JSON")
    listed = {entry["path"] for entry in campus_sim.get("/control/overrides").json["overrides"]}
    assert listed == {RUZ + "/teachers", RUZ + "/search/groups?q=ивт", RUZ + "/buildings"}
    campus_sim.request("DELETE", "/control/overrides", query={"path": RUZ + "/teachers"})
    assert len(campus_sim.ruz("/teachers")["teachers"]) == 4000
    assert campus_sim.get(RUZ + "/buildings").status == 418


def test_all_teachers_can_be_overridden(campus_sim):
    teachers = campus_sim.ruz("/teachers")
    teachers["teachers"] = teachers["teachers"][1:]
    campus_sim.override("/teachers", teachers)
    assert campus_sim.ruz("/teachers") == teachers


def test_an_override_meets_its_fault(campus_sim):
    campus_sim.override("/faculties", {"faculties": []})
    campus_sim.fault("/faculties", mode="html", count=1)
    assert campus_sim.get(RUZ + "/faculties").body.startswith(b"<!DOCTYPE")
    assert campus_sim.ruz("/faculties") == {"faculties": []}


@pytest.mark.parametrize(
    "body", [{"path": "/a"}, {"body": 1}, {"path": "/a", "body": 1, "text": ""}, {"path": "/a?x=1", "body": 1}]
)
def test_wrong_overrides_are_refused(campus_sim, body):
    assert campus_sim.request("PUT", "/control/overrides", json_body=body).status == 422


def test_requests_are_counted(campus_sim):
    for _ in range(3):
        campus_sim.ruz(GROUP)
    campus_sim.ruz("/faculties")
    campus_sim.ruz("/search/groups", {"q": "ивт"})
    counts = campus_sim.requests()
    assert counts["total"] == 5
    assert counts["paths"] == {RUZ + GROUP: 3, RUZ + "/faculties": 1, RUZ + "/search/groups?q=ивт": 1}
    assert campus_sim.requests("/scheduler")["total"] == 3
    campus_sim.reset_requests()
    assert campus_sim.requests() == {"paths": {}, "total": 0, "in_flight": 0, "max_in_flight": 0}


def test_requests_at_once_are_counted(campus_sim):
    campus_sim.fault("/scheduler", mode="hang")
    threads = []

    def hang():
        with pytest.raises((poly_http.Broken, ConnectionError)):
            campus_sim.get(RUZ + GROUP)

    for _ in range(5):
        threads.append(threading.Thread(target=hang))
        threads[-1].start()
    wait_until(lambda: campus_sim.requests("/scheduler")["in_flight"] == 5, 10, "five requests to hang")
    campus_sim.clear_faults()
    for thread in threads:
        thread.join()
    wait_until(lambda: campus_sim.requests("/scheduler")["in_flight"] == 0, 10, "the requests to end")
    assert campus_sim.requests("/scheduler")["max_in_flight"] == 5
