# SPDX-License-Identifier: MIT
"""Uploads that go wrong on their way: nothing is acknowledged that is not there, and nothing that failed is half there."""

import concurrent.futures
import hashlib
import pathlib
import socket
import struct

import pytest

import poly_http
import services
from applications import APPLICATIONS, PDF, TEXT, Form, Scene, apply, download_path, path_of, pdf_of, stored_files
from blocker import Blocker
from poly_process import BUILD, INSTRUMENTED, PATIENCE, wait_until
from small_disk import SmallDisk, needs_mount

MEBIBYTE = 1 << 20
SWEPT_SOON = {"UPLOAD_SWEEP_SECONDS": 1, "UPLOAD_ORPHAN_SECONDS": 2}
SANITIZED = BUILD / "address-undefined/bin/services-svc"


def rows(scene):
    return int(scene.svc.database.value("SELECT (SELECT count(*) FROM applications) + (SELECT count(*) FROM attachments)"))


def start_sending(scene, form, size):
    """A connection on which so many bytes of a new application have been sent."""
    head = f"POST {APPLICATIONS} HTTP/1.1\r\nHost: services\r\nX-Student-Token: {scene.student['token']}\r\n"
    head += f"Content-Type: {form.headers['Content-Type']}\r\nContent-Length: {len(form.body)}\r\n\r\n"
    return scene.svc.connect().send(head.encode() + form.body[:size])


def await_incoming(scene):
    wait_until(lambda: any(name.startswith("incoming/") for name in stored_files(scene.svc.uploads)), 10, "the file coming in")


# --- 26: what comes, and how ---


def close(connection):
    connection.close()


def reset(connection):
    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def finish_sending(connection):
    connection.finish_sending()


@pytest.mark.fault(26)
@pytest.mark.parametrize("leave", [close, reset, finish_sending])
def test_an_upload_that_is_cut_off_leaves_nothing(office, leave):
    scene = Scene(office)
    form = scene.form().file("first.txt", TEXT).file("a.pdf", pdf_of(3 * MEBIBYTE))
    for size in (100, len(form.body) // 2, len(form.body) - 10):
        connection = start_sending(scene, form, size)
        if size > 1000:
            await_incoming(scene)
        leave(connection)
        wait_until(lambda: stored_files(scene.svc.uploads) == [], 10, "nothing to be left")
    assert rows(scene) == 0
    assert len(scene.apply(form)["attachments"]) == 2


HOSTILE = {
    "wrong magic": (lambda form: form.file("a.pdf", b"MZ\x90\0" + bytes(3 * MEBIBYTE)), 415),
    "a zip bomb's name": (lambda form: form.file("42.zip", b"PK\x03\x04" + bytes(1000)), 415),
    "a path in the name": (lambda form: form.file("../../../../tmp/a.exe", PDF), 415),
    "NUL in the name": (lambda form: form.file(b"a.txt\0.exe", TEXT), 400),
    "no bytes": (lambda form: form.file("a.pdf", b""), 422),
    "too large": (lambda form: form.file("a.pdf", pdf_of(10 * MEBIBYTE + 1)), 413),
    "a header without end": (lambda form: form.part(b"Content-Disposition: form-data; name=" + b"x" * 100_000, b""), 400),
    "a thousand parts": (lambda form: [form.file("", b"") for _ in range(1000)], 413),
}


@pytest.mark.fault(26)
def test_a_hostile_upload_leaves_nothing(office):
    scene = Scene(office)
    for name, (spoil, status) in HOSTILE.items():
        form = scene.form().file("good.pdf", pdf_of(MEBIBYTE))
        spoil(form)
        answer = apply(scene.svc, scene.student, scene.service, form)
        assert answer.status == status, (name, answer)
        assert answer.json["detail"]
        assert stored_files(scene.svc.uploads) == [], name
    form = scene.form()
    for number in range(11):
        form.file(f"{number}.pdf", pdf_of(200_000))
    assert apply(scene.svc, scene.student, scene.service, form).status == 422
    assert (stored_files(scene.svc.uploads), rows(scene)) == ([], 0)


@pytest.mark.fault(26)
def test_uploads_are_not_held_in_memory(office):
    scene = Scene(office)
    form = scene.form().file("a.pdf", pdf_of(9 * MEBIBYTE))
    scene.apply(form)
    before = scene.svc.resident_bytes()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: scene.apply(form), range(16)))
        peak = scene.svc.resident_bytes()
    assert len(made) == 16
    assert peak - before < 8 * MEBIBYTE * PATIENCE


