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
SECONDS = 0.3  # of one round of one request
ROUNDS = 5  # for each of other cases: a round is short, and neighbours on the machine move it by half
CONNECTIONS = 8
USERS = "/api/users/?app_filter=traffic&page_size=50"
SAME_PAGE = 90  # the middle of the smaller
ASKED_AGAIN = "What was above its goal was asked again, twice as often, and all rounds count."
# They find more people among more, up to a bound, so the answers are not alike: shown, and not judged.
FULLER = ("search: a name with its namesakes", "search: a surname of few", "search: surname and initial of few")


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


def _singular(place):
    """(full names, usernames) of people whom no other's has or begins with."""
    names = place.database.run(
        "SELECT min(full_name) FROM users WHERE app = 'traffic' GROUP BY full_name HAVING count(*) = 1"
        f" ORDER BY md5(min(username)) LIMIT {SAMPLE}"
    )
    usernames = place.database.run(
        "SELECT username FROM (SELECT username FROM users WHERE app = 'traffic' ORDER BY md5(username) LIMIT 3000) u"
        " WHERE NOT EXISTS (SELECT FROM user_words w WHERE w.app = 'traffic' AND w.word > u.username"
        f" AND w.word < u.username || chr(1114111)) LIMIT {SAMPLE}"
    )
    return [name for name, in names], [name for name, in usernames]


def _searches(place, people):
    names, usernames = _singular(place)
    asked = {
        "a full name": names,
        "a username": usernames,
        "a surname": ("Иванов", "Александров", "Николаев"),
        "surname and initial": ("Иванов А", "Смирнов С"),
        "three letters": ("вас", "ник", "сер"),
        "one letter": ("а", "с", "п"),
        "nobody": ("Щщщ", "Ыыы Ъъъ"),
        "a name with its namesakes": [name for name, *_ in people],
        "a surname of few": ("Лебедев", "Сазонов"),
        "surname and initial of few": ("Попов А", "Орлов С"),
    }
    return {f"search: {what}": [f"{USERS}&page=1&search={quoted(word)}" for word in words]
            for what, words in asked.items()}


def requests_of(place):
    """{what: paths}. The words are the same for all sizes; the people are each one's own."""
    people = _people(place)
    ids = [person[4] for person in people]
    last = int(place.database.value("SELECT (count(*) - 1) / 50 + 1 FROM users WHERE app = 'traffic'"))
    return {
        "first page": [f"{USERS}&page=1"],
        f"page {SAME_PAGE}": [f"{USERS}&page={SAME_PAGE}"],
        "last page": [f"{USERS}&page={last}"],
        "the page in the middle": [f"{USERS}&page={last // 2}"],
        "first page of a role": [f"{USERS}&role_filter=teacher&page=1"],
        **_searches(place, people),
        "by RUZ id": [f"/api/users/by-ruz-teacher/{person[2]}?app_filter=traffic" for person in people],
        "by Telegram id": [f"/api/users/by-telegram/{person[3]}?app_filter=traffic" for person in people if
                           person[3] != "1"],
        "20 entities": [f"{USERS}&page=1&entity_ids={','.join(ids[at:at + 20])}" for at in range(0, SAMPLE, 20)],
        "free username": [f"/api/users/check-username?username=nobody.{number}x" for number in range(SAMPLE)],
    }


def found(daemon, paths):
    """(people in an answer, people counted) by requests of this kind, on average; None for another kind of answer."""
    answers = [daemon.as_service("traffic", "GET", path).json for path in paths]
    if "items" not in answers[0]:
        return None
    return tuple(round(sum(of(answer) for answer in answers) / len(answers))
                 for of in (lambda answer: len(answer["items"]), lambda answer: answer["total"]))


def cpu_of_request(bench, base, server, what, paths, options, status=200):
    """CPU µs a request, the daemon's and PostgreSQL's together: what the neighbours on the machine change least.

    Each path is asked for once before that: else the largest would find its pages gone from the processor's and PostgreSQL's
    memory after every other kind of request.
    """
    file = bench.directory / "paths"
    file.write_text("\n".join(paths) + "\n", encoding="ascii")
    options = ["-c", CONNECTIONS, "-P", file, *options]
    bench.load(server.url, *options, "-n", max(len(paths), CONNECTIONS))
    before = base.cpu_seconds() + server.cpu_seconds()
    seen = bench.load(server.url, *options, "-d", SECONDS)
    spent = base.cpu_seconds() + server.cpu_seconds() - before
    if seen["errors"]["all"] or set(seen["statuses"]) != {str(status)}:
        raise AssertionError(f"{what}: {seen}")
    bench.empty_logs()
    return spent * 1e6 / seen["completed"]


