# SPDX-License-Identifier: MIT
"""One who sends slowly on many connections keeps nobody else from sending."""

import pytest

from applications import APPLICATIONS, PDF, Scene, apply
from poly_process import wait_until

SETTINGS = {"UPLOADS_PER_CALLER": 2}


@pytest.fixture(scope="module")
def scene(office):
    return Scene(office)


def begin(scene):
    """A connection on which the student has sent all of a form but its end."""
    form = scene.form().file("a.pdf", PDF)
    connection = scene.svc.connect()
    connection.send(
        f"POST {APPLICATIONS} HTTP/1.1\r\nHost: test\r\nX-Student-Token: {scene.student['token']}\r\n"
        f"Content-Type: {form.headers['Content-Type']}\r\nContent-Length: {len(form.body)}\r\nExpect: 100-continue\r\n\r\n"
    )
    assert connection.read_response().status == 100
    connection.send(form.body[:-1])
    return connection


def send(scene, student=None):
    return apply(scene.svc, student or scene.student, scene.service, scene.form().file("a.pdf", PDF))


def test_a_caller_sends_only_so_many_forms_at_once(office, scene):
    slow = [begin(scene) for _ in range(2)]
    refused = send(scene)
    assert (refused.status, refused.json["code"], refused.header("retry-after")) == (429, "too_many_requests", "5")
    assert send(scene, office.student()).status == 201
    for connection in slow:
        connection.close()
    wait_until(lambda: send(scene).status == 201, 10, "a turn of the student's own")
