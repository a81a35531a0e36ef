# SPDX-License-Identifier: MIT
"""POST /api/provision/traffic/teachers:batch: thousands in one transaction, an answer for each."""

import functools
import threading

import pytest

import crowd
import sso
from people import PASSWORD
from poly_process import wait_until
from refusals import CYRILLIC, check_faults, check_problem

BATCH = "/api/provision/traffic/teachers:batch"


def send(svc, items, **headers):
    return svc.as_service("traffic", "POST", BATCH, json_body={"items": items}, headers=headers)


def outcome(svc, items):
    response = send(svc, items)
    assert response.status == 200, response
    assert set(response.json) == {"items"} and len(response.json["items"]) == len(items)
    return response.json["items"]


def statuses(items):
    return [item.get("code", item["status"]) for item in items]


def teacher(people, **members):
    return {"entity_id": people.entity(), "full_name": "Учитель Павел Ильич", **members}


def test_in_order(svc, people):
    asked = [teacher(people, full_name=f"Фамилия{chr(1040 + number)} Имя", ruz_teacher_id=people.number()) for number in range(30)]
    answer = outcome(svc, asked)
    assert statuses(answer) == ["created"] * 30
    for item, made in zip(asked, answer):
        assert set(made) == {"status", "user"}
        assert {name: made["user"][name] for name in item} == item
        assert (made["user"]["app"], made["user"]["role"], made["user"]["is_active"]) == ("traffic", "teacher", True)
    assert svc.provisioned("teacher", asked[3]["entity_id"], full_name=asked[3]["full_name"]) == answer[3]["user"]


def test_created_updated_unchanged(svc, people):
    asked = [teacher(people) for _ in range(6)]
    first = outcome(svc, asked[:4])
    asked[1] = {**asked[1], "full_name": "Новая Фамилия"}
    asked[2] = {**asked[2], "is_active": False}
    second = outcome(svc, asked)
    assert statuses(second) == ["unchanged", "updated", "updated", "unchanged", "created", "created"]
    assert second[0] == {"status": "unchanged", "user": first[0]["user"]}
    assert second[1]["user"] == {**first[1]["user"], "full_name": "Новая Фамилия"}
    assert second[2]["user"] == {**first[2]["user"], "is_active": False}
    assert statuses(outcome(svc, asked)) == ["unchanged"] * 6


def test_disabling_ends_sessions(svc, people):
    person = people.provision()
    session = person.login()
    asked = [teacher(people), {"entity_id": person.user["entity_id"], "full_name": person.user["full_name"], "is_active": False}]
    assert statuses(outcome(svc, asked)) == ["created", "updated"]
    check_problem(svc.refresh(session["refresh_token"]), 401)
    check_problem(person.log_in(), 401)


def test_a_password_stays(svc, people):
    person = people.provision()
    session = person.login()
    asked = [{"entity_id": person.user["entity_id"], "full_name": "Иная Фамилия", "is_active": True}]
    assert statuses(outcome(svc, asked)) == ["updated"]
    assert svc.refresh(session["refresh_token"]).status == 200
    assert person.log_in().status == 200


def test_names_are_made_for_all(svc, people):
    asked = [teacher(people, full_name="Близнецов Яков") for _ in range(5)]
    asked[3]["username"] = "bliznetsov.y2"
    names = [item["user"]["username"] for item in outcome(svc, asked)]
    assert names == ["bliznetsov.y", "bliznetsov.y3", "bliznetsov.y4", "bliznetsov.y2", "bliznetsov.y5"]


