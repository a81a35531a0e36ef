# SPDX-License-Identifier: MIT
"""What sso-svc's checks of tokens, look-ups and refreshes cost, against raw cryptography and pgbench. See cases.py."""

import re
import subprocess

import database
import figures
import sso_place

TOKENS_A_ROUND = 45000
HEALTH, KEYS = "/api/health", "/.well-known/jwks.json"

# As sso-svc asks: user_by_ruz_teacher and rotate_token of sso-svc/store_users.c and store_sessions.c.
USER_COLUMNS = ("u.id, u.username, u.full_name, u.app, u.role, u.entity_id, u.ruz_teacher_id, u.telegram_id,"
                " u.telegram_username, u.is_active, u.created_at")
LOOKUP_SCRIPT = f"""\\set id random({sso_place.FIRST_RUZ_ID}, {sso_place.FIRST_RUZ_ID + sso_place.TEACHERS - 1})
SELECT {USER_COLUMNS} FROM users u WHERE u.ruz_teacher_id = :id AND (:app::text IS NULL OR u.app = :app)
 ORDER BY u.created_at, u.id LIMIT 1;
"""
REFERENCE_TOKEN = "sha256(convert_to(concat_ws('-', {run}, {client}, {number}), 'UTF8'))"
ROTATE_SCRIPT = f"""WITH spent AS (UPDATE refresh_tokens t SET used_at = now(),
 successor_hash = {REFERENCE_TOKEN.format(run=":run::text", client=":client_id::text", number="(:number::bigint + 1)")},
 sealed_successor = decode(repeat('ab', 72), 'hex')
 FROM sessions s, users u
 WHERE t.hash = {REFERENCE_TOKEN.format(run=":run::text", client=":client_id::text", number=":number::bigint")}
 AND t.used_at IS NULL AND t.expires_at > now() AND s.id = t.session_id AND s.ended_at IS NULL
 AND s.expires_at > now() AND u.id = s.user_id AND u.is_active
 RETURNING s.id AS session_id, s.expires_at, u.id AS user_id, t.successor_hash),
 fresh AS (INSERT INTO refresh_tokens (hash, session_id, expires_at)
 SELECT successor_hash, session_id, least(expires_at, now() + 604800 * interval '1 second') FROM spent)
 SELECT {USER_COLUMNS}, 1 / (CASE WHEN u.id IS NULL THEN 0 ELSE 1 END) AS spent
 FROM (SELECT) one LEFT JOIN spent ON true LEFT JOIN users u ON spent.user_id = u.id;
\\set number :number + 1
"""


def openssl_rates():
    """(ES256 signatures, verifications) a second on this machine."""
    answer = subprocess.run(
        ["openssl", "speed", "-seconds", "1", "ecdsap256"], capture_output=True, text=True, check=True
    )
    numbers = re.search(r"nistp256\)\s+\S+\s+\S+\s+([0-9.]+)\s+([0-9.]+)", answer.stdout)
    return float(numbers[1]), float(numbers[2])


# --- access tokens ---


def cold_options(bench, place, number):
    """Each request has a token of its own. The load spins: waking a load that waits would cost more than the check."""
    count = max(1000, int(TOKENS_A_ROUND * min(1.0, bench.seconds / 3)))
    file = bench.directory / f"tokens-{number}"
    file.write_text("\n".join(sso_place.mint(place, count)) + "\n", encoding="utf-8")
    return ["-c", sso_place.CONNECTIONS, "-p", sso_place.ME, "-L", file, "-n", count, "-d", 4 * bench.seconds, "--spin"]


def access_tokens(bench):
    samples = {"health": [], "unchecked": [], "hot": [], "cold": []}
    verify_rates = []
    with database.Server([bench.client_cpu]) as base:
        place = sso_place.Place(bench, base)
        header = ["-H", sso_place.mint(place, 1)[0]]
        requests = {"health": ["-p", HEALTH], "unchecked": ["-p", KEYS, *header], "hot": ["-p", sso_place.ME, *header]}
        for options in requests.values():
            bench.load(place.server.url, "-c", sso_place.CONNECTIONS, *options, "-d", figures.WARM_SECONDS)
        for number in range(bench.rounds):
            for name, options in requests.items():
                options = ["-c", sso_place.CONNECTIONS, *options, "-d", bench.seconds]
                samples[name].append(figures.measure_round(bench, place.server, options, 200))
                bench.empty_logs()
            samples["cold"].append(
                figures.measure_round(bench, place.server, cold_options(bench, place, number), 200)
            )
            bench.empty_logs()
            verify_rates.append(openssl_rates()[1])
    return tell_access_tokens(samples, figures.Spread.of(verify_rates))


def tell_access_tokens(samples, verify):
    names = {
        "health": f"GET {HEALTH}",
        "unchecked": f"GET {KEYS}, the token sent and not looked at",
        "hot": f"GET {sso_place.ME}, one token",
        "cold": f"GET {sso_place.ME}, a token never seen each",
    }
    loads = {name: figures.Load.of(names[name], taken) for name, taken in samples.items()}
    added = figures.Spread.of(
        [hot - bare for hot, bare in zip(loads["hot"].cpu_us.rounds, loads["unchecked"].cpu_us.rounds)]
    )
    section = [
        f"## B5: checks of access tokens, {sso_place.CONNECTIONS} keep-alive connections, one worker",
        "",
        f"`openssl speed ecdsap256` verifies {verify.text(0)} signatures in a second of CPU here, "
        f"{1e6 / verify.median:.0f} µs each. Rates of a core are what its CPU time has room for.",
        "",
        *figures.load_table(loads),
    ]
    return section, [
        figures.limit_goal("B5", "CPU that the check of a hot token adds", added, 2, "µs", 2),
        figures.rate_goal("B5", "hot checks of one core", figures.core_rate(loads["hot"]), 30000),
        figures.rate_goal("B5", "cold checks of one core", figures.core_rate(loads["cold"]), 8000),
        figures.ratio_goal("B4", "cold checks of one core against raw verifications",
                           figures.core_rate(loads["cold"]), verify, 0.9, at_least=True),
    ]