# --- 16: nobody waits for the outcome any more ---


@pytest.mark.fault(16)
@pytest.mark.parametrize("leave", [close, reset])
@pytest.mark.parametrize("build", ["as it is", "sanitized"])
def test_clients_leave_while_the_database_is_waited_for(start_office, start, build, leave):
    office = start_office(**SWEPT_SOON)
    if build == "sanitized":
        if INSTRUMENTED or not SANITIZED.exists():
            pytest.skip("there is no second build; make SANITIZE=address,undefined makes it")
        first = office.services
        environment = {**first.environment, "WORKERS": 1}
        office.services = start(services.Services(first.database, first.uploads.parent, environment=environment))
        office.services.name = str(SANITIZED)
        office.services.restart()
    scene = Scene(office)
    form = scene.form().file("a.pdf", pdf_of(300_000))
    scene.apply(form)
    before = rows(scene)
    blocker = Blocker(scene.svc.database, "applications")
    try:
        connections = [start_sending(scene, form, len(form.body)) for _ in range(10)]
        wait_until(lambda: blocker.waiting() >= 2, 10, "requests to wait")
        for connection in connections:
            leave(connection)
        wait_until(lambda: scene.svc.metric("http_requests_total", status="499") == 10, 10, "their places to be free")
    finally:
        blocker.release()
    wait_until(lambda: len(stored_files(scene.svc.uploads)) == 1 + (rows(scene) - before) // 2, 20, "no file without its row")
    scene.apply(form)


# --- 18: JSON made to break its reader ---

DEPTH = 1_000_000


@pytest.mark.fault(18)
def test_hostile_form_data(office):
    scene = Scene(office)
    made = scene.apply()
    documents = {
        "a million arrays": ("[" * DEPTH + "]" * DEPTH, 413),
        "half a million objects": ('{"a":' * 150_000, 422),
        "a name twice": ('{"copies":1,"copies":2}', 422),
        "a byte that is never UTF-8": (b'{"copies":"\xff"}', 400),
        "a lone surrogate": ('{"why":"\\ud800"}', 422),
        "NUL": ('{"why":"\\u0000"}', 422),
        "a raw NUL": (b'{"why":"\0"}', 400),
        "2^63": ('{"copies":9223372036854775808}', 201),
        "1e999": ('{"copies":1e999}', 422),
        "NaN": ('{"copies":NaN}', 422),
        "64 MB": ('"' + "a" * (64 * MEBIBYTE) + '"', 413),
        "something behind it": ('{"copies":1}{}', 422),
    }
    before = scene.svc.resident_bytes()
    for _ in range(3):
        for name, (text, status) in documents.items():
            answer = apply(scene.svc, scene.student, scene.service, Form(service_id=scene.service["id"]).field("form_data", text).file("a.pdf", PDF))
            assert answer.status == status, (name, answer)
            if name != "2^63":
                body = text if isinstance(text, bytes) else text.encode()
                ask = {"body": body, "headers": {"Content-Type": "application/json"}}
                status = scene.as_staff("PATCH", path_of(made, "/status"), **ask).status
                assert status in (400, 413, 422), name
    assert scene.svc.resident_bytes() - before < 24 * MEBIBYTE * PATIENCE
    assert scene.read(made)["status"] == "pending"
    assert len(stored_files(scene.svc.uploads)) == 3


# --- 22: the disk of the uploads is full ---


@pytest.fixture
def disk(tmp_path):
    disk = SmallDisk(tmp_path / "disk", size="3m")
    yield disk
    disk.release()


@needs_mount
@pytest.mark.fault(22)
def test_the_disk_is_full(office, start, disk):
    first = office.services
    environment = {**first.environment, "UPLOAD_DIR": disk.place}
    office.services = start(services.Services(first.database, first.uploads.parent, environment=environment, wrapper=disk.wrapper()))
    disk.hold(office.services)
    office.services.uploads = disk_root(disk)
    scene = Scene(office)
    kept = scene.apply(scene.form().file("kept.pdf", pdf_of(MEBIBYTE)))

    def check_refused(size):
        before = (rows(scene), without_filler(scene))
        answer = apply(scene.svc, scene.student, scene.service, scene.form().file("a.pdf", pdf_of(size)))
        assert (answer.status, answer.json["code"]) == (503, "storage_unavailable")
        assert answer.header("retry-after")
        assert (rows(scene), without_filler(scene)) == before

    check_refused(3 * MEBIBYTE)  # it fills up in the middle
    assert scene.svc.wait_log("the file store failed")["error"] == "No space left on device"
    disk.fill()
    check_refused(100)
    form = Form(message="Готово").file("a.pdf", pdf_of(MEBIBYTE))
    assert scene.respond(kept, form).status == 503
    assert scene.read(kept)["responses"] == []
    assert scene.apply()["attachments"] == []
    assert scene.as_student("GET", download_path(kept["attachments"][0])).body == pdf_of(MEBIBYTE)
    assert scene.svc.get("/healthz").status == 200
    disk.make_room()
    assert len(scene.apply(scene.form().file("a.pdf", pdf_of(MEBIBYTE)))["attachments"]) == 1


def disk_root(disk):
    """The disk as the test gets at it."""
    return pathlib.Path(f"/proc/self/fd/{disk.descriptor}")


def without_filler(scene):
    return [name for name in stored_files(scene.svc.uploads) if name != "filler"]


# --- crashes between the file and its row ---


@pytest.mark.fault(26)
@pytest.mark.parametrize("moment", ["while the file comes in", "before the row is committed"])
def test_killed_in_the_middle(start_office, moment):
    office = start_office(**SWEPT_SOON)
    scene = Scene(office)
    kept = scene.apply(scene.form().file("kept.pdf", pdf_of(MEBIBYTE)))
    before = rows(scene)
    form = scene.form().file("a.pdf", pdf_of(3 * MEBIBYTE))
    if moment == "while the file comes in":
        connection = start_sending(scene, form, len(form.body) // 2)
        await_incoming(scene)
        office.services.kill()
    else:
        blocker = Blocker(scene.svc.database, "applications")
        connection = start_sending(scene, form, len(form.body))
        wait_until(lambda: blocker.waiting() >= 1, 10, "the row to be waited for")
        assert len(stored_files(scene.svc.uploads)) == 2
        office.services.kill()
        blocker.release()
    connection.close()
    office.services.start()
    wait_until(lambda: len(stored_files(scene.svc.uploads)) == 1, 20, "the orphan to be swept")
    assert rows(scene) == before
    assert scene.as_student("GET", download_path(kept["attachments"][0])).body == pdf_of(MEBIBYTE)


@pytest.mark.fault(2)
def test_what_was_acknowledged_is_there_after_crashes(start_office, postgres):
    # An upload that the crash holds up must not be taken for one that nobody waits for.
    office = start_office(**{**SWEPT_SOON, "UPLOAD_ORPHAN_SECONDS": 10})
    scene = Scene(office)
    made = []

    def send(number):
        content = PDF + str(number).encode()
        try:
            answer = apply(scene.svc, scene.student, scene.service, scene.form().file(f"{number}.pdf", content))
        except (OSError, poly_http.Broken):
            return
        assert answer.status in (201, 503, 504), answer
        if answer.status == 201:
            made.append((answer.json["attachments"][0], hashlib.sha256(content).hexdigest()))

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        sending = [pool.submit(send, number) for number in range(200)]
        wait_until(lambda: len(made) > 20, 20, "some to be acknowledged")
        postgres.crash()
        postgres.restart()
        wait_until(lambda: len(made) > 60 or all(each.done() for each in sending), 30, "more to be acknowledged")
        office.services.kill()
        office.services.start()
        for each in sending:
            each.result()
    assert made
    wait_until(lambda: len(stored_files(scene.svc.uploads)) == int(scene.svc.database.value("SELECT count(*) FROM attachments")), 60, "no orphan")
    for attachment, digest in made:
        answer = scene.as_student("GET", download_path(attachment))
        assert (answer.status, hashlib.sha256(answer.body).hexdigest()) == (200, digest)
