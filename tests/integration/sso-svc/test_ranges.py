# SPDX-License-Identifier: MIT
"""Pages far from the first: what the ranges of the list count is what there is, whatever is written meanwhile."""

import concurrent.futures
import random

import pytest

import crowd

PEOPLE = 100_000  # more than a coarse range holds
CUT = "SELECT count(*) FROM cut_user_ranges()"

FILL = """
INSERT INTO users (id, username, full_name, app, role, entity_id, sort_text)
    SELECT gen_random_uuid(), '{what}.' || n, 'Тестов ' || n, CASE WHEN n % 10 = 0 THEN 'services' ELSE 'traffic' END,
           CASE WHEN n % 20 = 0 THEN 'staff' WHEN n % 10 = 0 THEN 'executor' ELSE 'teacher' END, '{what}-' || n,
           '{before}' || md5(n::text) || ' {what}.' || n
    FROM generate_series({first}, {last}) n
"""

# What the ranges say that is not so, and the other way round.
WRONG = """
WITH counted AS (
    SELECT l.level, coalesce((SELECT max(r.start) FROM user_ranges r WHERE r.level = l.level AND r.start <= u.sort_text), '') AS start,
           u.app, u.role, count(*) AS total
    FROM users u, generate_series(0, 2) l (level) GROUP BY 1, 2, 3, 4
), said AS (SELECT level, start, app, role, total FROM user_ranges WHERE total <> 0)
(TABLE counted EXCEPT TABLE said) UNION ALL (TABLE said EXCEPT TABLE counted)
"""
STRAY = "SELECT level - 1, start FROM user_ranges WHERE level > 0 EXCEPT SELECT level, start FROM user_ranges"
LONGEST = "SELECT max(total) FROM (SELECT sum(total) AS total FROM user_ranges WHERE level = 0 GROUP BY start) r"

FILTERS = (
    {},
    {"app_filter": "traffic"},
    {"role_filter": "executor"},
    {"app_filter": "services", "role_filter": "staff"},
)


@pytest.fixture(scope="module", autouse=True)
def filled(svc, file_database):
    file_database.run(FILL.format(before="", what="user", first=1, last=PEOPLE))
    assert file_database.value("SELECT count(DISTINCT start) FROM user_ranges") == "1"
    svc.restart()
    file_database.await_value("SELECT count(DISTINCT start) > 50 FROM user_ranges", "t", 60)


def hold(database):
    assert database.run(WRONG) == []
    assert database.run(STRAY) == []


def page_of(svc, number, size, query):
    answer = svc.as_admin("GET", "/api/users/", query={"page": number, "page_size": size, **query})
    assert answer.status == 200, answer
    return [item["id"] for item in answer.json["items"]], answer.json["total"]


def in_order(database, query):
    wanted = "".join(f" AND {name.removesuffix('_filter')} = '{value}'" for name, value in query.items())
    return [row for row, in database.run(f"SELECT id FROM users WHERE true{wanted} ORDER BY sort_text, id")]


def test_ranges_are_cut(file_database):
    assert int(file_database.value(LONGEST)) <= 1000
    ranges = file_database.run("SELECT level, count(DISTINCT start) FROM user_ranges GROUP BY level ORDER BY level")
    assert [level for level, _ in ranges] == ["0", "1", "2"] and all(int(count) > 1 for _, count in ranges)
    assert file_database.value(CUT) == "0"
    hold(file_database)


@pytest.mark.parametrize("query", FILTERS, ids=lambda query: "-".join(query.values()) or "all")
def test_far_pages_hold_who_stands_there(svc, file_database, query):
    everyone = in_order(file_database, query)
    chance = random.Random(7)
    last = (len(everyone) - 1) // 50 + 1
    for number in {1, 20, 21, 22, last, last - 1, *(chance.randint(1, last) for _ in range(25))}:
        assert page_of(svc, number, 50, query) == (everyone[(number - 1) * 50:number * 50], len(everyone)), number
    assert page_of(svc, last + 1, 50, query) == ([], len(everyone))
    assert page_of(svc, last + 2000, 50, query) == ([], len(everyone))


