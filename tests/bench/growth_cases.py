# SPDX-License-Identifier: MIT
"""Whether what sso-svc reads costs the same among a million users as among ten thousand. See cases.py."""

import database
import figures
import picture
import sso
import sso_place

FEW, MANY = 10_000, 1_000_000
SIZES = (FEW, 100_000, MANY)
LIMIT = 1.2
SAMPLE = 200  # people who are asked for
SECONDS = 0.25  # of one round of one request
CONNECTIONS = 8
USERS = "/api/users/?app_filter=traffic&page_size=50"
SAME_PAGE = 150  # both have it


def quoted(text):
    return "".join(
        chr(byte) if chr(byte).isalnum() and byte < 128 else f"%{byte:02X}" for byte in text.encode("utf-8")
    )


def _people(place):
    """(full name, username, RUZ id, telegram id, entity id) of people from all over the table."""
    return place.database.run(
        "SELECT full_name, username, ruz_teacher_id, coalesce(telegram_id, 1), entity_id FROM users"
        f" WHERE app = 'traffic' ORDER BY md5(username) LIMIT {SAMPLE}"
    )


def requests_of(place):
    """{what: paths}. The words are the same for both sizes; the people are each one's own."""
    people = _people(place)
    ids = [person[4] for person in people]
    last = int(place.database.value("SELECT (count(*) - 1) / 50 + 1 FROM users WHERE app = 'traffic'"))
    return {
        "first page": [f"{USERS}&page=1"],
        f"page {SAME_PAGE}": [f"{USERS}&page={SAME_PAGE}"],
        "first page of a role": [f"{USERS}&role_filter=teacher&page=1"],
        "search: a person's full name": [f"{USERS}&page=1&search={quoted(name)}" for name, *_ in people],
        "search: a person's username": [f"{USERS}&page=1&search={quoted(name)}" for _, name, *_ in people],
        "search: a surname": [f"{USERS}&page=1&search={quoted(name)}" for name in ("Иванов", "Лебедев", "Сазонов")],
        "search: surname and initial": [f"{USERS}&page=1&search={quoted(name)}" for name in ("Попов А", "Орлов С")],
        "search: three letters": [f"{USERS}&page=1&search={quoted(name)}" for name in ("вас", "ник", "ков")],
        "search: one letter": [f"{USERS}&page=1&search={quoted(name)}" for name in ("а", "с", "п")],
        "search: nobody": [f"{USERS}&page=1&search={quoted(name)}" for name in ("Щщщ", "Ыыы Ъъъ")],
        "by RUZ id": [f"/api/users/by-ruz-teacher/{person[2]}?app_filter=traffic" for person in people],
        "by Telegram id": [f"/api/users/by-telegram/{person[3]}?app_filter=traffic" for person in people if
                           person[3] != "1"],
        "20 entities": [f"{USERS}&page=1&entity_ids={','.join(ids[at:at + 20])}" for at in range(0, SAMPLE, 20)],
        "free username": [f"/api/users/check-username?username=nobody.{number}x" for number in range(SAMPLE)],
        "last page": [f"{USERS}&page={last}"],
    }


def ask(bench, base, place, what, paths, seconds):
    """CPU µs a request, sso-svc's and PostgreSQL's together: what the neighbours on the machine change least."""
    file = bench.directory / "paths"
    file.write_text("\n".join(paths) + "\n", encoding="ascii")
    before = base.cpu_seconds() + place.server.cpu_seconds()
    seen = bench.load(place.server.url, "-c", CONNECTIONS, "-P", file, "-d", seconds,
                      "-H", f"X-Service-Secret: {sso.SERVICE_SECRETS['traffic']}")
    spent = base.cpu_seconds() + place.server.cpu_seconds() - before
    if seen["errors"]["all"] or set(seen["statuses"]) != {"200"}:
        raise AssertionError(f"{what}: {seen}")
    bench.empty_logs()
    return spent * 1e6 / seen["completed"]


def growth(bench):
    samples = {}
    with database.Server(set(bench.cpus)) as base:
        places = {
            users: sso_place.Place(bench, base, daemon_cpus=bench.cpus, users=users) for users in SIZES
        }
        requests = {users: requests_of(place) for users, place in places.items()}
        for number in range(bench.rounds + 1):
            for what in requests[FEW]:
                for users, place in places.items():
                    spent = ask(bench, base, place, what, requests[users][what], SECONDS)
                    if number > 0:  # the first warms up
                        samples.setdefault(what, {size: [] for size in SIZES})[users].append(spent)
    return tell_growth(bench, samples)


def tell_growth(bench, samples):
    rows, goals, curves = [], [], {}
    for what, taken in samples.items():
        spreads = {users: figures.Spread.of(taken[users]) for users in SIZES}
        few, many = spreads[FEW], spreads[MANY]
        cells = " | ".join(spreads[users].text(0) for users in SIZES)
        rows.append(f"| {what} | {cells} | {many.over(few).median:.2f}× |")
        goals.append(figures.ratio_goal("B13", f"{what}, {MANY:,} users against {FEW:,}", many, few, LIMIT))
        curves[what] = [(users, spreads[users].over(few)) for users in SIZES]
    section = [
        f"## B13: {FEW:,} users to {MANY:,}",
        "",
        "CPU of sso-svc and PostgreSQL together for one request, in µs. A page of a search that more people match is "
        "a fuller one: names are as common among many as among few, so more of them are found.",
        "",
        f"| request | {' | '.join(f'{users:,}' for users in SIZES)} | ratio |",
        "|---|" + "---|" * (len(SIZES) + 1),
        *rows,
        *(line for curve in pictures_of(curves) for line in ("", bench.draw(curve))),
    ]
    return section, goals


def pictures_of(curves):
    """Two of them, since one would have too many lines."""
    kinds = {"Searches": {}, "Pages and look-ups": {}}
    for what, points in curves.items():
        if what != "last page":  # far above all others
            kinds["Searches" if what.startswith("search") else "Pages and look-ups"][what] = points
    return [picture.Curve(f"{kind}: CPU of a request", "users", f"times that of {FEW:,} users", series)
            for kind, series in kinds.items()]


CASES = {"B13": figures.brief(growth, rounds=3)}