# --- against pgbench ---


def beside_pgbench(bench, base, place, options, script, variables):
    """Rounds of the daemon and of pgbench in turn; answers (Load, Spread of pgbench, rows of what each CPU did)."""
    ours, theirs, database_us, reference_us = [], [], [], []
    for number in range(bench.rounds):
        before = base.cpu_seconds()
        ours.append(figures.measure_round(bench, place.server, [*options, "-d", bench.seconds], 200))
        database_us.append((base.cpu_seconds() - before) * 1e6 / ours[-1][-1])
        bench.empty_logs()
        before = base.cpu_seconds()
        theirs.append(base.pgbench(place.database, script, sso_place.DATABASE_CONNECTIONS, max(1, round(bench.seconds)),
                                   bench.on_cpus([bench.client_cpu]), variables(number)))
        reference_us.append((base.cpu_seconds() - before) * 1e6 / (theirs[-1] * max(1, round(bench.seconds))))
    load = figures.Load.of(place.server.name, ours)
    rate = figures.Spread.of(theirs)
    rows = [
        "| | a second | PostgreSQL's CPU µs each | the daemon's |",
        "|---|---|---|---|",
        f"| sso-svc | {load.rate.text(0)} | {figures.Spread.of(database_us).text(1)} | {load.cpu_us.text(1)} |",
        f"| pgbench | {rate.text(0)} | {figures.Spread.of(reference_us).text(1)} | – |",
    ]
    return load, rate, rows


def look_ups(bench):
    with database.Server([bench.server_cpu]) as base:
        place = sso_place.Place(bench, base, daemon_cpus=[bench.client_cpu])
        place.batch(sso_place.teachers())
        place.vacuum()
        options = ["-c", sso_place.CONNECTIONS, *sso_place.look_up_options()]
        bench.load(place.server.url, *options, "-d", figures.WARM_SECONDS)
        load, rate, rows = beside_pgbench(bench, base, place, options, LOOKUP_SCRIPT, lambda _: [("app", "traffic")])
    section = [
        f"## B6: a user by RUZ id, {sso_place.DATABASE_CONNECTIONS} connections to PostgreSQL",
        "",
        "PostgreSQL has a CPU; sso-svc and its client, or pgbench, have the other. The same statement, prepared.",
        "",
        *rows,
    ]
    return section, [
        figures.ratio_goal("B6", "look-ups against pgbench", load.rate, rate, 0.9, at_least=True)
    ]


def reference_tokens(place, run):
    """A session and its first token for each of pgbench's connections."""
    place.database.run(
        "WITH made AS (INSERT INTO sessions (id, user_id, address, expires_at)"
        " SELECT gen_random_uuid(), (SELECT id FROM users WHERE username = 'account.0x'), '127.0.0.1',"
        f" now() + interval '1 day' FROM generate_series(1, {sso_place.DATABASE_CONNECTIONS}) RETURNING id),"
        " numbered AS (SELECT id, row_number() OVER () - 1 AS client FROM made)"
        " INSERT INTO refresh_tokens (hash, session_id, expires_at)"
        f" SELECT {REFERENCE_TOKEN.format(run=f'{run!r}', client='client', number='0')}, id,"
        " now() + interval '1 day' FROM numbered"
    )
    return [("run", run), ("number", 0)]


def refreshes(bench):
    with database.Server([bench.server_cpu]) as base:
        place = sso_place.Place(bench, base, daemon_cpus=[bench.client_cpu])
        tokens = sso_place.sessions_of(place, place.accounts(), sso_place.CONNECTIONS)
        place.vacuum()
        options = sso_place.refresh_options(tokens)
        bench.load(place.server.url, *options, "-d", figures.WARM_SECONDS)
        load, rate, rows = beside_pgbench(
            bench, base, place, options, ROTATE_SCRIPT, lambda number: reference_tokens(place, f"r{number}")
        )
        sign_rate = openssl_rates()[0]
    reference = figures.Spread.of([1 / (1 / each + 1 / sign_rate) for each in rate.rounds])
    section = [
        f"## B8: refresh tokens spent, {sso_place.CONNECTIONS} clients, {sso_place.DATABASE_CONNECTIONS} connections to PostgreSQL",
        "",
        "Each client spends the token that its last answer gave it. pgbench runs the same statement with as many "
        f"connections to the database; one ES256 signature, {1e6 / sign_rate:.0f} µs by `openssl speed`, is added to "
        "its time. Every rotation is durable before it is answered.",
        "",
        *rows,
    ]
    return section, [
        figures.ratio_goal("B8", "refreshes against pgbench and a signature", load.rate, reference, 0.8,
                           at_least=True),
        figures.rate_goal("B8", "refreshes", load.rate, 1500),
    ]


CASES = {
    "B5": figures.brief(access_tokens),
    "B6": figures.brief(look_ups),
    "B8": figures.brief(refreshes),
}
