# SPDX-License-Identifier: MIT
"""Who is at the password while an administrator takes the account away gets no session."""

import threading
import time

import pytest

from people import PASSWORD, People
from refusals import check_problem

OTHER_PASSWORD = "Осциллограф, которого нет"
HASHING = 0.7  # seconds at least, with these settings


@pytest.fixture
def svc(start_sso_svc):
    """One whose hashing is slow, as it is behind a queue of others' logins."""
    return start_sso_svc(PASSWORD_HASH_PASSES=16, PASSWORD_HASH_MEMORY_KIB=65536, PASSWORD_HASH_THREADS=4)


def login_during(person, act):
    """The answer to a login that was at its password while `act` was done."""
    answers = []
    thread = threading.Thread(target=lambda: answers.append(person.log_in()))
    thread.start()
    time.sleep(HASHING / 3)
    act()
    assert thread.is_alive(), "the login was too quick to be raced with"
    thread.join()
    return answers[0]


def live_sessions(database, person):
    return database.value(f"SELECT count(*) FROM sessions WHERE user_id = '{person.id}' AND ended_at IS NULL")


def set_password(database, person, other):
    """As an administrator does, without the time that hashing takes."""
    database.run(
        f"UPDATE users SET password_hash = (SELECT password_hash FROM users WHERE id = '{other.id}'),"
        f" tokens_valid_from = now() WHERE id = '{person.id}'"
    )


def test_disabled_meanwhile(svc, database):
    people = People(svc)
    person = people.provision()
    svc.admin()
    answer = login_during(person, lambda: people.change(person, is_active=False))
    check_problem(answer, 401, "invalid_credentials")
    assert live_sessions(database, person) == "0"


def test_disabled_and_enabled_again_meanwhile(svc, database):
    """Whoever was let in by what the administrator has taken away must ask again."""
    people = People(svc)
    person = people.provision()
    svc.admin()

    def act():
        people.change(person, is_active=False)
        people.change(person, is_active=True)

    check_problem(login_during(person, act), 401, "invalid_credentials")
    assert live_sessions(database, person) == "0"
    assert person.log_in().status == 200


def test_deleted_meanwhile(svc, database):
    """The name is then unknown like any other."""
    people = People(svc)
    person = people.provision()
    svc.admin()
    check_problem(login_during(person, lambda: people.delete(person)), 401, "invalid_credentials")
    assert live_sessions(database, person) == "0"


def test_the_password_was_changed_meanwhile(svc, database):
    people = People(svc)
    person, other = people.provision(), people.provision(password=OTHER_PASSWORD)
    check_problem(login_during(person, lambda: set_password(database, person, other)), 401, "invalid_credentials")
    assert live_sessions(database, person) == "0"
    assert person.log_in(OTHER_PASSWORD).status == 200


def test_logins_of_one_user_at_once_all_succeed(svc, database, start_sso_svc):
    """Also when each makes the hash anew: none takes another's new hash for a new password."""
    person = People(svc).provision()
    stronger = start_sso_svc(PASSWORD_HASH_PASSES=16, PASSWORD_HASH_MEMORY_KIB=66560)
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(stronger.log_in(person.username, PASSWORD).status)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 4
    assert "m=66560" in database.value(f"SELECT password_hash FROM users WHERE id = '{person.id}'")
