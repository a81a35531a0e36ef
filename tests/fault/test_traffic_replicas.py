# SPDX-License-Identifier: MIT
"""SIGTERM at full load, and two replicas of traffic-svc restarted one by one: no request fails, no kiosk is left behind."""

import itertools
import signal

import pytest

import crowd
import poly_http
import traffic
from poly_process import wait_until
from test_traffic_database import Lesson

KIOSKS = 20


class Students(crowd.Load):
    """Each in turn is marked by a claim, looks again, and a teacher reads; `statuses` is what they saw."""

    def __init__(self, url, lesson, threads=4):
        self.statuses = {}
        self.marked = []
        self._url = url
        self._lesson = lesson
        self._numbers = itertools.count()
        super().__init__(self._round, threads)

    def _ask(self, method, path, token=None, body=None):
        headers = traffic.bearer(token) if token else {}
        answer = poly_http.request(method, self._url + path, headers=headers, json_body=body)
        self.statuses.setdefault(answer.status, answer)
        return answer

    def _round(self):
        number = next(self._numbers)
        body = {"claim": self._lesson.claim, "launch_token": self._lesson.tokens[number]}
        if self._ask("POST", self._lesson.path + "/attend", body=body).status == 200:
            self.marked.append(f"stud{number}")
        self._ask("GET", self._lesson.path + "/attendees?page_size=5", self._lesson.teacher["token"])
        self._ask("GET", f"/api/tablets/{self._lesson.kiosk.id}")


@pytest.fixture
def replicas(traffic_place, start):
    first = traffic_place.traffic
    return first, start(traffic.Traffic(first.database, environment=first.environment))


@pytest.mark.fault(24)
def test_rolling_restart_fails_no_request(traffic_place, replicas, balance):
    lesson = Lesson(traffic_place, 20000)
    url = balance(*replicas)
    with Students(url, lesson) as load:
        wait_until(lambda: len(load.marked) > 20, 20, "the students to be busy")
        for replica in replicas:
            before = len(load.marked)
            replica.restart()
            wait_until(lambda: len(load.marked) > before + 20, 20, "the students to go on")
    assert not load.faults, load.faults[:3]
    assert set(load.statuses) == {200}, load.statuses
    assert lesson.stored() == sorted(load.marked)
    assert lesson.count() == len(load.marked)


@pytest.mark.fault(24)
def test_sigterm_at_full_load_finishes_what_was_taken(traffic_place):
    """What was answered is there; what came too late was refused or not taken, never half done."""
    lesson = Lesson(traffic_place, 20000)
    daemon = traffic_place.traffic
    with Students(daemon.url, lesson, threads=8) as load:
        wait_until(lambda: len(load.marked) > 20, 20, "the students to be busy")
        daemon.signal(signal.SIGTERM)
        assert daemon.wait_exit() == 0
    assert set(load.statuses) <= {200, 503}, load.statuses
    assert set(load.marked) <= set(lesson.stored())
    assert lesson.count() == len(lesson.stored())
    daemon.start()


@pytest.mark.fault(24)
def test_kiosks_of_a_replica_that_stops_are_served_by_the_other(traffic_place, replicas):
    place = traffic_place
    first, second = replicas
    teacher = place.teacher()
    kiosks = [place.kiosk() for _ in range(KIOSKS)]
    streams = [kiosk.events(first) for kiosk in kiosks]
    for stream in streams:
        assert stream.next()[1]["session"] is None
    first.signal(signal.SIGTERM)
    for stream in streams:
        while stream.next():  # to its end
            pass
        stream.close()
    assert first.wait_exit() == 0
    place.traffic = second
    for kiosk in kiosks:
        kiosk.daemon = second
        with kiosk.events() as stream:
            stream.next()
            session = place.start_session(teacher, kiosk)
            stream.until(lambda data, wanted=session["id"]: data["session"] and data["session"]["session_id"] == wanted)
    online = place.as_admin("GET", "/api/tablets/?page_size=200").json["items"]
    assert all(item["online"] for item in online if item["id"] in [kiosk.id for kiosk in kiosks])
    first.start()
