# SPDX-License-Identifier: MIT
"""Kiosks: made, registered, looked up, deleted."""

import re
import uuid

import pytest



NOBODY = str(uuid.uuid4())


@pytest.fixture(scope="module")
def teacher(place):
    return place.teacher()


def by_display_pin(place, pin, **options):
    return place.traffic.get("/api/tablets/by-display-pin", query={"pin": pin}, **options)


def by_reg_pin(place, pin):
    return place.as_admin("GET", "/api/tablets/by-reg-pin", query={"pin": pin})


# --- made ---


def test_a_new_kiosk_gets_two_pins_and_a_secret(place):
    answer = place.traffic.request("POST", "/api/tablets/init")
    assert answer.status == 200
    assert answer.header("cache-control") == "no-store"
    made = answer.json
    assert re.fullmatch(r"[0-9]{6}", made["reg_pin"]) and re.fullmatch(r"[0-9]{6}", made["display_pin"])
    assert made["reg_pin"] != made["display_pin"]
    assert len(made["tablet_secret"]) >= 40
    assert uuid.UUID(made["device_id"])


def test_the_secret_is_not_in_the_database(place):
    kiosk = place.kiosk()
    dump = place.traffic.database.run(f"SELECT t::text FROM tablets t WHERE id = '{kiosk.id}'")
    assert kiosk.secret not in str(dump)


def test_a_body_does_not_matter(place):
    assert place.traffic.request("POST", "/api/tablets/init", json_body={"anything": 1}).status == 200


def test_no_two_pins_are_the_same(place):
    kiosks = [place.kiosk(registered=False) for _ in range(40)]
    pins = [pin for kiosk in kiosks for pin in (kiosk.reg_pin, kiosk.display_pin)]
    assert len(set(pins)) == len(pins)


def test_without_a_free_pin_there_is_no_new_kiosk(place, problem_of):
    database = place.traffic.database
    before = database.value("SELECT count(*) FROM tablets")
    database.run(
        "CREATE FUNCTION take_nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
        "CREATE TRIGGER full_up BEFORE INSERT ON tablet_pins FOR EACH ROW EXECUTE FUNCTION take_nothing()"
    )
    try:
        answer = place.traffic.request("POST", "/api/tablets/init")
    finally:
        database.run("DROP TRIGGER full_up ON tablet_pins; DROP FUNCTION take_nothing()")
    problem_of(answer, 503, "no_free_pin")
    assert answer.header("retry-after") == "60"
    assert database.value("SELECT count(*) FROM tablets") == before


def test_a_repeat_with_the_same_key_is_the_same_kiosk(place, problem_of):
    headers = {"Idempotency-Key": "kiosk-1"}
    first = place.traffic.request("POST", "/api/tablets/init", headers=headers)
    second = place.traffic.request("POST", "/api/tablets/init", headers=headers)
    assert first.json == second.json and second.header("idempotent-replayed") == "true"
    other = place.traffic.request("POST", "/api/tablets/init", headers=headers, json_body={"a": 1})
    problem_of(other, 422, "idempotency_key_reused")
    problem_of(
        place.traffic.request("POST", "/api/tablets/init", headers={"Idempotency-Key": "a key"}),
        400,
        "idempotency_key_malformed",
    )


