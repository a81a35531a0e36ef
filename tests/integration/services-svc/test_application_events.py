# SPDX-License-Identifier: MIT
"""GET /api/applications/{id}/events: the state, then what happens, for whom it is meant, on whichever replica."""

import pytest

from applications import TEXT, Form, Scene, path_of
from event_stream import EventStream
from services import Services, bearer, student_header


@pytest.fixture(scope="module")
def scene(office):
    return Scene(office)


@pytest.fixture(scope="module")
def replica(office, tmp_path_factory):
    first = office.services
    directory = first.uploads.parent
    second = Services(first.database, directory, office.sso.url, office.main.url).start()
    yield second
    second.stop()


def follow(scene, made, who=None, last=None, svc=None):
    headers = bearer(who) if who else student_header(scene.student["token"])
    if last is not None:
        headers = {**headers, "Last-Event-ID": last}
    return EventStream(svc or scene.svc, path_of(made, "/events"), headers)


def test_the_state_comes_first(scene):
    made = scene.apply()
    with follow(scene, made) as stream:
        assert stream.status == 200
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers["cache-control"].startswith("no-")
        event = stream.next()
        assert event.name == "application"
        expected = scene.read(made)
        assert event.data == {name: expected[name] for name in event.data}
        assert event.data["status"] == "pending"


def test_what_happens_is_told(office, scene):
    made, executor = scene.apply(), office.executor(scene.staff)
    with follow(scene, made) as student, follow(scene, made, scene.staff["token"]) as staff:
        for stream in (student, staff):
            stream.next()
        scene.assign(made, executor)
        scene.set_status(made, "in_progress")
        response = scene.respond(made, Form(message="Готово", new_status="completed").file("a.txt", TEXT)).json
        comment = scene.as_student("POST", path_of(made, "/comments"), **Form(message="Спасибо").sent()).json
        for stream in (student, staff):
            events = [stream.next() for _ in range(5)]
            assert [event.name for event in events] == ["assigned", "status", "status", "response", "comment"]
            assert all(event.data["application_id"] == made["id"] for event in events)
            assert events[0].data["executor_name"] == executor["name"]
            assert [(event.data["old_status"], event.data["status"]) for event in events[1:3]] == [("pending", "in_progress"), ("in_progress", "completed")]
            assert events[3].data["response"] == response
            assert events[4].data["comment"] == comment
            ids = [int(event.id) for event in events]
            assert ids == sorted(set(ids))


def test_an_internal_comment_is_not_for_the_student(scene):
    made = scene.apply()
    path = path_of(made, "/comments")
    with follow(scene, made) as student, follow(scene, made, scene.staff["token"]) as staff:
        since = student.next().id
        staff.next()
        scene.as_staff("POST", path, **Form(message="Тайна", internal="true").sent())
        scene.as_staff("POST", path, **Form(message="Не тайна").sent())
        assert student.next().data["comment"]["message"] == "Не тайна"
        assert [staff.next().data["comment"]["message"] for _ in range(2)] == ["Тайна", "Не тайна"]
    with follow(scene, made, last=since or "0") as student:
        first = student.next()
        assert first.name == "application" or first.data["comment"]["message"] == "Не тайна"


def test_nothing_of_another_application(scene):
    made, other = scene.apply(), scene.apply()
    with follow(scene, made) as stream:
        stream.next()
        scene.set_status(other, "in_progress")
        scene.set_status(made, "in_progress")
        assert stream.next().data["application_id"] == made["id"]


def test_who_comes_back_gets_what_was_missed(scene):
    made = scene.apply()
    scene.set_status(made, "in_progress")
    with follow(scene, made) as stream:
        last = stream.next().id
    scene.set_status(made, "completed", "in_progress")
    with follow(scene, made, last=last) as stream:
        assert [stream.next().data["status"] for _ in range(2)] == ["completed", "in_progress"]
        scene.set_status(made, "rejected")
        assert stream.next().data["status"] == "rejected"


def test_who_has_missed_nothing_gets_the_state(scene):
    made = scene.apply()
    scene.set_status(made, "in_progress")
    with follow(scene, made) as stream:
        last = stream.next().id
    with follow(scene, made, last=last) as stream:
        assert (event := stream.next()).name == "application" and event.data["status"] == "in_progress"
        scene.set_status(made, "completed")
        assert stream.next().data["status"] == "completed"


@pytest.mark.parametrize(("count", "first"), [(7, "status"), (9, "application")])
def test_who_has_missed_more_bytes_than_may_wait_gets_the_state(scene, count, first):
    made = scene.apply()
    scene.set_status(made, "in_progress")
    with follow(scene, made) as stream:
        last = stream.next().id
    scene.svc.database.run(
        "INSERT INTO events (application_id, event, data) SELECT"
        f" '{made['id']}', 'status', jsonb_build_object('status', repeat('x', 16000)) FROM generate_series(1, {count})"
    )
    with follow(scene, made, last=last) as stream:
        assert stream.next().name == first


@pytest.mark.parametrize("last", ["x", "", "-1", "0", "9" * 30, "999999999"])
def test_a_last_event_that_there_is_not(scene, last):
    with follow(scene, scene.apply(), last=last) as stream:
        assert stream.next().name == "application"


def test_the_other_replica_tells_it_too(scene, replica):
    made = scene.apply()
    with follow(scene, made, svc=replica) as stream:
        stream.next()
        scene.set_status(made, "in_progress")
        assert stream.next().data["status"] == "in_progress"


def test_an_executor_s_stream_ends_with_the_assignment(office, scene):
    made, executor = scene.apply(), office.executor(scene.staff)
    scene.assign(made, executor)
    with follow(scene, made, executor["token"]) as stream:
        assert stream.next().data["executor_id"] == executor["id"]
        scene.assign(made, None)
        while (event := stream.next()) is not None:
            assert event.name == "assigned"
    with follow(scene, made, executor["token"]) as stream:
        assert stream.status == 404


def test_nothing_is_told_of_what_was_refused(scene):
    made = scene.apply()
    with follow(scene, made) as stream:
        stream.next()
        assert scene.respond(made, Form(message="Готово", new_status="completed")).status == 409
        scene.set_status(made, "in_progress")
        assert stream.next().name == "status"


def test_no_event_is_lost_with_the_listener_s_connection(scene):
    made = scene.apply()
    with follow(scene, made) as stream:
        stream.next()
        killed = scene.svc.database.value(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND query LIKE '%LISTEN%'"
        )
        assert int(killed) >= 1
        scene.set_status(made, "in_progress", "completed")
        assert [stream.next().data["status"] for _ in range(2)] == ["in_progress", "completed"]
