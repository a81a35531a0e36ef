# SPDX-License-Identifier: MIT
"""Students are marked: by a code, by a claim, once."""

import concurrent.futures
import time
import uuid

import pytest


NOBODY = str(uuid.uuid4())
SETTINGS = {"QR_ROTATE_SECONDS": 3}


@pytest.fixture(scope="module")
def teacher(place):
    return place.teacher()


@pytest.fixture
def lesson(place, teacher):
    return Lesson(place, teacher)


class Lesson:
    """A session that runs on a kiosk of its own."""

    def __init__(self, place, teacher):
        self.place = place
        self.teacher = teacher
        self.kiosk = place.kiosk()
        self.id = place.start_session(teacher, self.kiosk)["id"]

    def attend(self, code, token, **options):
        return self.place.attend(self.id, code, token, **options)

    def claim(self, code):
        path = f"/api/sessions/{self.id}/claims"
        return self.place.traffic.request("POST", path, json_body={"qr_token": code})

    def attend_by_claim(self, claim, token):
        path, body = f"/api/sessions/{self.id}/attend", {"claim": claim, "launch_token": token}
        return self.place.traffic.request("POST", path, json_body=body)

    def attendees(self):
        return self.place.as_teacher(self.teacher, "GET", f"/api/sessions/{self.id}/attendees").json["items"]

    def end(self):
        assert self.place.as_teacher(self.teacher, "DELETE", f"/api/sessions/{self.id}").status == 204


@pytest.fixture(scope="module")
def tokens(place):
    return place.launch_tokens(20)


def test_a_student_is_marked(lesson, tokens):
    answer = lesson.attend(lesson.kiosk.code(), tokens[0])
    assert answer.status == 200
    assert answer.json == {"status": "ok", "message": "Вы отмечены на занятии."}
    [attendee] = lesson.attendees()
    assert (attendee["student_external_id"], attendee["student_name"]) == ("stud0", "Студент 0")
    assert (attendee["status"], attendee["source"], attendee["history"]) == ("present", "qr", [])
    assert lesson.kiosk.current()["attendance_count"] == 1


def test_a_student_counts_once(lesson, tokens):
    lesson.attend(lesson.kiosk.code(), tokens[0])
    again = lesson.attend(lesson.kiosk.code(), tokens[0], headers={"Accept-Language": "en"})
    assert (again.status, again.json["status"]) == (200, "already_marked")
    assert again.json["message"] == "You are marked in this session already."
    assert len(lesson.attendees()) == 1
    assert lesson.kiosk.current()["attendance_count"] == 1


def test_of_five_hundred_copies_of_a_mark_one_counts(lesson, tokens):
    code = lesson.kiosk.code()
    claim = lesson.claim(code).json["claim"]
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: lesson.attend_by_claim(claim, tokens[0]), range(500)))
    statuses = [answer.json["status"] for answer in answers]
    assert {answer.status for answer in answers} == {200}
    assert (statuses.count("ok"), statuses.count("already_marked")) == (1, 499)
    assert len(lesson.attendees()) == 1
    assert lesson.kiosk.current()["attendance_count"] == 1


def test_many_students_are_counted(lesson, tokens):
    claim = lesson.claim(lesson.kiosk.code()).json["claim"]
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda token: lesson.attend_by_claim(claim, token), tokens))
    assert {answer.json["status"] for answer in answers} == {"ok"}
    assert len(lesson.attendees()) == lesson.kiosk.current()["attendance_count"] == len(tokens)


# --- codes ---


def wait_for_window_start(rotate):
    """So that a window lasts as long as the test needs."""
    time.sleep(rotate - time.time() % rotate)


def test_the_code_before_is_taken_and_no_other(lesson, tokens, problem_of):
    rotate = SETTINGS["QR_ROTATE_SECONDS"]
    wait_for_window_start(rotate)
    now = time.time()
    assert lesson.attend(lesson.kiosk.code(now - rotate), tokens[0]).json["status"] == "ok"
    for at in (now - 2 * rotate, now + rotate, now - 1000):
        problem_of(lesson.attend(lesson.kiosk.code(at), tokens[1]), 400, "code_stale")
    assert len(lesson.attendees()) == 1


def test_another_sessions_code_is_stale(place, teacher, lesson, tokens, problem_of):
    other = Lesson(place, teacher)
    problem_of(lesson.attend(other.kiosk.code(), tokens[0]), 400, "code_stale")


@pytest.mark.parametrize("change", [str.upper, lambda code: code[:-1], lambda code: code + "0", lambda _: "0" * 16])
def test_a_code_that_is_not_quite_it_is_stale(lesson, tokens, problem_of, change):
    code = lesson.kiosk.code()
    while not any(letter.isalpha() for letter in code):
        time.sleep(0.5)
        code = lesson.kiosk.code()
    problem_of(lesson.attend(change(code), tokens[0]), 400, "code_stale")


# --- who ---