def test_the_database_alone_gives_nobody_a_kiosks_secret(place):
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    made = place.traffic.request("POST", "/api/tablets/init", headers=headers).json
    database = place.traffic.database
    tables = database.run("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
    for (table,) in tables:
        for shown in (made["tablet_secret"], headers["Idempotency-Key"]):
            assert database.value(f"SELECT count(*) FROM {table} t WHERE strpos(t::text, '{shown}') > 0") == "0", table
    assert place.traffic.request("POST", "/api/tablets/init", headers=headers).json == made


# --- state ---


def test_a_kiosk_sees_its_registration_pin_until_it_is_registered(place):
    kiosk = place.kiosk(registered=False)
    state = kiosk.state().json
    assert (state["registered"], state["reg_pin"], state["display_pin"]) == (False, kiosk.reg_pin, kiosk.display_pin)
    assert state["room_name"] is None
    place.register(kiosk)
    state = kiosk.state().json
    assert state["registered"] and "reg_pin" not in state
    assert (state["building_id"], state["building_name"]) == (11, "Главный корпус")
    assert (state["room_id"], state["room_name"]) == (237, "Ауд. 237")


@pytest.mark.parametrize("query", [{}, {"tablet_secret": ""}, {"tablet_secret": "wrong"}])
def test_without_its_secret_it_does_not(place, query):
    kiosk = place.kiosk(registered=False)
    answer = place.traffic.get(f"/api/tablets/{kiosk.id}", query=query)
    assert answer.status == 200 and "reg_pin" not in answer.json


@pytest.mark.parametrize("tablet_id", [NOBODY, "x", "1"])
def test_an_unknown_kiosk_is_not_found(place, problem_of, tablet_id):
    problem_of(place.traffic.get(f"/api/tablets/{tablet_id}"), 404, "tablet_not_found")
    problem_of(place.traffic.get(f"/api/tablets/{tablet_id}/events"), 404, "tablet_not_found")


# --- by PIN ---


def test_an_administrator_finds_it_by_its_registration_pin(place, problem_of):
    kiosk = place.kiosk(registered=False)
    assert by_reg_pin(place, kiosk.reg_pin).json["id"] == kiosk.id
    problem_of(by_reg_pin(place, kiosk.display_pin), 404, "pin_not_found")


def test_a_registration_pin_ends_with_the_registration(place, problem_of):
    kiosk = place.kiosk()
    problem_of(by_reg_pin(place, kiosk.reg_pin), 404, "pin_not_found")


def test_anyone_finds_the_room_by_the_display_pin(place, problem_of):
    kiosk = place.kiosk("Ауд. 401")
    expected = {"tablet_id": kiosk.id, "building_name": "Главный корпус", "room_name": "Ауд. 401"}
    assert by_display_pin(place, kiosk.display_pin).json == expected
    problem_of(by_display_pin(place, place.kiosk(registered=False).reg_pin), 404, "pin_not_found")


@pytest.mark.parametrize("pin", [None, "", "12345", "1234567", "12345a", "１２３４５６", " 12345"])
def test_what_is_no_pin_is_refused(place, problem_of, pin):
    query = {} if pin is None else {"pin": pin}
    problem_of(place.traffic.get("/api/tablets/by-display-pin", query=query), 422, "validation_failed")
    problem_of(place.as_admin("GET", "/api/tablets/by-reg-pin", query=query), 422, "validation_failed")


# --- registered ---


def test_a_kiosk_can_be_moved(place):
    kiosk = place.kiosk("Ауд. 1")
    assert place.register(kiosk, "Ауд. 2", room_id=2)["room_name"] == "Ауд. 2"
    assert kiosk.state().json["room_id"] == 2


@pytest.mark.parametrize(
    "change",
    [
        {"building_id": None},
        {"building_id": "11"},
        {"building_id": 0},
        {"building_id": 2**31},
        {"building_name": " "},
        {"building_name": "x" * 201},
        {"room_id": 1.5},
        {"room_name": None},
    ],
)
def test_a_wrong_place_is_refused(place, problem_of, change):
    kiosk = place.kiosk(registered=False)
    body = {"building_id": 1, "building_name": "Корпус", "room_id": 2, "room_name": "Ауд. 2", **change}
    path = f"/api/tablets/{kiosk.id}/register"
    problem = problem_of(place.as_admin("POST", path, json_body=body), 422, "validation_failed")
    assert [fault["field"] for fault in problem["errors"]] == list(change)
    assert not kiosk.state().json["registered"]


def test_an_unknown_kiosk_cannot_be_registered(place, problem_of):
    body = {"building_id": 1, "building_name": "Корпус", "room_id": 2, "room_name": "Ауд. 2"}
    for tablet_id in (NOBODY, "x"):
        answer = place.as_admin("POST", f"/api/tablets/{tablet_id}/register", json_body=body)
        problem_of(answer, 404, "tablet_not_found")


# --- listed ---


def test_the_list_is_paged_and_searched(place):
    kiosks = [place.kiosk(f"Зал «Ёлка» {number}") for number in range(3)]
    listed = place.as_admin("GET", "/api/tablets/", query={"search": "зал «ёлка»", "page_size": 2})
    assert listed.status == 200
    assert [item["id"] for item in listed.json["items"]] == [kiosks[0].id, kiosks[1].id]
    assert {key: listed.json[key] for key in ("total", "page", "page_size", "total_pages")} == {
        "total": 3,
        "page": 1,
        "page_size": 2,
        "total_pages": 2,
    }
    second = place.as_admin("GET", "/api/tablets", query={"search": "зал «ёлка»", "page_size": 2, "page": 2})
    assert [item["id"] for item in second.json["items"]] == [kiosks[2].id]
    assert second.json["items"][0]["online"] is False
    by_pin = place.as_admin("GET", "/api/tablets/", query={"search": kiosks[1].display_pin})
    assert [item["id"] for item in by_pin.json["items"]] == [kiosks[1].id]


@pytest.mark.parametrize("query", [{"page": 0}, {"page_size": 201}, {"page": "x"}, {"search": "x" * 201}])
def test_a_wrong_page_is_refused(place, problem_of, query):
    problem_of(place.as_admin("GET", "/api/tablets/", query=query), 422, "validation_failed")


# --- deleted ---


def test_a_deleted_kiosk_is_gone_and_its_sessions_stay(place, teacher, problem_of):
    kiosk = place.kiosk()
    session = place.start_session(teacher, kiosk)
    assert place.as_admin("DELETE", f"/api/tablets/{kiosk.id}").status == 204
    problem_of(kiosk.state(), 404, "tablet_not_found")
    problem_of(by_display_pin(place, kiosk.display_pin), 404, "pin_not_found")
    kept = place.as_teacher(teacher, "GET", f"/api/sessions/{session['id']}").json
    assert (kept["active"], kept["room_name"]) == (False, "Ауд. 237") and kept["ended_at"]
    problem_of(place.as_admin("DELETE", f"/api/tablets/{kiosk.id}"), 404, "tablet_not_found")
    total = place.as_admin("GET", "/api/tablets/", query={"search": kiosk.display_pin}).json["total"]
    assert total == 0


def test_what_was_done_is_in_the_audit_trail(place):
    kiosk = place.kiosk()
    place.as_admin("DELETE", f"/api/tablets/{kiosk.id}")
    events = place.traffic.database.run(f"SELECT event FROM audit WHERE target = '{kiosk.id}' ORDER BY id")
    assert [row[0] for row in events] == ["tablet_added", "tablet_registered", "tablet_deleted"]


# --- who may ---

ADMINISTRATORS_ONLY = [
    ("GET", "/api/tablets/"),
    ("GET", "/api/tablets/by-reg-pin?pin=123456"),
    ("GET", "/api/tablets/stream/statuses"),
    ("DELETE", f"/api/tablets/{NOBODY}"),
    ("POST", f"/api/tablets/{NOBODY}/register"),
]


@pytest.mark.parametrize(("method", "path"), ADMINISTRATORS_ONLY)
def test_others_may_not(place, teacher, problem_of, method, path):
    answer = place.traffic.request(method, path)
    problem_of(answer, 401, "unauthenticated")
    assert answer.header("www-authenticate") == 'Bearer realm="traffic-svc"'
    problem_of(place.traffic.as_user("x.y.z", method, path), 401, "unauthenticated")
    problem_of(place.as_teacher(teacher, method, path), 403, "forbidden")
    sso_admin = place.sso.login()["access_token"]
    problem_of(place.traffic.as_user(sso_admin, method, path), 401, "unauthenticated")
    secret = {"X-Service-Secret": place.traffic.environment["TRAFFIC_INTERNAL_SERVICE_SECRET"]}
    problem_of(place.traffic.request(method, path, headers=secret), 403, "forbidden")
    problem_of(place.traffic.request(method, path, headers={"X-Service-Secret": "x"}), 401, "unauthenticated")


