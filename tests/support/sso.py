# SPDX-License-Identifier: MIT
"""sso-svc on a database of the test's, with secrets of the run's, and what a test asks it for."""

import functools
import secrets

import poly_process
from persistence import made

ADMIN = {"username": "main.admin", "password": "Вход на Политехнической, 29"}
INTERNAL_SECRET = secrets.token_hex(32)
SERVICE_SECRETS = {name: secrets.token_hex(32) for name in ("services", "traffic", "bot")}

# Which service provisions what, and where.
PROVISIONED = {
    "staff": ("services", "/api/provision/services/staff"),
    "executor": ("services", "/api/provision/services/executor"),
    "teacher": ("traffic", "/api/provision/traffic/teacher"),
}


def service(name):
    """The header by which services-svc, traffic-svc and the bot ("services", "traffic", "bot") prove themselves."""
    return {"X-Service-Secret": SERVICE_SECRETS[name]}


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


class Sso(poly_process.Daemon):
    """`keys` is the directory of its signing keys, which replicas share; it is made if it is not there."""

    def __init__(self, database, keys, environment=None, **options):
        keys.mkdir(mode=0o700, exist_ok=True)
        defaults = {
            "DATABASE_URL": database.url,
            "SIGNING_KEYS_DIR": keys,
            "SSO_ADMIN_USERNAME": ADMIN["username"],
            "SSO_ADMIN_PASSWORD": ADMIN["password"],
            "TRAFFIC_INTERNAL_SERVICE_SECRET": INTERNAL_SECRET,
            "TRAFFIC_API_URL": f"http://{poly_process.LOOPBACK}:1",
            "WORKERS": 2,
            **{f"{name.upper()}_SSO_SERVICE_SECRET": secret for name, secret in SERVICE_SECRETS.items()},
        }
        super().__init__("sso-svc", {**defaults, **(environment or {})}, **options)
        self.database = database
        self._admin_token = None

    def migrate(self):
        """`sso-svc migrate`, to its end."""
        answer = poly_process.run(self.name, "migrate", environment=self.environment)
        assert answer.returncode == 0, answer.stdout + answer.stderr
        return self

    # --- people ---

    def log_in(self, username, password, **members):
        """The answer to a login, whatever it is; members are `app` and `redirect_to`."""
        body = {"username": username, "password": password, **members}
        return self.request("POST", "/api/auth/login", json_body=body)

    def login(self, username=ADMIN["username"], password=ADMIN["password"], **members):
        """A login that succeeds: {"access_token", "refresh_token", …}."""
        response = self.log_in(username, password, **members)
        assert response.status == 200, response
        return response.json

    def refresh(self, refresh_token):
        return self.request("POST", "/api/auth/refresh", json_body={"refresh_token": refresh_token})

    def admin(self):
        """Headers of the administrator, who signs in once."""
        if self._admin_token is None:
            self._admin_token = self.login()["access_token"]
        return bearer(self._admin_token)

    def adopt(self, login):
        """From now on the administrator is whoever got this answer."""
        self._admin_token = login["access_token"]

    def as_admin(self, method, path, **options):
        """A request by the administrator."""
        return self.request(method, path, headers={**self.admin(), **options.pop("headers", {})}, **options)

    # --- services ---

    def as_service(self, name, method, path, **options):
        """A request by a service; see `service`."""
        return self.request(method, path, headers={**service(name), **options.pop("headers", {})}, **options)

    def provision(self, kind, entity_id, full_name="Иванов Иван Иванович", headers=None, **members):
        """The answer to provisioning a "staff", "executor" or "teacher" as the service that owns them does."""
        owner, path = PROVISIONED[kind]
        body = {"entity_id": entity_id, "full_name": full_name, **members}
        return self.as_service(owner, "POST", path, json_body=body, headers=headers or {})

    def provisioned(self, kind, entity_id, **members):
        """The user of a provisioning that succeeds."""
        return made(functools.partial(self.provision, kind, entity_id, **members), 200, 201).json
