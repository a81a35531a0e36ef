# SPDX-License-Identifier: MIT
"""PATCH assign and status, POST respond, comments: who may do what to an application, and what history says of it."""

import functools
import uuid

import pytest

from applications import Form, PDF, TEXT, Scene, path_of, stored_files
from refusals import check_faults, check_refused

ALL = {"pending", "in_progress", "completed", "rejected"}
PATHS = {"pending": [], "in_progress": ["in_progress"], "completed": ["in_progress", "completed"], "rejected": ["in_progress", "rejected"]}
STEPS = {"pending": {"in_progress"}, "in_progress": {"completed", "rejected"}}
REOPENING = {"completed": {"pending", "in_progress"}, "rejected": {"pending", "in_progress"}}


@pytest.fixture(scope="module")
def scene(office):
    return Scene(office)


@pytest.fixture(scope="module")
def executor(office, scene):
    return office.executor(scene.staff)


@pytest.fixture(scope="module")
def stranger(office):
    staff = office.staff()
    return {"staff": staff["token"], "executor": office.executor(staff)}


def changes(scene, application):
    return [(each["change"], each["old_value"], each["new_value"]) for each in scene.read(application)["history"]]


# --- assign ---


def test_an_executor_is_assigned_and_freed(scene, executor):
    made = scene.apply()
    scene.assign(made, executor)
    read = scene.read(made)
    assert (read["executor_id"], read["executor_name"]) == (executor["id"], executor["name"])
    assert scene.read(made, executor["token"])["id"] == made["id"]
    scene.assign(made, executor)
    scene.assign(made, None)
    assert scene.read(made)["executor_id"] is None
    assert changes(scene, made)[1:] == [("executor", None, executor["id"]), ("executor", executor["id"], None)]
    assert scene.read(made)["history"][1]["new_name"] == executor["name"]
    check_refused(functools.partial(scene.as_executor, executor, "GET", path_of(made)), 404, "application_not_found")


def test_an_application_goes_from_one_to_the_other(office, scene, executor):
    made, other = scene.apply(), office.executor(scene.staff, "Сидоров Семён")
    scene.assign(made, executor)
    scene.assign(made, other)
    assert scene.read(made)["executor_name"] == "Сидоров Семён"


@pytest.mark.parametrize("of", ["nobody", "another department", "deleted"])
def test_an_executor_that_there_is_not(office, scene, stranger, of):
    made = scene.apply()
    gone = office.executor(scene.staff)
    scene.as_staff("DELETE", f"/api/executors/{gone['id']}")
    ids = {"nobody": str(uuid.uuid4()), "another department": stranger["executor"]["id"], "deleted": gone["id"]}
    ask = functools.partial(scene.as_staff, "PATCH", path_of(made, "/assign"), json_body={"executor_id": ids[of]})
    check_refused(ask, 404, "executor_not_found")
    assert scene.read(made)["executor_id"] is None


@pytest.mark.parametrize(("body", "code"), [({}, "required"), ({"executor_id": "5"}, "uuid"), ({"executor_id": 5}, "string")])
def test_an_assignment_that_is_none(scene, body, code):
    ask = functools.partial(scene.as_staff, "PATCH", path_of(scene.apply(), "/assign"), json_body=body)
    check_faults(ask, ("executor_id", code))


@pytest.mark.parametrize("status", ["completed", "rejected"])
def test_what_is_over_is_not_assigned(scene, executor, status):
    made = scene.apply()
    scene.set_status(made, *PATHS[status])
    ask = functools.partial(scene.as_staff, "PATCH", path_of(made, "/assign"), json_body={"executor_id": executor["id"]})
    check_refused(ask, 409, "application_closed")


def test_a_deleted_executor_loses_what_is_open(office, scene):
    gone, open_one, done = office.executor(scene.staff), scene.apply(), scene.apply()
    scene.assign(open_one, gone)
    scene.assign(done, gone)
    scene.set_status(done, "in_progress", "completed")
    assert scene.as_staff("DELETE", f"/api/executors/{gone['id']}").status == 204
    assert scene.read(open_one)["executor_id"] is None
    assert scene.read(done)["executor_name"] == gone["name"]


