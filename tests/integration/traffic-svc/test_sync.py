# SPDX-License-Identifier: MIT
"""The teacher sync: /api/teachers/sync/…, and what a run does to both databases."""

import json

import pytest

import imitated_schedule
import sso
from blocker import RowBlocker
from imitated_schedule import entry, people
from poly_process import wait_until

STATUS = ("GET", "/api/teachers/sync/status")
RUN = ("POST", "/api/teachers/sync/run")
NOTHING = {
    "created_local": 0,
    "updated_local": 0,
    "removed_local": 0,
    "created_or_linked_sso": 0,
    "failed": 0,
    "failed_sample": [],
}


@pytest.fixture(scope="module")
def schedule(request):
    with imitated_schedule.Schedule() as imitation:
        request.module.SETTINGS = {"SCHEDULE_API_URL": imitation.url}
        yield imitation


@pytest.fixture(scope="module")
def place(schedule, place):
    return place


@pytest.fixture(autouse=True)
def begin_anew(place, schedule):
    """Nobody but who a test brings."""
    await_end(place)
    place.traffic.database.run("DELETE FROM outbox; DELETE FROM teachers")
    place.sso.database.run("DELETE FROM users WHERE role = 'teacher'")
    schedule.lists({})
    schedule.held = None


# --- runs ---


def status(place, **options):
    answer = place.as_admin(*STATUS, **options)
    assert answer.status == 200, answer
    return answer.json


def await_end(place):
    wait_until(lambda: not status(place)["running"], 20, "the sync to end")
    return status(place)


def sync(place):
    """A run to its end: the status then."""
    answer = place.as_admin(*RUN)
    assert answer.status == 202, answer
    assert answer.json["status"] == "started"
    return await_end(place)


def synced(place, schedule, teachers):
    """A run over these that goes well: its figures."""
    schedule.lists(teachers)
    end = sync(place)
    assert end["last_error"] is None, end
    check_both_sides(place)
    return end["last_stats"]


def check_both_sides(place):
    """After every sync: each teacher has a user whose entity_id is the teacher's, each user a teacher."""
    ours = place.traffic.database.run(
        "SELECT id, ruz_teacher_id, full_name, username, is_active FROM teachers WHERE deleted_at IS NULL ORDER BY id"
    )
    theirs = place.sso.database.run(
        "SELECT entity_id, ruz_teacher_id, full_name, username, is_active FROM users"
        " WHERE app = 'traffic' AND role = 'teacher' ORDER BY entity_id"
    )
    assert ours == theirs
    assert place.traffic.database.value("SELECT count(*) FROM teachers WHERE sso_pending") == "0"


def listed(place):
    """{ruz_teacher_id: teacher}, whatever state they are in."""
    rows = place.traffic.database.value(
        "SELECT json_agg(t) FROM (SELECT id, ruz_teacher_id, full_name, username, is_active, missing_since, deleted_at"
        " FROM teachers) t"
    )
    return {teacher["ruz_teacher_id"]: teacher for teacher in json.loads(rows or "[]")}


def age_marks(place, days):
    place.traffic.database.run(f"UPDATE teachers SET missing_since = missing_since - interval '{days} days'")


# --- the list ---


def test_new_teachers_are_on_both_sides(place, schedule):
    stats = synced(place, schedule, people(120))
    assert stats == {**NOTHING, "fetched": 120, "created_local": 120, "created_or_linked_sso": 120, "skipped": 0}
    assert listed(place)[1]["full_name"] == "Иванов Александр Андреевич"
    assert listed(place)[1]["username"].startswith("ivanov.aa")


def test_what_has_not_changed_is_not_touched(place, schedule):
    synced(place, schedule, people(50))

    def acts():
        last = "SELECT max(id) FROM audit WHERE event <> 'teacher_sync_requested'"
        return place.sso.database.value(last), place.traffic.database.value(last)

    before = acts()
    assert synced(place, schedule, people(50)) == {**NOTHING, "fetched": 50, "skipped": 0}
    assert acts() == before