def test_mixed_outcomes(svc, people):
    ruz = people.number()
    _, other, third = (svc.provisioned("teacher", people.entity(), ruz_teacher_id=each) for each in (ruz, people.number(), people.number()))
    taken = people.admin().username
    asked = [
        teacher(people),
        {"full_name": "Без Идентификатора"},
        teacher(people, full_name=" "),
        teacher(people, username=taken),
        {"entity_id": other["entity_id"], "ruz_teacher_id": ruz, "full_name": "Двое Сразу"},
        teacher(people, ruz_teacher_id="x"),
        teacher(people, username="?"),
        teacher(people, is_active="yes"),
        teacher(people, password=PASSWORD),
        "text",
        None,
        {"entity_id": third["entity_id"], "full_name": third["full_name"]},
        teacher(people),
    ]
    answer = outcome(svc, asked)
    assert statuses(answer) == [
        "created",
        "required",
        "required",
        "username_taken",
        "entity_conflict",
        "integer",
        "username",
        "boolean",
        "password_in_batch",
        "required",
        "required",
        "unchanged",
        "created",
    ]
    for item in answer:
        assert set(item) == ({"status", "code", "detail"} if item["status"] == "failed" else {"status", "user"})
        assert item["status"] != "failed" or CYRILLIC.search(item["detail"])
    english = send(svc, asked, **{"Accept-Language": "en"}).json["items"]
    assert not any(CYRILLIC.search(item["detail"]) for item in english if item["status"] == "failed")


def test_duplicates_within_it(svc, people):
    entity, ruz, username = people.entity(), people.number(), f"twice.{people.number()}"
    asked = [
        teacher(people, entity_id=entity),
        teacher(people, entity_id=entity, full_name="Другое Имя"),
        teacher(people, ruz_teacher_id=ruz),
        teacher(people, ruz_teacher_id=ruz),
        teacher(people, username=username),
        teacher(people, username=username.upper()),
    ]
    assert statuses(outcome(svc, asked)) == [
        "created",
        "duplicate_item",
        "created",
        "duplicate_item",
        "created",
        "username_taken",
    ]
    assert svc.provisioned("teacher", entity, full_name=asked[0]["full_name"])["full_name"] == asked[0]["full_name"]


def test_two_ways_to_one_user(svc, people):
    """By the entity and by the RUZ id: the first counts."""
    ruz = people.number()
    user = svc.provisioned("teacher", people.entity(), ruz_teacher_id=ruz)
    asked = [
        {"entity_id": user["entity_id"], "full_name": "Первый Способ"},
        teacher(people, ruz_teacher_id=ruz, full_name="Второй Способ"),
    ]
    answer = outcome(svc, asked)
    assert statuses(answer) == ["updated", "duplicate_item"]
    assert answer[0]["user"] == {**user, "full_name": "Первый Способ"}
    assert svc.as_service("traffic", "GET", f"/api/users/by-ruz-teacher/{ruz}").json == answer[0]["user"]


def test_usernames_change_hands(svc, people):
    """Each is free at the end, so neither is in the way of the other."""
    one, other = people.provision(password=None), people.provision(password=None)
    spare = f"spare.{people.number()}"
    asked = [
        {"entity_id": one.user["entity_id"], "full_name": "Первый", "username": spare},
        teacher(people, username=spare),
        {"entity_id": other.user["entity_id"], "full_name": "Второй"},
    ]
    assert statuses(outcome(svc, asked)) == ["updated", "username_taken", "updated"]


def test_ruz_ids_change_hands(svc, people):
    """One after the other or not at all; never a broken batch."""
    first, second = people.number(), people.number()
    one, other = (svc.provisioned("teacher", people.entity(), ruz_teacher_id=each) for each in (first, second))
    swapped = [
        {"entity_id": one["entity_id"], "full_name": one["full_name"], "ruz_teacher_id": second},
        {"entity_id": other["entity_id"], "full_name": other["full_name"], "ruz_teacher_id": first},
    ]
    assert statuses(outcome(svc, swapped)) == ["entity_conflict", "entity_conflict"]


def test_entities_relinked_in_a_chain(svc, people):
    """Two rows of traffic-svc exchanged their teachers: each goes by its RUZ id, and takes the other's old entity."""
    first, second = people.number(), people.number()
    one, other = (svc.provisioned("teacher", people.entity(), ruz_teacher_id=each) for each in (first, second))
    fresh = people.entity()
    asked = [
        {"entity_id": fresh, "full_name": one["full_name"], "ruz_teacher_id": first},
        {"entity_id": one["entity_id"], "full_name": other["full_name"], "ruz_teacher_id": second},
    ]
    response = send(svc, asked)
    assert response.status == 200, response
    assert response.json["items"][0]["user"] == {**one, "entity_id": fresh}
    assert response.json["items"][1]["status"] in ("updated", "failed")


def test_none(svc):
    assert outcome(svc, []) == []


