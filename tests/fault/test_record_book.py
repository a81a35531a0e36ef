# SPDX-License-Identifier: MIT
"""main-svc while the record-book site is slow or breaks off: its login is posted once, clients who leave and clocks that step
leave nothing behind, and the others do not notice."""

import concurrent.futures
import signal
import time

import pytest

from campus import CAS, RECORD_BOOK, password_of
from poly_process import PATIENCE, load, wait_until

BOOK = "/api/gradebook"
DEADLINE_MS = 1200 * PATIENCE
LIMITS = {"LOGIN_ATTEMPTS_PER_ACCOUNT": 10000, "LOGIN_ATTEMPTS_PER_ADDRESS": 10000}


def waiting(campus_sim):
    return campus_sim.requests("/login", site=RECORD_BOOK)["in_flight"]


@pytest.mark.fault(12)
@pytest.mark.parametrize("mode", ["reset", "truncated", "hang"])
def test_the_login_is_posted_once(start_main_svc, campus_sim, mode):
    """Once it has been received, it is not sent again, whatever becomes of the answer."""
    main_svc = start_main_svc(campus_sim, RECORD_BOOK_DEADLINE_MS=DEADLINE_MS)
    token = main_svc.token()
    # Another path of the same origin, so that the form can be had and its post goes wrong.
    page = campus_sim.get(RECORD_BOOK + "/login/").text.replace('method="post"', f'method="post" action="{CAS}/logout"')
    campus_sim.override("/login/", site=RECORD_BOOK, text=page)
    campus_sim.fault("/logout", site=CAS, mode=mode)
    campus_sim.reset_requests()
    assert main_svc.ask(BOOK, token).status in (502, 503, 504)
    assert campus_sim.requests("/login", site=RECORD_BOOK)["total"] == 1
    assert campus_sim.requests("/logout", site=CAS)["total"] == 1


@pytest.mark.fault(14)
def test_a_crowd_that_waits_for_it_holds_up_nobody(start_main_svc, campus_sim):
    main_svc = start_main_svc(campus_sim, WORKERS=1)
    token = main_svc.token()
    campus_sim.fault("/login", site=RECORD_BOOK, mode="drip", drip_bytes_per_second=50)
    crowd = [main_svc.connect() for _ in range(200)]
    try:
        for each in crowd:
            each.send(f"GET {BOOK} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\r\n")
        wait_until(lambda: waiting(campus_sim) >= 10, 10, "some of them to wait for the site")
        others = load(main_svc.url, "-c", 4, "-r", 400, "-d", 1, "-p", "/api/auth/me", "-H", f"Authorization: Bearer {token}")
        assert others["errors"]["all"] == 0 and set(others["statuses"]) == {"200"}
        assert others["latency_us"]["p99"] < 200_000 * PATIENCE
        statuses = [each.read_response().status for each in crowd]
        assert set(statuses) <= {503, 504}
    finally:
        for each in crowd:
            each.close()


@pytest.mark.fault(16)
def test_clients_that_leave(start_main_svc, campus_sim):
    main_svc = start_main_svc(campus_sim, WORKERS=1)
    token = main_svc.token()
    campus_sim.fault("/login", site=RECORD_BOOK, mode="hang")
    descriptors = main_svc.descriptor_count()
    for crowd in (1, 2):
        connections = [main_svc.connect() for _ in range(100)]
        for connection in connections:
            connection.send(f"GET {BOOK} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\r\n")
        wait_until(lambda: waiting(campus_sim) >= 10, 10, "some of them to wait for the site")
        for connection in connections:
            connection.close()
        wait_until(
            lambda: main_svc.metric("http_requests_total", status="499") == 100 * crowd, 10, "their places to be free"
        )
    campus_sim.clear_faults()
    wait_until(lambda: main_svc.ask(BOOK, token).status == 200, 20, "a record book")
    wait_until(lambda: main_svc.descriptor_count() <= descriptors + 4, 10, "no more descriptors than before")


@pytest.mark.fault(23)
@pytest.mark.parametrize("seconds", [3600, -3600])
def test_clock_steps(start_main_svc, campus_sim, clock, seconds):
    """In the middle of a call: it ends at its deadline all the same, and what is kept for the record book stays."""
    main_svc = start_main_svc(campus_sim, RECORD_BOOK_DEADLINE_MS=DEADLINE_MS, **LIMITS, **clock.environment)
    token = main_svc.token()
    campus_sim.fault("/login", site=RECORD_BOOK, mode="hang")
    with concurrent.futures.ThreadPoolExecutor(1) as client:
        began = time.monotonic()
        answer = client.submit(main_svc.ask, BOOK, token)
        wait_until(lambda: waiting(campus_sim) == 1, 10, "the site to be asked")
        clock.set(seconds)
        assert answer.result().status == 504
        assert DEADLINE_MS / 1000 <= time.monotonic() - began < DEADLINE_MS / 1000 + 1.5
    campus_sim.clear_faults()
    assert main_svc.ask(BOOK, main_svc.token()).status == 200
    clock.set(0)
    assert main_svc.ask(BOOK, token).status == 200


@pytest.mark.fault(24)
def test_record_books_under_way_end_well(start_main_svc, campus_sim):
    main_svc = start_main_svc(campus_sim)
    tokens = [main_svc.token(f"student{number}") for number in range(1, 7)]
    campus_sim.fault("/login", site=RECORD_BOOK, delay_ms=700 * PATIENCE)
    with concurrent.futures.ThreadPoolExecutor(8) as clients:
        answers = [clients.submit(main_svc.ask, BOOK, token) for token in tokens]
        wait_until(lambda: waiting(campus_sim) == 6, 10, "all of them to wait for the site")
        main_svc.signal(signal.SIGTERM)
        assert [answer.result().status for answer in answers] == [200] * 6
    assert main_svc.wait_exit(20) == 0
    main_svc.start()
    assert main_svc.log_in("student4", password_of("student4")).status == 200