# --- status ---


@pytest.mark.parametrize("to", sorted(ALL))
@pytest.mark.parametrize("start", sorted(ALL))
@pytest.mark.parametrize("who", ["staff", "admin"])
def test_each_step(scene, office, who, start, to):
    made = scene.apply()
    scene.set_status(made, *PATHS[start])
    token = scene.staff["token"] if who == "staff" else office.admin()
    ask = functools.partial(scene.svc.as_user, token, "PATCH", path_of(made, "/status"), json_body={"status": to})
    if to in STEPS.get(start, set()) | REOPENING.get(start, set()):
        answer = ask()
        assert (answer.status, answer.json["status"]) == (200, to)
        assert changes(scene, made)[-1] == ("status", start, to)
    else:
        problem = check_refused(ask, 409, "illegal_status")
        assert start in problem["detail"] and all(step in problem["detail"] for step in STEPS.get(start, ()))
        assert scene.read(made)["status"] == start


@pytest.mark.parametrize(("body", "code"), [({}, "required"), ({"status": "done"}, "choice"), ({"status": 1}, "choice")])
def test_a_status_that_is_none(scene, body, code):
    answer = scene.as_staff("PATCH", path_of(scene.apply(), "/status"), json_body=body)
    assert (answer.status, answer.json["code"]) == (422, "validation_failed")


# --- who may ---


def actors(office, scene, stranger, made):
    assigned = office.executor(scene.staff)
    scene.assign(made, assigned)
    return {
        "the student": ("student", scene.student["token"]),
        "another student": ("student", office.student()["token"]),
        "another department's staff": ("user", stranger["staff"]),
        "another department's executor": ("user", stranger["executor"]["token"]),
        "the executor": ("user", assigned["token"]),
        "an unassigned executor": ("user", office.executor(scene.staff)["token"]),
        "the administrator": ("user", office.admin()),
    }


def ask_as(scene, actor, method, path, **options):
    kind, token = actor
    return (scene.svc.as_student if kind == "student" else scene.svc.as_user)(token, method, path, **options)


def test_who_may_assign(office, scene, stranger, executor):
    made = scene.apply()
    for name, actor in actors(office, scene, stranger, made).items():
        ask = functools.partial(ask_as, scene, actor, "PATCH", path_of(made, "/assign"), json_body={"executor_id": None})
        expected = (404, "application_not_found") if name == "another department's staff" else (403, "forbidden")
        check_refused(ask, *expected)
    assert scene.read(made)["executor_id"]


def test_who_may_set_the_status(office, scene, stranger):
    made = scene.apply()
    for name, actor in actors(office, scene, stranger, made).items():
        if name == "the administrator":
            continue
        ask = functools.partial(ask_as, scene, actor, "PATCH", path_of(made, "/status"), json_body={"status": "in_progress"})
        expected = (404, "application_not_found") if name == "another department's staff" else (403, "forbidden")
        check_refused(ask, *expected)
    assert scene.read(made)["status"] == "pending"


def test_who_may_respond(office, scene, stranger):
    made = scene.apply()
    before = stored_files(scene.svc.uploads)
    for name, actor in actors(office, scene, stranger, made).items():
        form = Form(message="Готово").file("a.pdf", PDF)
        ask = functools.partial(send, scene, actor, path_of(made, "/respond"), form)
        if name in ("the executor", "the administrator"):
            continue
        expected = (403, "forbidden") if "student" in name else (404, "application_not_found")
        check_refused(ask, *expected)
    assert scene.read(made)["responses"] == []
    assert stored_files(scene.svc.uploads) == before


def send(scene, actor, path, form, headers=None):
    return ask_as(scene, actor, "POST", path, **form.sent(headers))


def test_who_may_comment(office, scene, stranger):
    made = scene.apply()
    before = stored_files(scene.svc.uploads)
    for name, actor in actors(office, scene, stranger, made).items():
        if name in ("the student", "the executor", "the administrator"):
            continue
        form = Form(message="Когда?").file("a.pdf", PDF)
        check_refused(functools.partial(send, scene, actor, path_of(made, "/comments"), form), 404, "application_not_found")
        check_refused(functools.partial(ask_as, scene, actor, "GET", path_of(made, "/comments")), 404, "application_not_found")
    assert scene.as_staff("GET", path_of(made, "/comments")).json == []
    assert stored_files(scene.svc.uploads) == before


