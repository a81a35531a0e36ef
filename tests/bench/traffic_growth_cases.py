# SPDX-License-Identifier: MIT
"""Whether what traffic-svc reads costs the same among ten million marks as among a hundred thousand. See cases.py."""

import urllib.parse

import database
import figures
import growth_cases
import traffic_growth_place as places
import traffic_place

SHARE = 100  # the few are a hundredth of the many
MARKS = 400  # of a round: each has a launch token of its own

SESSIONS, STATS = "/api/sessions/", "/api/stats/attendance"


def bearer(token):
    return ["-H", f"Authorization: Bearer {token}"]


def asked(path, **query):
    return [f"{path}?{urllib.parse.urlencode(query)}"]


def requests_of(place):
    """{what: (paths, the caller's options)}. Each answer has the same number of entries in both sizes."""
    own, busy, admin = bearer(place.own["token"]), bearer(place.busy["token"]), bearer(place.admin())
    return {**teacher_requests(place, own, busy), **admin_requests(place, admin), **kiosk_requests()}


def teacher_requests(place, own, busy):
    day, fortnight, moment = places.since(24), places.since(24 * 12), places.since(6)
    oldest, after = place.oldest_day()
    ids = place.session_ids(place.busy)
    found = {
        "teacher: first page of 200 sessions": (asked(SESSIONS, page=1), own),
        "teacher: last page of 200 sessions": (asked(SESSIONS, page=4), own),
        "teacher: first page, a fiftieth of all": (asked(SESSIONS, page=1), busy),
        "teacher: a session with corrections": ([SESSIONS + each for each in ids], busy),
        "teacher: attendees": ([f"{SESSIONS}{each}/attendees" for each in ids], busy),
        "teacher: export.csv": ([f"{SESSIONS}{each}/export.csv" for each in ids], busy),
        "teacher: export.xlsx": ([f"{SESSIONS}{each}/export.xlsx" for each in ids], busy),
        "teacher: a session that another has": ([SESSIONS + each for each in place.session_ids(place.own)], busy, 403),
        "teacher: statistics of 200 sessions": (asked(STATS), own),
        "teacher: statistics of a subject": (asked(STATS, discipline="Предмет 3"), own),
    }
    busiest = {
        "statistics of 12 days": {"from": fortnight},
        "statistics of a day": {"from": day},
        "statistics of six hours": {"from": moment},
        "statistics of a subject in 12 days": {"from": fortnight, "discipline": "Предмет 3"},
        "statistics of no such subject, a year": {"discipline": "Алхимия"},
        "statistics of the oldest day": {"from": oldest, "to": after},
    }
    return {**found, **{f"busy teacher: {what}": (asked(STATS, **query), busy) for what, query in busiest.items()}}


def admin_requests(place, admin):
    oldest, after = place.oldest_day()
    statistics = {
        "500 sessions of a year": {},
        "a day": {"from": places.since(24)},
        "six hours": {"from": places.since(6)},
        "the oldest day": {"from": oldest, "to": after},
        "a rare subject, a year": {"discipline": places.RARE},
        "no such subject, a year": {"discipline": "Алхимия"},
        "a subject in a day": {"from": places.since(24), "discipline": "Предмет 3"},
    }
    return {
        **{f"admin: statistics of {what}": (asked(STATS, **query), admin) for what, query in statistics.items()},
        "admin: kiosks": (asked("/api/tablets/", page=1), admin),
        "admin: kiosks found": (asked("/api/tablets/", page=1, search="ауд. 23"), admin),
        "admin: teachers": (asked("/api/teachers/", page=1), admin),
        "admin: teachers found": (asked("/api/teachers/", page=1, search="преп user7"), admin),
    }


def kiosk_requests():
    """With a session that goes on, and without."""
    def as_itself(path, name, numbers):
        return [path.format(id=traffic_place.kiosk_id(n)) + f"?tablet_secret={'c' * 31}{n:012d}" +
                (f"&device_id={traffic_place.kiosk_id(n)}" if name else "") for n in numbers]

    busy, idle = range(places.AT_A_TIME), range(places.AT_A_TIME, places.KIOSKS)
    return {
        "kiosk: itself": (as_itself("/api/tablets/{id}", False, busy), []),
        "kiosk: its session": (as_itself("/api/sessions/current", True, busy), []),
        "kiosk: that it has none": (as_itself("/api/sessions/current", True, idle), []),
        "by a kiosk's PIN": (asked("/api/tablets/by-display-pin", pin="100007"), []),
    }


MARKING = ("student: a mark", "student: a mark again")


def cost_of(bench, base, several):
    """For growth_cases.measure. A round of marking has both kinds at once, and what it says of the second is kept."""
    kept = {}

    def cost(what, size):
        place = several[size]
        if what not in MARKING:
            return growth_cases.cpu_of_request(bench, base, place.server, what, *place.requests[what])
        if (what, size) not in kept:
            spent = places.attend_twice(bench, base, place, MARKS)
            kept.update({(kind, size): each for kind, each in zip(MARKING, spent)})
            bench.empty_logs()
        return kept.pop((what, size))

    return cost


def growth(bench):
    with database.Server(set(bench.cpus)) as base:
        filled = [places.Place(bench, base, size) for size in (bench.rows // SHARE, bench.rows)]
        several = {place.rows(): place for place in filled}
        sizes = tuple(several)
        for place in several.values():
            place.requests = requests_of(place)
        wanted = [*several[sizes[0]].requests, *MARKING]
        samples = growth_cases.measure(bench, sizes, wanted, cost_of(bench, base, several))
    return tell(several, samples)


def tell(several, samples):
    (few, small), (many, large) = several.items()
    rows, goals = growth_cases.table_of(samples, (few, many), "marks")
    section = [
        f"## B13: {small.rows():,} marks to {large.rows():,}",
        "",
        f"CPU of traffic-svc and PostgreSQL together for one request, in µs. {places.MARKS} marks a session, "
        f"{small.sessions:,} sessions against {large.sessions:,}: more of them are more years, so that the answers are as long "
        "in both. A year has more than the 500 sessions that a statistic shows. "
        f"{growth_cases.ASKED_AGAIN} The databases were filled in {small.filled:.0f} and {large.filled:.0f} s.",
        "",
        *rows,
    ]
    return section, goals


CASES = {"traffic-growth": figures.brief(growth, rounds=3)}
