# SPDX-License-Identifier: MIT
"""POST /api/auth/verify-launch."""

import pytest

PATH = "/api/auth/verify-launch"


def verify(place, token, **options):
    return place.traffic.request("POST", PATH, json_body={"token": token}, **options)


def test_it_says_who_the_student_is(place):
    [token] = place.launch_tokens()
    answer = verify(place, token)
    assert answer.status == 200
    assert answer.json == {
        "student_external_id": "stud0",
        "student_name": "Студент 0",
        "student_email": "stud0@edu.example",
    }
    assert answer.header("cache-control") == "no-store"
    assert verify(place, token).status == 200


@pytest.mark.parametrize("audience", ["services", "main"])
def test_a_token_for_others_is_refused(place, problem_of, audience):
    [token] = place.launch_tokens(audience=audience)
    problem_of(verify(place, token), 401, "launch_token_invalid")


def test_what_is_no_token_is_refused(place, problem_of):
    [token] = place.launch_tokens()
    for wrong in ("x", token[:-4] + "AAAA", token + ".x", place.admin()):
        problem_of(verify(place, wrong), 401, "launch_token_invalid")


def test_it_says_so_in_english(place, problem_of):
    answer = verify(place, "x", headers={"Accept-Language": "en"})
    assert problem_of(answer, 401, "launch_token_invalid")["detail"].startswith("It could not")
    assert answer.header("www-authenticate") == 'Bearer realm="traffic-svc", error="invalid_token"'


@pytest.mark.parametrize("body", [{}, {"token": None}, {"token": 5}, {"token": ""}, [], {"token": "x" * 9000}])
def test_a_wrong_body_is_refused(place, problem_of, body):
    problem_of(place.traffic.request("POST", PATH, json_body=body), 422, "validation_failed")