def test_without_a_valid_token_nobody_is_marked(place, lesson, problem_of, teacher):
    code = lesson.kiosk.code()
    [services] = place.launch_tokens(audience="services")
    for token in (services, "x", teacher["token"]):
        problem_of(lesson.attend(code, token), 401, "launch_token_invalid")
    assert lesson.attendees() == []


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["qr_token", "launch_token"]),
        ({"qr_token": "x"}, ["launch_token"]),
        ({"launch_token": "x"}, ["qr_token"]),
        ({"claim": 5, "launch_token": "x"}, ["claim"]),
        ({"qr_token": "x" * 300, "launch_token": "x"}, ["qr_token"]),
        ({"qr_token": "x", "launch_token": "x" * 9000}, ["launch_token"]),
    ],
)
def test_a_wrong_body_is_refused(place, lesson, problem_of, body, fields):
    answer = place.traffic.request("POST", f"/api/sessions/{lesson.id}/attend", json_body=body)
    problem = problem_of(answer, 422, "validation_failed")
    assert [fault["field"] for fault in problem["errors"]] == fields


# --- where ---


@pytest.mark.parametrize("session_id", [NOBODY, "x"])
def test_an_unknown_session_has_no_marks(place, tokens, problem_of, session_id):
    problem_of(place.attend(session_id, "0" * 16, tokens[0]), 404, "session_not_active")
    path = f"/api/sessions/{session_id}/claims"
    problem_of(place.traffic.request("POST", path, json_body={"qr_token": "x"}), 404, "session_not_active")


def test_a_session_that_is_over_takes_no_marks(lesson, tokens, problem_of):
    code = lesson.kiosk.code()
    claim = lesson.claim(code).json["claim"]
    lesson.attend(code, tokens[0])
    lesson.end()
    problem_of(lesson.attend(code, tokens[1]), 404, "session_not_active")
    problem_of(lesson.attend_by_claim(claim, tokens[1]), 404, "session_not_active")
    problem_of(lesson.claim(code), 404, "session_not_active")
    assert len(lesson.attendees()) == 1


@pytest.mark.parametrize("is_known", [False, True])
def test_a_session_that_is_over_says_so_to_an_old_code(lesson, tokens, problem_of, is_known):
    """Whether its secret is in the daemon's cache or not."""
    old = lesson.kiosk.code(time.time() - 1000)
    if is_known:
        assert lesson.attend(lesson.kiosk.code(), tokens[0]).status == 200
    lesson.end()
    problem_of(lesson.attend(old, tokens[1]), 404, "session_not_active")
    problem_of(lesson.attend_by_claim("0" * 75, tokens[1]), 404, "session_not_active")


def test_a_session_whose_time_is_over_takes_none_either(place, lesson, tokens, problem_of):
    claim = lesson.claim(lesson.kiosk.code()).json["claim"]
    place.traffic.database.run(f"UPDATE sessions SET ends_at = now() WHERE id = '{lesson.id}'")
    problem_of(lesson.attend_by_claim(claim, tokens[1]), 404, "session_not_active")


# --- claims ---


def test_a_claim_outlives_its_code(lesson, tokens, problem_of):
    code = lesson.kiosk.code()
    answer = lesson.claim(code)
    assert answer.status == 200 and answer.json["expires_in"] == 300
    time.sleep(2 * SETTINGS["QR_ROTATE_SECONDS"])
    problem_of(lesson.attend(code, tokens[0]), 400, "code_stale")
    assert lesson.attend_by_claim(answer.json["claim"], tokens[0]).json["status"] == "ok"


def test_a_claim_is_of_one_session(place, teacher, lesson, tokens, problem_of):
    other = Lesson(place, teacher)
    claim = other.claim(other.kiosk.code()).json["claim"]
    problem_of(lesson.attend_by_claim(claim, tokens[0]), 400, "claim_stale")
    for wrong in (claim[:-1], "x" + claim[1:], "nonsense", "0" * 75):
        problem_of(other.attend_by_claim(wrong, tokens[0]), 400, "claim_stale")


def test_only_a_valid_scan_is_kept(place, lesson, problem_of):
    problem_of(lesson.claim("0" * 16), 400, "code_stale")
    path = f"/api/sessions/{lesson.id}/claims"
    problem_of(place.traffic.request("POST", path, json_body={}), 422, "validation_failed")


# --- once per key ---


def test_a_repeat_with_the_same_key_is_answered_alike(place, lesson, tokens):
    claim = lesson.claim(lesson.kiosk.code()).json["claim"]
    path, body = f"/api/sessions/{lesson.id}/attend", {"claim": claim, "launch_token": tokens[0]}
    headers = {"Idempotency-Key": "mark-1"}
    answers = [place.traffic.request("POST", path, json_body=body, headers=headers) for _ in range(2)]
    assert [answer.json["status"] for answer in answers] == ["ok", "ok"]
    assert answers[1].header("idempotent-replayed") == "true"
    assert len(lesson.attendees()) == 1


def test_outcomes_are_counted(place, lesson, tokens):
    before = place.traffic.metric("traffic_marks_total", outcome="made") or 0
    lesson.attend(lesson.kiosk.code(), tokens[0])
    assert place.traffic.metric("traffic_marks_total", outcome="made") == before + 1