@pytest.mark.parametrize("body", [{}, {"items": None}, {"items": {}}, {"items": "x"}, {"items": 5}])
def test_no_list(svc, body):
    check_faults(functools.partial(svc.as_service, "traffic", "POST", BATCH, json_body=body), ("items", "items"))


def test_too_many(svc, people, file_database):
    before = file_database.value("SELECT count(*) FROM users")
    ask = functools.partial(svc.as_service, "traffic", "POST", BATCH, json_body={"items": [teacher(people)] * 5001})
    check_faults(ask, ("items", "items"))
    assert file_database.value("SELECT count(*) FROM users") == before


def test_the_largest(svc, people, file_database):
    asked = [teacher(people, full_name=f"Многочисленный Иван {number}", ruz_teacher_id=people.number()) for number in range(5000)]
    answer = outcome(svc, asked)
    assert statuses(answer) == ["created"] * 5000
    assert [item["user"]["entity_id"] for item in answer] == [item["entity_id"] for item in asked]
    assert len({item["user"]["username"] for item in answer}) == 5000
    assert statuses(outcome(svc, asked)) == ["unchanged"] * 5000
    assert file_database.value("SELECT count(*) FROM audit WHERE event = 'user_provisioned' AND details->>'username' LIKE 'mnogochislennyy%'") == "5000"


def test_the_largest_names(svc, people):
    asked = [teacher(people, full_name="Щ" * 200, entity_id=people.entity().ljust(128, "x")) for _ in range(2000)]
    assert statuses(outcome(svc, asked)) == ["created"] * 2000


def test_the_same_batch_at_once(svc, people, file_database):
    asked = [teacher(people) for _ in range(100)]
    entities = ",".join(f"'{item['entity_id']}'" for item in asked)
    request = ("POST", BATCH, {"json_body": {"items": asked}, "headers": sso.service("traffic")})
    found = [statuses(response.json["items"]) for response in crowd.ask_together(svc.url, [request] * 5)]
    assert sorted(found) == [["created"] * 100] + [["unchanged"] * 100] * 4
    assert file_database.value(f"SELECT count(*) FROM users WHERE entity_id IN ({entities})") == "100"


# --- all or nothing ---


def test_the_database_dies_in_the_middle(sso_svc, database, postgres):
    asked = [{"entity_id": f"t-{number}", "full_name": "Учитель Павел"} for number in range(300)]
    responses = []
    # The audit trail comes last, so whoever waits for it has written all users.
    locker = threading.Thread(target=hold_audit, args=(database,))
    locker.start()
    waiting = "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE NOT l.granted AND d.datname = '{}'"
    wait_until(lambda: database.value("SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted") != "0", 10, "the lock")
    sender = threading.Thread(target=lambda: responses.append(send(sso_svc, asked)))
    sender.start()
    wait_until(lambda: database.value(waiting.format(database.name)) == "1", 10, "the batch to wait")
    postgres.crash()
    sender.join()
    locker.join()
    check_problem(responses[0], 503)
    postgres.restart()
    sso_svc.wait_ready()
    assert database.value("SELECT count(*) FROM users WHERE app = 'traffic'") == "0"
    assert statuses(outcome(sso_svc, asked)) == ["created"] * 300


def hold_audit(database):
    try:
        database.run("BEGIN; LOCK TABLE audit; SELECT pg_sleep(60)")
    except Exception:  # the server is about to die under it
        pass


def test_no_act_without_its_record(sso_svc, database):
    """Who cannot be audited is not made either."""
    database.run(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no space left'; END $$;"
        "CREATE TRIGGER refuse BEFORE INSERT ON audit FOR EACH ROW WHEN (NEW.event LIKE 'user%') EXECUTE FUNCTION refuse()"
    )
    asked = [{"entity_id": "t-1", "full_name": "Учитель Павел"}]
    assert send(sso_svc, asked).status >= 500
    assert sso_svc.provision("teacher", "t-1").status >= 500
    body = {"username": "new.admin", "full_name": "Новый", "app": "traffic", "password": PASSWORD}
    assert sso_svc.as_admin("POST", "/api/users", json_body=body).status >= 500
    assert database.value("SELECT count(*) FROM users") == "1"
    database.run("DROP TRIGGER refuse ON audit")
    assert statuses(outcome(sso_svc, asked)) == ["created"]
