# SPDX-License-Identifier: MIT
"""The usernames that are made when none is given: as people write their names in e-mail addresses, and nobody else's."""

import pytest

import crowd
import sso


def made(svc, people, full_name, kind="teacher"):
    return svc.provisioned(kind, people.entity(), full_name=full_name)["username"]


@pytest.mark.parametrize(
    "full_name, username",
    [
        ("Ларионенко Артём Александрович", "larionenko.aa"),
        ("Щербаков Юрий Яковлевич", "shcherbakov.yy"),
        ("Ёжикова Жанна Хасановна", "ezhikova.zk"),
        ("Цой Эдуард", "tsoy.e"),
        ("Подъячев Ян Юльевич", "podyachev.yy"),
        ("Салтыкова-Щедрина Анна", "saltykova-shchedrina.a"),
        ("Мамедов Эльдар Фарид оглы", "mamedov.ef"),
        ("O'Neill Shane", "oneill.s"),
        ("Müller Jürgen", "muller.j"),
        ("Платон", "platon"),
        ("деканат ИКНК", "dekanat.i"),
        ("Ли А", "li.a"),
    ],
)
def test_names(svc, people, full_name, username):
    assert made(svc, people, full_name) == username


@pytest.mark.parametrize("full_name", ["Ё", "李小龙", "!!!", "- -", "🔑 🔑", "Ъ Ь"])
def test_names_without_usable_letters(svc, people, full_name):
    username = made(svc, people, full_name)
    assert 3 <= len(username) <= 64 and username.isascii() and username.startswith("user")
    assert svc.as_admin("GET", "/api/users/check-username", query={"username": username}).json == {"available": False}


def test_a_long_name(svc, people):
    names = [made(svc, people, "Щ" * 100 + " Щукарь Щербатый") for _ in range(3)]
    assert len(set(names)) == 3 and all(len(name) <= 64 for name in names)


def test_suffixes(svc, people):
    names = [made(svc, people, "Смирнова Анна Львовна", kind) for kind in ("teacher", "staff", "executor", "teacher")]
    assert names == ["smirnova.al", "smirnova.al2", "smirnova.al3", "smirnova.al4"]


def test_suffixes_go_round_names_that_were_chosen(svc, people):
    people.provision("staff", username="kotov.bv2", password=None)
    people.admin("traffic", username="kotov.bv4")
    assert [made(svc, people, "Котов Борис Викторович") for _ in range(3)] == ["kotov.bv", "kotov.bv3", "kotov.bv5"]


def test_a_name_that_became_free(svc, people):
    entity = people.entity()
    assert svc.provisioned("teacher", entity, full_name="Тихонов Глеб")["username"] == "tikhonov.g"
    assert made(svc, people, "Тихонов Глеб") == "tikhonov.g2"
    svc.request("DELETE", f"/api/users/by-entity/{entity}", headers=sso.service("traffic"))
    assert made(svc, people, "Тихонов Глеб") == "tikhonov.g"


def test_a_new_name_leaves_the_username(svc, people):
    """People know their logins by heart."""
    user = svc.provisioned("teacher", people.entity(), full_name="Белова Рита")
    renamed = svc.provisioned("teacher", user["entity_id"], full_name="Чернова Рита")
    assert (renamed["full_name"], renamed["username"]) == ("Чернова Рита", "belova.r")


# --- at once ---


def provision_together(svc, bodies, kind="teacher"):
    owner, path = sso.PROVISIONED[kind]
    requests = [("POST", path, {"json_body": body, "headers": sso.service(owner)}) for body in bodies]
    return crowd.ask_together(svc.url, requests)


def test_two_hundred_for_one_entity(svc, people, file_database):
    entity = people.entity()
    body = {"entity_id": entity, "full_name": "Одинцова Ева", "ruz_teacher_id": people.number()}
    responses = provision_together(svc, [body] * 200)
    assert sorted(response.status for response in responses) == [200] * 199 + [201]
    assert len({response.text for response in responses}) == 1
    assert file_database.value(f"SELECT count(*) FROM users WHERE entity_id = '{entity}'") == "1"
    assert file_database.value("SELECT count(*) FROM users WHERE username LIKE 'odintsova.e%'") == "1"


def test_two_hundred_of_the_same_name(svc, people):
    bodies = [{"entity_id": people.entity(), "full_name": "Двойников Семён Ильич"} for _ in range(200)]
    responses = provision_together(svc, bodies)
    assert {response.status for response in responses} == {201}
    expected = {f"dvoynikov.si{number}" if number > 1 else "dvoynikov.si" for number in range(1, 201)}
    assert {response.json["username"] for response in responses} == expected


def test_two_entities_of_one_teacher_at_once(svc, people, file_database):
    ruz = people.number()
    bodies = [{"entity_id": people.entity(), "full_name": "Разин Лев", "ruz_teacher_id": ruz} for _ in range(20)]
    responses = provision_together(svc, bodies)
    assert sorted(response.status for response in responses) == [200] * 19 + [201]
    assert file_database.value(f"SELECT count(*) FROM users WHERE ruz_teacher_id = {ruz}") == "1"


def test_one_username_for_many_at_once(svc, people):
    username = f"wanted.{people.number()}"
    bodies = [{"entity_id": people.entity(), "full_name": "Претендент", "username": username} for _ in range(20)]
    statuses = sorted(response.status for response in provision_together(svc, bodies))
    assert statuses == [201] + [400] * 19


def test_created_and_deleted_at_once(svc, people):
    """Whoever comes last: never an error, never two."""
    entity = people.entity()
    provision = ("POST", sso.PROVISIONED["teacher"][1], {"json_body": {"entity_id": entity, "full_name": "Мерцалов Ян"}})
    delete = ("DELETE", f"/api/users/by-entity/{entity}", {})
    requests = [(method, path, {**options, "headers": sso.service("traffic")}) for method, path, options in (provision, delete)]
    for _ in range(5):
        responses = crowd.ask_together(svc.url, requests * 10)
        assert {response.status for response in responses} <= {200, 201}


def test_replicas_at_once(start_sso_svc, database):
    replicas = [start_sso_svc(), start_sso_svc()]
    headers = sso.service("services")

    def provision(number):
        body = {"entity_id": f"d-{number // 2}", "full_name": "Кафедра Физики"}
        path = sso.PROVISIONED["staff"][1]
        return replicas[number % 2].request("POST", path, json_body=body, headers=headers)

    responses = crowd.together(60, provision)
    assert sorted(response.status for response in responses) == [200] * 30 + [201] * 30
    assert database.value("SELECT count(DISTINCT username) FROM users WHERE app = 'services'") == "30"
