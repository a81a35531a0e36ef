# SPDX-License-Identifier: MIT
"""All five daemons with campus-sim behind them: started here, or a platform that runs already, behind its front.

POLY_FRONT is the address of such a front, where each daemon is below its name (/sso/api/auth/login), and
POLY_ADMIN_PASSWORD the password of its sso administrator "admin". What can only be done to daemons of one's own, such as
asking their databases, is skipped there.
"""

import os

import campus
import poly_http
import poly_process
import portal
import services
import sso
import traffic

NAMES = ("main", "services", "traffic", "sso", "schedule")


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


class Api:
    """One daemon's API, wherever it is."""

    def __init__(self, base):
        self.base = base.rstrip("/")

    def request(self, method, path, token=None, headers=None, **options):
        headers = {**(bearer(token) if token else {}), **(headers or {})}
        return poly_http.request(method, self.base + path, headers=headers, **options)

    def ask(self, method, path, status=200, **options):
        """An answer that must have that status: its JSON, if it is JSON."""
        answer = self.request(method, path, **options)
        assert answer.status == status, f"{method} {self.base}{path}: {answer.status} {answer.text[:500]}"
        return answer.json if "json" in answer.header("content-type", "") else answer.body

    def stream(self, path, **options):
        return traffic.EventStream(self, path, **options)

    def connect(self, timeout):
        """For streams: the path of the request must be the whole one, so `stream` is given it by `path_of`."""
        host, _, port = self.base.split("/")[2].partition(":")
        return poly_http.RawConnection(host, int(port or 80), timeout)

    def path_of(self, path):
        return "/" + "/".join(self.base.split("/")[3:] + [path.lstrip("/")])


class Platform:
    """`main`, `services`, `traffic`, `sso`, `schedule` are its APIs; `databases` is None when they cannot be asked."""

    def __init__(self, bases, admin_password, databases=None, campus_sim=None, daemons=None):
        for name in NAMES:
            setattr(self, name, Api(bases[name]))
        self.admin_password = admin_password[1]
        self.admin_username = admin_password[0]
        self.databases = databases
        self.campus_sim = campus_sim
        self.daemons = daemons or {}
        self._admin = None

    def login(self, username, password, app=None):
        body = {"username": username, "password": password, **({"app": app} if app else {})}
        return self.sso.ask("POST", "/api/auth/login", json_body=body)["access_token"]

    def admin(self):
        """The sso administrator's access token."""
        if self._admin is None:
            self._admin = self.login(self.admin_username, self.admin_password)
        return self._admin

    def student(self, username):
        """The token that main-svc gives the student."""
        body = {"username": username, "password": campus.password_of(username)}
        return self.main.ask("POST", "/api/auth/login", json_body=body)["token"]

    def launch_token(self, token, app):
        return self.main.ask("GET", "/api/miniapps/launch-token", token=token, query={"app": app})["launch_token"]


def remote():
    front = os.environ["POLY_FRONT"].rstrip("/")
    return Platform({name: f"{front}/{name}" for name in NAMES}, ("admin", os.environ["POLY_ADMIN_PASSWORD"]))


def local(databases, directory, start):
    """`databases` are three fresh ones, by the names "sso", "services" and "traffic"."""
    campus_sim = start(campus.Campus({"TERM_ALWAYS": "true"}))
    schedule_svc = start(
        poly_process.Daemon("schedule-svc", {"RUZ_BASE_URL": campus_sim.ruz_url, "SNAPSHOT_DIR": directory / "snapshot"})
    )
    traffic_svc = traffic.Traffic(databases["traffic"], schedule_url=schedule_svc.url)
    sso_svc = start(sso.Sso(databases["sso"], directory / "sso-keys", {"TRAFFIC_API_URL": traffic_svc.url}).migrate())
    main_svc = start(portal.Portal(campus_sim, directory / "main-keys", {"SCHEDULE_API_URL": schedule_svc.url}))
    traffic_svc.environment.update({"SSO_API_URL": sso_svc.url, "MAIN_API_URL": main_svc.url})
    start(traffic_svc.migrate())
    services_svc = start(services.Services(databases["services"], directory, sso_svc.url, main_svc.url).migrate())
    daemons = dict(zip(NAMES, (main_svc, services_svc, traffic_svc, sso_svc, schedule_svc)))
    return Platform(
        {name: daemon.url for name, daemon in daemons.items()},
        (sso.ADMIN["username"], sso.ADMIN["password"]),
        databases,
        campus_sim,
        daemons,
    )