# --- responses ---


def test_a_response_with_a_file_and_a_new_status(scene):
    made = scene.apply()
    scene.set_status(made, "in_progress")
    answer = scene.respond(made, Form(message="  Справка готова\r\n", new_status="completed").file("справка.pdf", PDF))
    assert answer.status == 200
    assert (answer.json["message"], answer.json["new_status"], answer.json["author_role"]) == ("Справка готова", "completed", "staff")
    read = scene.read(made)
    assert (read["status"], read["responses"], read["attachments"]) == ("completed", [answer.json], [])
    assert [each[0] for each in changes(scene, made)] == ["created", "status", "status", "response"]


def test_everybody_who_works_on_it_responds(office, scene, executor):
    made = scene.apply()
    scene.assign(made, executor)
    for token in (scene.staff["token"], executor["token"], office.admin()):
        assert scene.respond(made, Form(message="Делаем"), token).status == 200
    assert [each["author_role"] for each in scene.read(made)["responses"]] == ["staff", "executor", "admin"]


def test_a_response_may_name_the_present_status(scene):
    made = scene.apply()
    assert scene.respond(made, Form(message="Ждите", new_status="pending")).status == 200
    assert [each[0] for each in changes(scene, made)] == ["created", "response"]


def test_a_response_with_an_illegal_status(scene):
    made = scene.apply()
    before = stored_files(scene.svc.uploads)
    form = Form(message="Готово", new_status="completed").file("a.pdf", PDF)
    check_refused(functools.partial(send, scene, ("user", scene.staff["token"]), path_of(made, "/respond"), form), 409, "illegal_status")
    read = scene.read(made)
    assert (read["status"], read["responses"]) == ("pending", [])
    assert stored_files(scene.svc.uploads) == before


def test_an_executor_does_not_reopen(scene, executor):
    made = scene.apply()
    scene.assign(made, executor)
    scene.set_status(made, "in_progress", "completed")
    form = Form(message="Ещё раз", new_status="in_progress")
    problem = check_refused(functools.partial(send, scene, ("user", executor["token"]), path_of(made, "/respond"), form), 409, "illegal_status")
    assert problem["detail"] == "Состояние заявки — completed. Из него можно перейти в: —."
    assert scene.respond(made, form).status == 200
    assert scene.read(made)["status"] == "in_progress"


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({}, ("message", "required")),
        ({"message": " \n"}, ("message", "required")),
        ({"message": "я" * 10001}, ("message", "too_long")),
        ({"message": "a\x07b"}, ("message", "characters")),
        ({"message": "x", "new_status": "done"}, ("new_status", "choice")),
        ({"message": "x", "internal": "true"}, ("internal", "unknown_field")),
    ],
)
def test_a_response_that_is_none(scene, fields, fault):
    made = scene.apply()
    before = stored_files(scene.svc.uploads)
    form = Form(**fields).file("a.pdf", PDF)
    check_faults(functools.partial(send, scene, ("user", scene.staff["token"]), path_of(made, "/respond"), form), fault)
    assert stored_files(scene.svc.uploads) == before


@pytest.mark.parametrize("rest", ["/respond", "/comments"])
def test_a_repeat_says_it_once(scene, rest):
    made, headers = scene.apply(), {"Idempotency-Key": str(uuid.uuid4())}
    form = Form(message="Раз").file("a.txt", TEXT)
    first, again = (send(scene, ("user", scene.staff["token"]), path_of(made, rest), form, headers) for _ in range(2))
    assert (first.status, again.status, first.json) == (200, 200, again.json)
    form = Form(message="Два")
    assert send(scene, ("user", scene.staff["token"]), path_of(made, rest), form, headers).status == 422
    said = scene.read(made)["responses"] if rest == "/respond" else scene.as_staff("GET", path_of(made, rest)).json
    assert said == [first.json]


