# SPDX-License-Identifier: MIT
"""Among more users of the same given name than a search looks at, each can still be found and listed."""

import pytest

NAMESAKES = 3500
RARE = "Яковлев Иван Александрович"


@pytest.fixture(scope="module", autouse=True)
def users(svc):
    items = [
        {"entity_id": f"namesake-{number}", "full_name": f"Бобров{'абвгд'[number % 5]} Иван Александрович"}
        for number in range(NAMESAKES)
    ] + [{"entity_id": "rare", "full_name": RARE}]
    for items in (items[:2000], items[2000:]):
        answer = svc.as_service("traffic", "POST", "/api/provision/traffic/teachers:batch", json_body={"items": items})
        assert answer.status == 200 and {item["status"] for item in answer.json["items"]} == {"created"}


def find(svc, **query):
    query = {"app_filter": "traffic", "page": 1, "page_size": 50, **query}
    answer = svc.as_service("traffic", "GET", "/api/users/", query=query)
    assert answer.status == 200, answer
    return answer.json


@pytest.mark.parametrize(
    "search",
    [
        RARE,
        "иван александрович яковлев",
        "Александрович Иван Яковлев",
        "яковлев ива",
        "иван яковлев",
        "яковлев иван александрович yakovlev",
    ],
)
def test_one_of_many_is_found_by_words_in_any_order(svc, search):
    page = find(svc, search=search)
    assert [item["full_name"] for item in page["items"]] == [RARE]
    assert page["total"] == 1


def test_a_user_whom_name_and_word_find_comes_once(svc):
    page = find(svc, search="боброва иван", page_size=500)
    ids = [item["id"] for item in page["items"]]
    assert len(ids) == len(set(ids)) == page["total"] == 200  # as many as a search counts
    assert all(item["full_name"].startswith("Боброва Иван") for item in page["items"])


def test_pages_hold_everyone_once_and_in_order(svc):
    pages = [find(svc, page=number, page_size=500)["items"] for number in range(1, 9)]
    names = [item["full_name"] for page in pages for item in page]
    assert [len(page) for page in pages] == [500] * 7 + [1]
    assert names == sorted(names)
    assert len({item["id"] for page in pages for item in page}) == NAMESAKES + 1


def test_an_array_holds_everyone_in_order(svc):
    answer = svc.as_service("traffic", "GET", "/api/users/", query={"app_filter": "traffic"})
    names = [item["full_name"] for item in answer.json]
    assert len(names) == NAMESAKES + 1
    assert names == sorted(names)