def measure(bench, sizes, wanted, cost, shown=()):
    """{what: {size: CPU of each round}} by `cost(what, size)`, the sizes in turns, the other way round the next time.

    What is above the limit is then asked twice as often again, and all rounds count: it was a busy neighbour, or it is so.
    What is only shown is not. Sizes between the least and the most are for the curve alone, and asked more rarely.
    """
    samples = {what: {size: [] for size in sizes} for what in wanted}
    between = sizes[1:-1]

    def ask(several, rounds):
        for number in range(rounds):
            for what in several:
                for size in sizes[::1 if number % 2 else -1]:
                    if size not in between or number % 3 == 0:
                        samples[what][size].append(cost(what, size))

    for what in wanted:
        for size in sizes:
            cost(what, size)  # warms up
    ask(wanted, ROUNDS * bench.rounds)
    spreads = {what: [figures.Spread.of(taken[size]) for size in (sizes[0], sizes[-1])] for what, taken in samples.items()}
    above = [what for what, (few, many) in spreads.items() if many.over(few).median > LIMIT and what not in shown]
    ask(above, 2 * ROUNDS * bench.rounds)
    return samples


def table_of(samples, sizes, things):
    """Rows and goals of {what: {size: CPU of each round}}."""
    rows = [f"| request | {' | '.join(f'{size:,}' for size in sizes)} | ratio |", "|---|" + "---|" * (len(sizes) + 1)]
    goals = []
    for what, taken in samples.items():
        spreads = {size: figures.Spread.of(taken[size]) for size in sizes}
        few, many = spreads[sizes[0]], spreads[sizes[-1]]
        cells = " | ".join(spreads[size].text(0) for size in sizes)
        rows.append(f"| {what} | {cells} | {many.over(few).median:.2f}× |")
        goals.append(figures.ratio_goal("B13", f"{what}, {sizes[-1]:,} {things} against {sizes[0]:,}", many, few, LIMIT))
    return rows, goals


def curves_of(samples, sizes):
    """{what: points of a picture}: times that of the least size."""
    spreads = {what: {size: figures.Spread.of(taken[size]) for size in sizes} for what, taken in samples.items()}
    return {what: [(size, each[size].over(each[sizes[0]])) for size in sizes] for what, each in spreads.items()}


def growth(bench):
    caller = ["-H", f"X-Service-Secret: {sso.SERVICE_SECRETS['traffic']}"]
    with database.Server(set(bench.cpus)) as base:
        places = {
            users: sso_place.Place(bench, base, daemon_cpus=bench.cpus, users=users) for users in SIZES
        }
        requests = {users: requests_of(place) for users, place in places.items()}
        people = {what: [found(places[users].daemon, requests[users][what]) for users in (FEW, MANY)]
                  for what in requests[FEW]}

        def cost(what, users):
            return cpu_of_request(bench, base, places[users].server, what, requests[users][what], caller)

        samples = measure(bench, SIZES, list(requests[FEW]), cost, FULLER)
    return tell_growth(bench, samples, people)


def told(people):
    """How many people the answers have at both sizes, as "50 of 200"."""
    if None in people:
        return "–"
    return " → ".join(f"{items} of {total:,}" for items, total in people)


def tell_growth(bench, samples, people):
    rows, goals, curves = [], [], {}
    for what, taken in samples.items():
        spreads = {users: figures.Spread.of(taken[users]) for users in SIZES}
        few, many = spreads[FEW], spreads[MANY]
        cells = " | ".join(spreads[users].text(0) for users in SIZES)
        rows.append(f"| {what} | {told(people[what])} | {cells} | {many.over(few).median:.2f}× |")
        if what not in FULLER:
            goals.append(figures.ratio_goal("B13", f"{what}, {MANY:,} users against {FEW:,}", many, few, LIMIT))
        curves[what] = [(users, spreads[users].over(few)) for users in SIZES]
    section = [
        f"## B13: {FEW:,} users to {MANY:,}",
        "",
        "CPU of sso-svc and PostgreSQL together for one request, in µs. “People” is how many an answer has, of how many it "
        "counts (a search counts to 200). Like is held against like: the searches with a goal find as many people among many "
        f"as among few. Those without one ({'; '.join(FULLER)}) find more people "
        f"among many, since names are as common there, up to the same bound. {ASKED_AGAIN}",
        "",
        f"| request | people | {' | '.join(f'{users:,}' for users in SIZES)} | ratio |",
        "|---|---|" + "---|" * (len(SIZES) + 1),
        *rows,
        *(line for curve in pictures_of(curves) for line in ("", bench.draw(curve))),
    ]
    return section, goals


def pictures_of(curves):
    """Two of them, since one would have too many lines."""
    kinds = {"Searches": {}, "Pages and look-ups": {}}
    for what, points in curves.items():
        kinds["Searches" if what.startswith("search") else "Pages and look-ups"][what] = points
    return [picture.Curve(f"{kind}: CPU of a request", "users", f"times that of {FEW:,} users", series)
            for kind, series in kinds.items()]


CASES = {"B13": figures.brief(growth, rounds=3)}