# --- comments ---


def test_the_conversation(office, scene, executor):
    made = scene.apply()
    scene.assign(made, executor)
    path = path_of(made, "/comments")
    asked = scene.as_student("POST", path, **Form(message="Когда?").file("a.txt", TEXT).sent())
    assert (asked.status, asked.json["author_role"], asked.json["internal"]) == (200, "student", False)
    noted = scene.as_staff("POST", path, **Form(message="Проверь", internal="true").file("b.txt", TEXT).sent())
    assert (noted.status, noted.json["internal"]) == (200, True)
    told = scene.as_executor(executor, "POST", path, **Form(message="Завтра", internal="false").sent())
    assert [each["message"] for each in scene.as_student("GET", path).json] == ["Когда?", "Завтра"]
    for token in (scene.staff["token"], executor["token"], office.admin()):
        assert scene.svc.as_user(token, "GET", path).json == [asked.json, noted.json, told.json]


def test_nothing_of_an_internal_comment_is_for_the_student(scene):
    made = scene.apply()
    before = scene.read(made)
    scene.as_staff("POST", path_of(made, "/comments"), **Form(message="Тайна", internal="1").file("secret.txt", TEXT).sent())
    assert scene.read(made) == before
    assert scene.as_student("GET", path_of(made, "/comments")).json == []
    assert scene.read(made, scene.staff["token"])["attachments"] == []


def test_a_student_s_comment_is_never_internal(scene):
    made = scene.apply()
    before = stored_files(scene.svc.uploads)
    form = Form(message="Тайна", internal="true").file("a.txt", TEXT)
    check_refused(functools.partial(send, scene, ("student", scene.student["token"]), path_of(made, "/comments"), form), 403, "forbidden")
    assert stored_files(scene.svc.uploads) == before
    assert scene.as_student("POST", path_of(made, "/comments"), **Form(message="Не тайна", internal="false").sent()).status == 200


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({}, ("message", "required")),
        ({"message": "x", "internal": "maybe"}, ("internal", "boolean")),
        ({"message": "x", "new_status": "completed"}, ("new_status", "unknown_field")),
    ],
)
def test_a_comment_that_is_none(scene, fields, fault):
    made = scene.apply()
    check_faults(functools.partial(send, scene, ("user", scene.staff["token"]), path_of(made, "/comments"), Form(**fields)), fault)


# --- how much ---


def fill(scene, made, table, role, count, size=10):
    """As if so many had said something, each so many bytes."""
    scene.svc.database.run(
        f"INSERT INTO {table} (id, application_id, author_id, author_name, author_role, message) SELECT gen_random_uuid(),"
        f" '{made['id']}', 'x', 'Кто-то', '{role}', repeat('x', {size}) FROM generate_series(1, {count})"
    )


@pytest.mark.parametrize(("count", "size"), [(250, 10), (104, 10_000)])
@pytest.mark.parametrize(
    ("who", "rest", "table", "role"),
    [("student", "/comments", "comments", "student"), ("staff", "/comments", "comments", "executor"), ("staff", "/respond", "responses", "admin")],
)
def test_a_side_that_has_said_enough(scene, who, rest, table, role, count, size):
    """A conversation is answered whole, so it is bounded; nobody uses up what others may say."""
    made = scene.apply()
    fill(scene, made, table, role, count - 1, size)
    caller = ("student", scene.student["token"]) if who == "student" else ("user", scene.staff["token"])
    say = functools.partial(send, scene, caller, path_of(made, rest))
    assert say(Form(message="Последнее")).status == 200
    fill(scene, made, table, role, 1 if size > 10 else 0, size)
    before = stored_files(scene.svc.uploads)
    long = Form(message="я" * 5000 + "." * 1000).file("a.pdf", PDF)
    problem = check_refused(functools.partial(say, long), 409, "conversation_full")
    assert "250" in problem["detail"]
    assert stored_files(scene.svc.uploads) == before
    other = ("user", scene.staff["token"]) if who == "student" else ("student", scene.student["token"])
    assert send(scene, other, path_of(made, "/comments"), Form(message="А я?")).status == 200