def test_pages_are_those_while_users_come_change_and_go(svc, file_database):
    users = [svc.provisioned("teacher", f"come-{number}", full_name=f"{letter}вин Пётр")["id"]
             for number, letter in enumerate("АЯКЖЫ")]
    hold(file_database)
    for user, letter in zip(users, "ЯАЫКЖ"):
        assert svc.as_admin("PATCH", f"/api/users/{user}", json_body={"full_name": f"{letter}ров Пётр"}).status == 200
    hold(file_database)
    assert page_of(svc, 1400, 50, {})[0] == in_order(file_database, {})[1399 * 50:1400 * 50]
    for user in users:
        assert svc.as_admin("DELETE", f"/api/users/{user}").status == 200
    hold(file_database)


def test_what_changes_no_name_changes_no_range(svc, file_database):
    ranges = "SELECT xmin, * FROM user_ranges ORDER BY level, start, app, role"
    before = file_database.run(ranges)
    file_database.run("UPDATE users SET is_active = NOT is_active, sort_text = sort_text WHERE username LIKE 'user.77%'")
    assert file_database.run(ranges) == before


def test_a_user_of_another_role_is_counted_there(file_database):
    file_database.run("UPDATE users SET role = 'executor', app = 'services' WHERE username IN ('user.1', 'user.2', 'user.3')")
    hold(file_database)
    totals = "SELECT app, role, total FROM user_counts WHERE total <> 0 ORDER BY 1, 2"
    assert file_database.run(totals) == file_database.run("SELECT app, role, count(*) FROM users GROUP BY 1, 2 ORDER BY 1, 2")


def test_cutting_waits_for_nobody_and_nobody_is_miscounted(svc, file_database):
    def provision(turn):
        for part in range(5):
            items = [{"entity_id": f"crowd-{turn}-{part}-{number}", "full_name": f"Бобров{'абвгд'[number % 5]} Иван Ильич"}
                     for number in range(300)]
            answer = svc.as_service("traffic", "POST", "/api/provision/traffic/teachers:batch", json_body={"items": items})
            assert answer.status == 200, answer
            renamed, removed, *_ = (item["user"]["id"] for item in answer.json["items"])
            assert svc.as_admin("PATCH", f"/api/users/{renamed}", json_body={"full_name": f"Юрьев {turn} {part}"}).status == 200
            assert svc.as_admin("DELETE", f"/api/users/{removed}").status == 200

    with crowd.Load(lambda: file_database.run(CUT), threads=1) as cutting:
        crowd.together(3, provision)
    assert not cutting.faults
    file_database.run(CUT)
    hold(file_database)
    assert int(file_database.value(LONGEST)) <= 1000
    everyone = in_order(file_database, {"app_filter": "traffic"})
    for number in (100, 900, 1350):
        assert page_of(svc, number, 50, {"app_filter": "traffic"})[0] == everyone[(number - 1) * 50:number * 50]


@pytest.mark.parametrize("write", [
    FILL.format(before="zz", what="last", first=1, last=1),
    "UPDATE users SET sort_text = sort_text WHERE username = 'user.10'",
    "DELETE FROM users WHERE username = 'user.10'",
], ids=lambda write: write.split()[0].lower())
def test_nothing_is_cut_while_users_are_written(file_database, write):
    file_database.run(FILL.format(before="zz", what=f"late.{len(write)}", first=1, last=4000))
    with concurrent.futures.ThreadPoolExecutor(1) as threads:
        writer = threads.submit(file_database.run, f"{write}; SELECT pg_sleep(60)")
        file_database.await_value("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'", "1")
        assert file_database.value(CUT) == "0"
        file_database.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
        assert writer.exception()
    file_database.await_value("SELECT count(*) > 0 FROM cut_user_ranges()", "t")  # when the writer's session is gone
    hold(file_database)
