# SPDX-License-Identifier: MIT
"""Whoever guesses PINs is slowed down by address, and leaves a trace; so is who makes kiosks without end."""

import pytest

SETTINGS = {"PIN_ATTEMPTS_PER_ADDRESS": 3, "KIOSKS_PER_ADDRESS": 6, "TRUSTED_PROXIES": "127.0.0.1"}


def look(place, pin, address):
    return place.traffic.get("/api/tablets/by-display-pin", query={"pin": pin}, headers={"X-Forwarded-For": address})


@pytest.fixture(scope="module")
def kiosk(place):
    return place.kiosk()


def wrong_pins(kiosk, count):
    return [pin for pin in (f"{number:06}" for number in range(count + 2)) if pin not in (kiosk.display_pin, kiosk.reg_pin)][:count]


def test_guessing_is_slowed_down_by_address(place, kiosk, problem_of):
    pins = wrong_pins(kiosk, 4)
    for pin in pins[:3]:
        problem_of(look(place, pin, "192.0.2.1"), 404, "pin_not_found")
    answer = look(place, pins[3], "192.0.2.1")
    problem_of(answer, 429, "too_many_requests")
    assert int(answer.header("retry-after")) >= 1
    problem_of(look(place, kiosk.display_pin, "192.0.2.1"), 429, "too_many_requests")
    assert look(place, kiosk.display_pin, "192.0.2.2").status == 200


def test_of_an_ipv6_network_it_is_one_guesser(place, kiosk, problem_of):
    for number, pin in enumerate(wrong_pins(kiosk, 3)):
        problem_of(look(place, pin, f"2001:db8::{number}"), 404, "pin_not_found")
    problem_of(look(place, kiosk.display_pin, "2001:db8::ffff"), 429, "too_many_requests")


def test_who_knows_the_pin_is_not_slowed_down(place, kiosk):
    assert {look(place, kiosk.display_pin, "192.0.2.3").status for _ in range(20)} == {200}


def test_guesses_are_in_the_audit_trail_without_the_pin(place, kiosk):
    [pin] = wrong_pins(kiosk, 1)
    look(place, pin, "192.0.2.4")
    rows = place.traffic.database.run("SELECT a::text FROM audit a WHERE event = 'pin_unknown' AND address = '192.0.2.4'")
    assert len(rows) == 1 and pin not in str(rows)


def test_administrators_and_teachers_who_guess_are_slowed_down_too(place, kiosk, problem_of):
    headers = {"X-Forwarded-For": "192.0.2.5"}
    for pin in wrong_pins(kiosk, 3):
        answer = place.as_admin("GET", "/api/tablets/by-reg-pin", query={"pin": pin}, headers=headers)
        problem_of(answer, 404, "pin_not_found")
    teacher = place.teacher(ruz_teacher_id=1)
    query = {"pin": kiosk.display_pin}
    answer = place.as_teacher(teacher, "GET", "/api/sessions/start-options", query=query, headers=headers)
    problem_of(answer, 429, "too_many_requests")


def test_one_address_does_not_use_up_the_pins(place, problem_of):
    headers = {"X-Forwarded-For": "192.0.2.6"}
    answers = [place.traffic.request("POST", "/api/tablets/init", headers=headers) for _ in range(7)]
    assert [answer.status for answer in answers] == [200] * 6 + [429]
