# SPDX-License-Identifier: MIT
"""services-svc with the daemons that sign its callers' tokens, and what a test asks it for."""

import functools
import itertools
import types
import uuid

import poly_process
import portal
import sso
from persistence import made

NOWHERE = f"http://{poly_process.LOOPBACK}:1"
# Enough of a campus for a main-svc that nobody signs in at.
NO_CAMPUS = types.SimpleNamespace(cas_url=NOWHERE + "/cas", record_book_url=NOWHERE + "/record-book")

PASSWORD = "Гранит науки, 1899"

DEPARTMENTS = "/api/departments/"
SERVICES = "/api/services/"
EXECUTORS = "/api/executors/"

FIELDS = [
    {"name": "copies", "label": "Сколько экземпляров", "type": "number", "required": True},
    {"name": "place", "label": "Куда", "type": "select", "required": False, "options": ["По месту требования", "В банк"]},
    {"name": "until", "label": "К какому дню", "type": "date", "required": False},
    {"name": "why", "label": "Зачем", "type": "textarea", "required": False},
]


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def student_header(token):
    return {"X-Student-Token": token}


def mint_launch_tokens(keys, count=1, audience="services", life=300, first=0):
    """Launch tokens of the students stud<first>, and so on, signed with the keys of that directory."""
    words = (keys, count, "launch", audience, life, first)
    return poly_process.run("mint", *map(str, words), seconds=60, check=True).stdout.split()


class Services(poly_process.Daemon):
    """`directory` has its signing keys and its files, which replicas share; both are made if they are not there."""

    def __init__(self, database, directory, sso_url=NOWHERE, main_url=NOWHERE, environment=None, **options):
        for name in ("services-keys", "uploads"):
            (directory / name).mkdir(mode=0o700, exist_ok=True)
        defaults = {
            "DATABASE_URL": database.url,
            "SIGNING_KEYS_DIR": directory / "services-keys",
            "UPLOAD_DIR": directory / "uploads",
            "SSO_API_URL": sso_url,
            "MAIN_API_URL": main_url,
            "SERVICES_SSO_SERVICE_SECRET": sso.SERVICE_SECRETS["services"],
            "OPEN_APPLICATIONS_PER_STUDENT": 1000000,  # a test has one student for all it asks
            "UPLOADS_PER_CALLER": 128,
            "WORKERS": 2,
        }
        super().__init__("services-svc", {**defaults, **(environment or {})}, **options)
        self.database = database
        self.uploads = directory / "uploads"

    def migrate(self):
        """`services-svc migrate`, to its end."""
        answer = poly_process.run(self.name, "migrate", environment=self.environment)
        assert answer.returncode == 0, answer.stdout + answer.stderr
        return self

    def as_user(self, token, method, path, **options):
        return self.request(method, path, headers={**bearer(token), **options.pop("headers", {})}, **options)

    def as_student(self, token, method, path, **options):
        return self.request(method, path, headers={**student_header(token), **options.pop("headers", {})}, **options)


class Office:
    """A services-svc with a real sso-svc and a real main-svc, and people who have tokens of theirs."""

    _numbers = itertools.count(1)

    def __init__(self, services_svc, sso_svc, main_svc):
        self.services = services_svc
        self.sso = sso_svc
        self.main = main_svc
        self._admin = None

    def number(self):
        """One that nobody else of this run has."""
        return next(self._numbers)

    # --- administrators, staff, executors ---

    def admin(self):
        """The access token of an administrator of services, who is made once."""
        if self._admin is None:
            self._admin = self.sso_admin("services")
        return self._admin

    def sso_admin(self, app):
        """The access token of a new administrator of that app."""
        person = {"username": f"boss{uuid.uuid4().hex[:8]}", "password": PASSWORD}
        body = {**person, "full_name": "Смирнова Анна Павловна", "app": app}
        made(functools.partial(self.sso.as_admin, "POST", "/api/users/", json_body=body), 201)
        return self.sso.login(**person)["access_token"]

    def as_admin(self, method, path, **options):
        return self.services.as_user(self.admin(), method, path, **options)

    def department(self, name=None, **members):
        """A new department without an account, unless it is given one."""
        body = {"name": name or f"Подразделение {self.number()}", **members}
        return made(functools.partial(self.as_admin, "POST", DEPARTMENTS, json_body=body), 201).json

    def staff(self):
        """{"department", "token", "username"} of a new department's staff user."""
        username = f"staff{uuid.uuid4().hex[:10]}"
        department = self.department(username=username, password=PASSWORD)
        token = self.sso.login(username, PASSWORD, app="services")["access_token"]
        return {"department": department, "username": username, "token": token}

    def service(self, department, token=None, **members):
        """A new service, made by an administrator or with that token."""
        body = {"department_id": department["id"], "name": f"Услуга {self.number()}", **members}
        answer = self.services.as_user(token or self.admin(), "POST", SERVICES, json_body=body)
        assert answer.status == 201, answer
        return answer.json

    def executor(self, staff, name="Петрова Нина Олеговна"):
        """A new executor of the staff's department, with "token" and "password"."""
        person = {"name": name, "username": f"ex{uuid.uuid4().hex[:10]}", "password": PASSWORD}
        answer = made(functools.partial(self.services.as_user, staff["token"], "POST", EXECUTORS, json_body=person), 201)
        token = self.sso.login(person["username"], PASSWORD, app="services")["access_token"]
        return {**answer.json, "password": PASSWORD, "token": token}

    # --- students ---

    def launch_tokens(self, count=1, **options):
        """Of the students stud<N>, N as `first` says."""
        return mint_launch_tokens(self.main.environment["SIGNING_KEYS_DIR"], count, **options)

    def verify_launch(self, token, **options):
        return self.services.request("POST", "/api/auth/verify-launch", json_body={"token": token}, **options)

    def student(self, number=None):
        """{"id", "name", "email", "token"} of a student, a new one unless a number is given."""
        [launch] = self.launch_tokens(first=self.number() if number is None else number)
        answer = self.verify_launch(launch)
        assert answer.status == 200, answer
        names = {"student_external_id": "id", "student_name": "name", "student_email": "email", "student_token": "token"}
        return {names[name]: value for name, value in answer.json.items()}

    # --- what the databases have ---

    def users_of(self, *entities):
        """How many users these entities have at sso-svc."""
        ids = ", ".join(f"'{entity}'" for entity in entities)
        return int(self.sso.database.value(f"SELECT count(*) FROM users WHERE app = 'services' AND entity_id IN ({ids})"))


def start_office(databases, directory, start, environment=None):
    """sso-svc, main-svc and services-svc, started by `start`, on two fresh databases."""
    sso_svc = start(sso.Sso(databases[0], directory / "sso-keys").migrate())
    main_svc = start(portal.Portal(NO_CAMPUS, directory / "main-keys"))
    services_svc = start(Services(databases[1], directory, sso_svc.url, main_svc.url, environment=environment).migrate())
    return Office(services_svc, sso_svc, main_svc)