def test_a_new_name_goes_to_both_sides_and_the_username_stays(place, schedule):
    synced(place, schedule, people(20))
    username = listed(place)[3]["username"]
    stats = synced(place, schedule, {**people(20), 3: "Волконская Мария Павловна"})
    assert (stats["updated_local"], stats["created_or_linked_sso"]) == (1, 1)
    assert (listed(place)[3]["full_name"], listed(place)[3]["username"]) == ("Волконская Мария Павловна", username)
    assert [t["ruz_teacher_id"] for t in place.as_admin("GET", "/api/teachers?search=волконск мар").json] == [3]
    assert place.as_admin("GET", "/api/teachers?search=соколов алекс анд").json == []


def test_entries_that_are_no_person_are_skipped_and_names_are_folded(place, schedule):
    stats = synced(
        place,
        schedule,
        {1: "  Ларионенко  Артём\u00a0Александрович ", 2: "Удалить", 3: "ГЭК №036, 2020", 4: "Вакансия", 5: "Иванова Е.Н.", 6: ""},
    )
    assert (stats["fetched"], stats["skipped"], stats["created_local"]) == (6, 4, 2)
    assert {t["full_name"] for t in listed(place).values()} == {"Ларионенко Артём Александрович", "Иванова Е.Н."}


def test_an_id_that_comes_twice_is_one_teacher_and_namesakes_are_two(place, schedule):
    schedule.lists_entries([entry(7, "Петров Пётр"), entry(8, "Петров Пётр"), entry(7, "Сидоров Сидор"), entry(7, "Удалить")])
    end = sync(place)
    assert (end["last_stats"]["created_local"], end["last_stats"]["skipped"]) == (2, 2)
    assert listed(place)[7]["full_name"] == listed(place)[8]["full_name"] == "Петров Пётр"
    assert listed(place)[7]["username"] != listed(place)[8]["username"]
    check_both_sides(place)


# --- who is missing ---


def test_one_who_is_missing_is_marked_and_goes_after_the_grace(place, schedule):
    synced(place, schedule, people(20))
    without = people(19, first=2)
    assert synced(place, schedule, without)["removed_local"] == 0
    gone = listed(place)[1]
    assert gone["is_active"] and gone["missing_since"]
    age_marks(place, 6)
    assert synced(place, schedule, without)["removed_local"] == 0
    age_marks(place, 1)
    assert synced(place, schedule, without)["removed_local"] == 1
    assert not listed(place)[1]["is_active"]
    assert place.sso.database.value("SELECT is_active FROM users WHERE ruz_teacher_id = 1") == "f"
    assert synced(place, schedule, without) == {**NOTHING, "fetched": 19, "skipped": 0}


def test_one_who_comes_back_is_active_again_under_the_same_ids(place, schedule):
    synced(place, schedule, people(20))
    synced(place, schedule, people(19, first=2))
    age_marks(place, 7)
    synced(place, schedule, people(19, first=2))
    before = listed(place)[1]
    user = place.sso.database.value("SELECT id FROM users WHERE ruz_teacher_id = 1")
    assert synced(place, schedule, people(20))["updated_local"] == 1
    after = listed(place)[1]
    assert after["is_active"] and after["missing_since"] is None
    assert (after["id"], after["username"]) == (before["id"], before["username"])
    assert place.sso.database.value("SELECT id FROM users WHERE ruz_teacher_id = 1 AND is_active") == user


def test_one_who_comes_back_in_time_was_never_away(place, schedule):
    synced(place, schedule, people(20))
    synced(place, schedule, people(19, first=2))
    stats = synced(place, schedule, people(20))
    assert stats == {**NOTHING, "fetched": 20, "skipped": 0}
    assert listed(place)[1]["missing_since"] is None


def test_whom_sso_has_disabled_stays_so_under_a_new_name(place, schedule):
    synced(place, schedule, people(20))
    place.sso.database.run("UPDATE users SET is_active = false WHERE ruz_teacher_id = 4")
    schedule.lists({**people(20), 4: "Новая Анна Ивановна"})
    assert sync(place)["last_error"] is None
    user = place.sso.database.run("SELECT full_name, is_active FROM users WHERE ruz_teacher_id = 4")
    assert user == [("Новая Анна Ивановна", "f")]


