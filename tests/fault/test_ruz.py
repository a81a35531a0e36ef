# SPDX-License-Identifier: MIT
"""RUZ hangs, drips, resets, fails or answers nonsense: old answers go on, new ones fail clearly, nothing bad is kept."""

import pytest

from gateway import GROUP, MONDAY, ask_at_once, is_stale, lesson_times, ruz_path, week_path
from poly_process import INSTRUMENTED, PATIENCE, wait_until

pytestmark = pytest.mark.fault(10)

CLIENTS = 20
GIGABYTE = 1 << 30
MEBIBYTE = 1 << 20

# A fetch may take this long; an old answer is not held back for more than the second.
DEADLINE_MS = 1500 * PATIENCE
STALE_WAIT_MS = 200 * PATIENCE
SLACK = 0.9 * PATIENCE


def fault(**members):
    return lambda campus_sim: campus_sim.fault("/scheduler", **members)


def cut_json(campus_sim):
    """Half of the right answer under a Content-Length that fits it."""
    text = campus_sim.get("/api/v1/ruz" + ruz_path()).text
    campus_sim.override(ruz_path(), text=text[: len(text) // 2])


# What RUZ does: how it is brought about, and what a client gets who cannot be given an old answer.
FAULTS = {
    "hangs": (fault(mode="hang"), 504),
    "drips": (fault(mode="drip", drip_bytes_per_second=200), 504),
    "resets": (fault(mode="reset"), 503),
    "answers 500": (fault(status=500), 503),
    "answers HTML": (fault(mode="html"), 502),
    "answers HTML and 404": (fault(mode="html", status=404), 502),
    "breaks off": (fault(mode="truncated"), 502),
    "answers half of a document": (cut_json, 502),
    "answers 1 GB": (fault(mode="huge", size_bytes=GIGABYTE, chunked=False), 502),
    "answers 1 GB in chunks": (fault(mode="huge", size_bytes=GIGABYTE, chunked=True), 502),
    "answers another shape": (fault(mode="wrong_schema"), 502),
    "answers its own error": (fault(mode="error"), 502),
}

each_fault = pytest.mark.parametrize("begin, status", FAULTS.values(), ids=FAULTS.keys())


def end_faults(campus_sim):
    campus_sim.clear_faults()
    campus_sim.clear_overrides()


def assert_one_fetch(campus_sim):
    """One at a time, and at most one retry of it."""
    asked = campus_sim.requests("/scheduler")
    assert asked["max_in_flight"] == 1
    assert 1 <= asked["total"] <= 2


def assert_problem(response, status):
    assert response.status == status, response
    assert response.header("content-type") == "application/problem+json"
    problem = response.json
    assert problem["status"] == status
    assert problem["code"] and problem["title"] and problem["detail"] and problem["request_id"]
    assert status != 503 or int(response.header("retry-after")) > 0


@each_fault
def test_without_an_old_answer(campus_sim, start_quiet, begin, status):
    schedule_svc = start_quiet(campus_sim, UPSTREAM_DEADLINE_MS=DEADLINE_MS)
    right = lesson_times(campus_sim.ruz("/scheduler/" + str(GROUP), {"date": MONDAY}))
    begin(campus_sim)
    campus_sim.reset_requests()

    answers = ask_at_once(schedule_svc, [week_path()] * CLIENTS)

    for response, seconds in answers:
        assert_problem(response, status)
        assert seconds < DEADLINE_MS / 1000 + SLACK
    assert_one_fetch(campus_sim)

    schedule_svc.restart()
    assert_problem(schedule_svc.get(week_path()), status)
    assert schedule_svc.metric("schedule_cache_stale_total") == 0

    end_faults(campus_sim)
    good = wait_until(lambda: ok(schedule_svc.get(week_path())), 10, "the right answer")
    assert lesson_times(good.json) == right and not is_stale(good)


def ok(response):
    return response if response.status == 200 else None


@each_fault
def test_with_an_old_answer(campus_sim, start_quiet, begin, status):
    schedule_svc = start_quiet(
        campus_sim, UPSTREAM_DEADLINE_MS=DEADLINE_MS, CACHE_STALE_WAIT_MS=STALE_WAIT_MS, CACHE_STALE_SECONDS=0
    )
    old = ok(schedule_svc.get(week_path()))
    schedule_svc.restart()  # what a snapshot brings is never fresh
    begin(campus_sim)
    campus_sim.reset_requests()

    for response, seconds in ask_at_once(schedule_svc, [week_path()] * CLIENTS):
        assert response.status == 200 and response.body == old.body
        assert is_stale(response) and int(response.header("age")) >= 0
        assert seconds < STALE_WAIT_MS / 1000 + SLACK
    assert_one_fetch(campus_sim)

    end_faults(campus_sim)
    assert schedule_svc.get(week_path()).body == old.body


def peak_resident_bytes(daemon):
    with open(f"/proc/{daemon.process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith("VmHWM:"))


@pytest.mark.skipif(INSTRUMENTED, reason="a sanitizer's memory is another")
@pytest.mark.parametrize("chunked", [False, True])
def test_memory_is_bounded(campus_sim, start_quiet, chunked):
    at_once = 4
    schedule_svc = start_quiet(campus_sim, UPSTREAM_MAX_IN_FLIGHT=at_once)
    campus_sim.fault("/scheduler", mode="huge", size_bytes=GIGABYTE, chunked=chunked, delay_ms=500)
    before = schedule_svc.resident_bytes()

    for response, _ in ask_at_once(schedule_svc, [week_path(group) for group in range(GROUP, GROUP + 3 * at_once)]):
        assert_problem(response, response.status)
        assert response.status in (502, 503)  # 503 once the breaker is open
    assert campus_sim.requests("/scheduler")["total"] >= at_once

    # An answer is read up to 8 MiB, into a buffer that doubles.
    assert peak_resident_bytes(schedule_svc) - before < at_once * 24 * MEBIBYTE
