# SPDX-License-Identifier: MIT
"""The platform on a machine with systemd, installed as docs/operations.md says, once for the run. See make systemd-test."""

import secrets

import pytest

import poly_http
import systemd_machine
import university
from poly_process import LOOPBACK, wait_until

PORTS = {"main-svc": 8001, "services-svc": 8002, "traffic-svc": 8003, "sso-svc": 8004, "schedule-svc": 8005}
CAMPUS = f"http://{LOOPBACK}:8099"


def url(daemon):
    return f"http://{LOOPBACK}:{PORTS[daemon]}"


def readiness(daemon):
    """The status of /readyz; None when nobody answers."""
    try:
        return poly_http.get(url(daemon) + "/readyz", timeout=10).status
    except (OSError, poly_http.Broken):
        return None


class Platform(systemd_machine.Machine):
    """The daemons, each by its unit, with campus-sim as the university's systems."""

    def __init__(self):
        super().__init__()
        self.secrets = {name: secrets.token_urlsafe(24) for name in ("services", "traffic", "internal", "admin")}

    def settings(self):
        """What /etc/poly/<daemon>.env has beside DATABASE_URL."""
        services, traffic, internal, admin = self.secrets.values()
        return {
            "schedule-svc": f"RUZ_BASE_URL={CAMPUS}/api/v1/ruz\n",
            "main-svc": f"CAS_SERVER={CAMPUS}/cas\nRECORD_BOOK_URL={CAMPUS}/record-book\n"
            f"SERVICES_URL=http://services.example\nTRAFFIC_URL=http://attendance.example\n",
            "sso-svc": f"SERVICES_SSO_SERVICE_SECRET={services}\nTRAFFIC_SSO_SERVICE_SECRET={traffic}\n"
            f"TRAFFIC_INTERNAL_SERVICE_SECRET={internal}\nSSO_ADMIN_USERNAME=admin\nSSO_ADMIN_PASSWORD={admin}\n",
            "services-svc": f"SERVICES_SSO_SERVICE_SECRET={services}\n",
            "traffic-svc": f"TRAFFIC_SSO_SERVICE_SECRET={traffic}\nTRAFFIC_INTERNAL_SERVICE_SECRET={internal}\n",
        }

    def configure(self):
        for daemon, text in self.settings().items():
            name = daemon.removesuffix("-svc")
            if name in ("sso", "services", "traffic"):
                password = secrets.token_hex(12)
                for sql in (f"CREATE ROLE {name} LOGIN PASSWORD '{password}'", f"CREATE DATABASE {name} OWNER {name}"):
                    self.run("runuser", "-u", "postgres", "--", "psql", "-q", "-c", sql, cwd="/")
                text += f"DATABASE_URL=postgresql://{name}:{password}@{LOOPBACK}/{name}\n"
            self.write(f"/etc/poly/{daemon}.env", text)
        self.write(
            "/etc/systemd/system/campus-sim.service",
            "[Service]\nEnvironment=TERM_ALWAYS=true\nExecStart=/usr/local/bin/campus-sim serve\n"
            "[Install]\nWantedBy=multi-user.target\n",
            0o644,
        )
        self.run("systemctl", "daemon-reload")
        self.run("systemctl", "enable", "--now", "campus-sim")
        return self

    def enable(self):
        for daemon in PORTS:
            self.run("systemctl", "enable", "--now", daemon)
        return self

    def wait_ready(self):
        for daemon in PORTS:
            wait_until(lambda name=daemon: readiness(name) == 200, 60, f"{daemon} to be ready")
        return self


@pytest.fixture(scope="session")
def machine():
    reason = systemd_machine.why_not()
    if reason:
        pytest.exit(f"systemd-test cannot run here: {reason}", returncode=1)
    own = Platform()
    try:
        own.make().install()
        systemd_machine.move_to_a_network_of_its_own()
        yield own.boot().configure().enable().wait_ready()
    finally:
        own.end()


class People(university.University):
    """At the daemons themselves; there is no front."""

    def url(self, daemon, path):
        return url(f"{daemon}-svc") + path


@pytest.fixture(scope="session")
def people(machine):
    return People("", machine.secrets["admin"])