def untouched(place, before, error):
    """The last run has failed, said so, and changed nobody."""
    end = await_end(place)
    assert error in end["last_error"], end
    assert listed(place) == before
    check_both_sides(place)
    return end


@pytest.mark.parametrize(
    "lists", [{}, {1: "Удалить", 2: "Вакансия"}, people(17), people(1), {ruz_id: "Удалить" for ruz_id in range(1, 21)}]
)
def test_a_source_that_lists_too_few_is_not_believed(place, schedule, lists):
    synced(place, schedule, people(20))
    before = listed(place)
    schedule.lists(lists)
    failed = status(place)["runs_failed"]
    end = sync(place)
    untouched(place, before, "никто не изменён")
    assert end["runs_failed"] == failed + 1
    assert end["last_stats"]["fetched"] == len(lists)
    assert "nobody was changed" in status(place, headers={"Accept-Language": "en"})["last_error"]


def test_a_few_a_day_do_not_become_many(place, schedule):
    synced(place, schedule, people(20))
    synced(place, schedule, people(18, first=3))
    before = listed(place)
    schedule.lists(people(16, first=5))
    sync(place)
    untouched(place, before, "нет 4 из 20")


@pytest.mark.parametrize(
    "answer",
    [
        {"text": '{"teachers":[{"id":1,"full_n'},
        {"text": '{"teachers":{}}'},
        {"text": '{"teachers":null}'},
        {"text": "{}"},
        {"text": '{"teachers":[{"id":"x","full_name":"Иванов Иван"}]}'},
        {"text": "<html>nginx</html>", "content_type": "text/html"},
        {"text": "{}", "status": 500},
        {"text": '{"type":"about:blank"}', "status": 404},
    ],
)
def test_a_malformed_source_changes_nobody(place, schedule, answer):
    synced(place, schedule, people(20))
    before = listed(place)
    schedule.says(**answer)
    sync(place)
    untouched(place, before, "Список преподавателей")


# --- both databases ---


def test_users_who_were_there_are_linked(place, schedule):
    """By RUZ's id; their usernames and passwords stay."""
    place.sso.provisioned("teacher", "an-old-id", full_name="Иванов Старый", username="old.ivanov", ruz_teacher_id=1)
    stats = synced(place, schedule, people(3))
    assert stats["created_or_linked_sso"] == 3
    assert listed(place)[1]["username"] == "old.ivanov"


def test_users_who_got_lost_are_made_again(place, schedule):
    synced(place, schedule, people(20))
    place.sso.database.run("DELETE FROM users WHERE ruz_teacher_id IN (2, 3)")
    assert synced(place, schedule, people(20))["created_or_linked_sso"] == 2


def test_whom_sso_refuses_is_counted_and_named_and_the_others_go_on(place, schedule):
    """Two users are meant by one teacher: that is for a person to settle."""
    synced(place, schedule, people(3))
    place.sso.database.run("UPDATE users SET ruz_teacher_id = NULL WHERE ruz_teacher_id = 2")
    place.sso.provisioned("teacher", "another", full_name="Иной Пётр", ruz_teacher_id=2)
    schedule.lists({**people(3), 2: "Новая Анна", 3: "Новый Пётр"})
    end = sync(place)
    assert (end["last_error"], end["last_stats"]["failed"]) == (None, 1)
    [sample] = end["last_stats"]["failed_sample"]
    assert (sample["ruz_teacher_id"], sample["full_name"], sample["code"]) == (2, "Новая Анна", "entity_conflict")
    assert place.sso.database.value("SELECT full_name FROM users WHERE ruz_teacher_id = 3") == "Новый Пётр"
    place.sso.database.run("DELETE FROM users WHERE entity_id = 'another'")
    assert sync(place)["last_stats"]["failed"] == 0
    check_both_sides(place)


def test_without_sso_it_says_so_and_goes_on_by_itself(place, schedule):
    synced(place, schedule, people(5))
    place.sso.stop()
    schedule.lists(people(8))
    headers = {"Authorization": f"Bearer {place.admin()}"}
    assert place.traffic.request(*RUN, headers=headers).status == 202
    wait_until(lambda: "учётных записей не ответила" in (status(place)["last_error"] or ""), 20, "the sync to fail")
    place.sso.start()
    wait_until(lambda: status(place)["last_error"] is None, 30, "the sync to go on")
    check_both_sides(place)
    assert len(listed(place)) == 8


