# SPDX-License-Identifier: MIT
"""A database with an sso-svc before it, people in both, and what a load asks them for."""

import json
import time

import people
import poly_process
import sso

CONNECTIONS = 64
DATABASE_CONNECTIONS = 4
TEACHERS = 4000
FIRST_RUZ_ID = 1000
ACCOUNTS = 32
PASSWORD = "долгий пароль преподавателя 7"
JSON_HEADER = ("-H", "Content-Type: application/json")
ME = "/api/auth/me"


class Place:
    """A database and an sso-svc of one case, each on CPUs of its own as far as there are any."""

    def __init__(self, bench, base, daemon_cpus=None, users=0, **environment):
        """`users`: how many the database has before the daemon is started."""
        self.bench = bench
        self.base = base
        self.database = base.new_database()
        self.keys = bench.directory / f"keys-{self.database.name}"
        defaults = {"WORKERS": 1, "DATABASE_CONNECTIONS": DATABASE_CONNECTIONS,
                    "LOGIN_ATTEMPTS_PER_ACCOUNT": 1000000, "LOGIN_ATTEMPTS_PER_ADDRESS": 1000000}
        self.daemon = sso.Sso(
            self.database, self.keys, {**defaults, **environment},
            wrapper=bench.on_cpus(daemon_cpus or [bench.server_cpu]), log_to=bench.directory / "sso-svc.log",
        )
        self.daemon.migrate()
        if users:
            people.fill(self.database, users)
        self.server = bench.start(self.daemon)

    def vacuum(self):
        for table in ("users", "sessions", "refresh_tokens", "audit"):
            self.database.run(f"VACUUM ANALYZE {table}")

    def batch(self, items):
        """One request of teachers; answers ([status of each], seconds)."""
        begun = time.perf_counter()
        response = self.daemon.as_service(
            "traffic", "POST", "/api/provision/traffic/teachers:batch", json_body={"items": items}, timeout=60
        )
        taken = time.perf_counter() - begun
        if response.status != 200:
            raise AssertionError(f"batch: {response}")
        return [item["status"] for item in response.json["items"]], taken

    def accounts(self, count=ACCOUNTS):
        """Teachers who can log in; a file of the bodies to do so with, a line each."""
        lines = []
        for number in range(count):
            username = f"account.{number}x"
            self.daemon.provisioned("teacher", f"account-{number}", username=username, password=PASSWORD)
            lines.append(json.dumps({"username": username, "password": PASSWORD}, ensure_ascii=False))
        file = self.bench.directory / f"logins-{self.database.name}"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return file


def teacher(number, salt=""):
    """Names as they are: some surnames are many people's."""
    surnames = ("Иванов", "Смирнов", "Кузнецов", "Попов", "Васильев", "Петров", "Соколов", "Михайлов", "Новиков")
    names = ("Александр", "Сергей", "Дмитрий", "Алексей", "Андрей", "Михаил", "Владимир", "Пётр", "Николай", "Иван")
    patronymics = ("Александрович", "Сергеевич", "Дмитриевич", "Алексеевич", "Андреевич", "Михайлович", "Петрович")
    surname = surnames[number % len(surnames)] + ("ский" if number % 4 == 0 else "")
    name = f"{surname} {names[number // 9 % len(names)]} {patronymics[number // 90 % len(patronymics)]}{salt}"
    return {"entity_id": f"teacher-{number}", "full_name": name, "ruz_teacher_id": FIRST_RUZ_ID + number}


def teachers(count=TEACHERS):
    return [teacher(number) for number in range(count)]


# --- loads ---


def mint(place, count):
    """Headers with access tokens that nobody has seen, a line each."""
    answer = poly_process.run("mint", place.keys, str(count), seconds=60, check=True)
    return answer.stdout.splitlines()


def look_up_options():
    """Look-ups of the teachers by RUZ id, as traffic-svc does them."""
    path = f"/api/users/by-ruz-teacher/{{{FIRST_RUZ_ID}..{FIRST_RUZ_ID + TEACHERS - 1}}}?app_filter=traffic"
    return ["-s", "-p", path, "-H", f"X-Service-Secret: {sso.SERVICE_SECRETS['traffic']}"]


def login_options(file, connections):
    return ["-c", connections, "-m", "POST", "-p", "/api/auth/login", *JSON_HEADER, "-B", file, "-t", 60]


def sessions_of(place, logins, count):
    """A file of refresh tokens as bodies, a line each, of sessions that real logins began."""
    found = []
    bodies = [json.loads(line) for line in logins.read_text(encoding="utf-8").splitlines()]
    for number in range(count):
        found.append(place.daemon.login(**bodies[number % len(bodies)])["refresh_token"])
    file = place.bench.directory / "refresh-tokens"
    file.write_text("".join(json.dumps({"refresh_token": token}) + "\n" for token in found), encoding="ascii")
    return file


def refresh_options(file, connections=CONNECTIONS):
    return ["-c", connections, "-m", "POST", "-p", "/api/auth/refresh", *JSON_HEADER, "-B", file, "-F", "refresh_token"]