def test_hand_made_teachers_are_left_alone(place, schedule):
    answer = place.as_admin(
        "POST", "/api/teachers", json_body={"username": "handmade", "password": "Кафедра 214, физика", "full_name": "Рукодельный Пётр"}
    )
    assert answer.status == 200, answer
    synced(place, schedule, people(5))
    assert synced(place, schedule, people(5))["created_or_linked_sso"] == 0
    assert len(listed(place)) == 6


def test_who_deletes_a_teacher_does_not_wait_for_a_sync_that_waits_for_another(place, schedule):
    synced(place, schedule, people(3))
    other = place.traffic.database.value("SELECT id FROM teachers WHERE ruz_teacher_id = 3")
    schedule.lists({**people(5), 1: "Новикова Ольга Павловна"})
    blocker = RowBlocker(place.traffic.database, "teachers WHERE ruz_teacher_id = 1")
    try:
        assert place.as_admin(*RUN).status == 202
        blocker.await_waiting(1)
        assert place.as_admin("DELETE", f"/api/teachers/{other}").status == 204
        assert blocker.waiting() == 1, "the deletion went on when the sync had given up"
    finally:
        blocker.release()
    await_end(place)


def test_one_who_was_deleted_comes_back_with_the_same_id(place, schedule):
    synced(place, schedule, people(20))
    teacher = listed(place)[5]["id"]
    assert place.as_admin("DELETE", f"/api/teachers/{teacher}").status == 204
    assert place.sso.database.value("SELECT count(*) FROM users WHERE ruz_teacher_id = 5") == "0"
    synced(place, schedule, people(20))
    assert listed(place)[5]["id"] == teacher


# --- the routes ---


def test_status_has_every_member(place, schedule):
    synced(place, schedule, people(5))
    now = status(place)
    assert set(now) == {
        "running", "enabled", "interval_seconds", "last_source", "last_started_at", "last_finished_at",
        "last_success_at", "last_error", "runs_total", "runs_failed", "last_stats",
    }  # fmt: skip
    assert (now["running"], now["enabled"], now["last_source"]) == (False, False, "manual")
    assert now["last_started_at"] <= now["last_finished_at"] == now["last_success_at"]


def test_runs_are_counted_by_outcome(place, schedule):
    def counted():
        return [place.traffic.metric("traffic_teacher_syncs_total", outcome=name) for name in ("ok", "refused", "failed")]

    before = counted()
    schedule.lists(people(20))
    sync(place)
    schedule.lists({})
    sync(place)
    schedule.says("{")
    sync(place)
    assert [after - then for after, then in zip(counted(), before)] == [1, 1, 1]


def test_one_runs_at_a_time(place, schedule, problem_of):
    schedule.lists(people(3))
    held = schedule.hold()
    assert place.as_admin(*RUN).status == 202
    assert status(place)["running"]
    problem_of(place.as_admin(*RUN), 409, "sync_running")
    held.set()
    await_end(place)
    check_both_sides(place)


@pytest.mark.parametrize("route", [STATUS, RUN])
def test_sso_svc_may_and_others_may_not(place, problem_of, route):
    def ask(**headers):
        return place.traffic.request(*route, headers={name.replace("_", "-"): text for name, text in headers.items()})

    assert ask(X_Service_Secret=sso.INTERNAL_SECRET).status in (200, 202)
    await_end(place)
    problem_of(ask(), 401, "unauthenticated")
    problem_of(ask(X_Service_Secret="x" * 64), 401, "unauthenticated")
    problem_of(ask(X_Service_Secret=sso.SERVICE_SECRETS["traffic"]), 401, "unauthenticated")
    problem_of(place.traffic.as_user(place.teacher()["token"], *route), 403, "forbidden")
    problem_of(place.traffic.request(*route, headers=place.sso.admin()), 401, "unauthenticated")


def test_who_asked_is_on_record(place):
    sync(place)
    assert int(place.traffic.database.value("SELECT count(*) FROM audit WHERE event = 'teacher_sync_requested'")) > 0
