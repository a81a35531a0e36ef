# SPDX-License-Identifier: MIT
"""PostgreSQL and sso-svc vanish without a word from the daemons that use them, as when a cable is pulled: those notice
within 30 s, answer in bounded time until then, and go on when the peer is back."""

import concurrent.futures
import time

import pytest

import poly_http
import postgres as postgresql
import services
import sso
from fault_proxy import FaultProxy
from link import CLIENT, SERVER, sockets_to_client
from poly_process import LOOPBACK, PATIENCE, wait_until

pytestmark = pytest.mark.fault(13)

NOTICED_SECONDS = 30
DEADLINE_SECONDS = 13  # of the longest request below, and a little
UNKNOWN = (503, 504)


class FarPostgres(postgresql.Postgres):
    """On the client's side of a link."""

    def __init__(self, link):
        super().__init__({"listen_addresses": f"{LOOPBACK},{CLIENT}"})
        self._link = link

    def start(self):
        self._link.on_client(super().start)
        with open(self.directory / "data" / "pg_hba.conf", "a", encoding="ascii") as file:
            file.writelines(f"host all all {address}/32 trust\n" for address in (SERVER, CLIENT))
        self._control("reload")
        return self

    def new_database(self):
        return self._link.on_client(super().new_database)

    def url(self, database="postgres"):
        return f"postgresql://{postgresql.ROLE}@{CLIENT if self.directory else LOOPBACK}:{self.port}/{database}"


class FarSso(sso.Sso):
    def __init__(self, link, database, keys):
        super().__init__(database, keys, wrapper=["ip", "netns", "exec", link.client])
        self.environment["LISTEN"] = f"0.0.0.0:{self.port}"

    @property
    def url(self):
        return f"http://{CLIENT}:{self.port}"


@pytest.fixture
def far_postgres(link):
    server = FarPostgres(link)
    try:
        yield server.start()
    finally:
        server.end()


def await_no_socket(port, there, began):
    """Waits until none of these is open; how long that took since `began`."""

    def gone():
        time.sleep(0.1)  # the kernel's table is costly to read
        return not there & sockets_to_client(port)

    wait_until(gone, NOTICED_SECONDS / PATIENCE, "the dead connections to be closed")
    taken = time.monotonic() - began
    assert taken <= NOTICED_SECONDS
    return taken


def provision(daemon, number):
    """(status, seconds); repeats are the same request."""
    began = time.monotonic()
    headers = {**sso.service("traffic"), "Idempotency-Key": f"k{number}"}
    body = {"entity_id": f"e{number}", "full_name": "Иванов Иван"}
    answer = daemon.request("POST", "/api/provision/traffic/teacher", headers=headers, json_body=body, timeout=60)
    return answer.status, time.monotonic() - began


def at_once(act, numbers):
    with concurrent.futures.ThreadPoolExecutor(len(numbers)) as clients:
        return list(clients.map(act, numbers))


def check_in_the_dark(daemon, token, numbers):
    """What needs the database is refused in time, and what does not is served."""
    answers = at_once(lambda number: provision(daemon, number), numbers)
    assert {status for status, _ in answers} <= set(UNKNOWN), answers
    assert max(seconds for _, seconds in answers) < DEADLINE_SECONDS * PATIENCE
    assert daemon.get("/healthz").status == 200
    assert daemon.get("/readyz").status == 503
    assert daemon.get("/api/auth/me", headers=token).status == 200


@pytest.mark.slow
def test_the_cable_to_the_database_is_pulled(link, far_postgres, start, tmp_path):
    database = far_postgres.new_database()
    daemon = start(sso.Sso(database, tmp_path / "keys").migrate())
    token = daemon.admin()
    assert {status for status, _ in at_once(lambda number: provision(daemon, number), range(8))} == {201}
    there = sockets_to_client(far_postgres.port)
    assert there
    link.cut()
    began = time.monotonic()
    check_in_the_dark(daemon, token, range(8, 12))
    print("noticed after", await_no_socket(far_postgres.port, there, began))
    check_in_the_dark(daemon, token, [12])
    link.mend()
    wait_until(lambda: daemon.get("/readyz").status == 200, 10, "sso-svc to be ready again")
    assert {status for status, _ in at_once(lambda number: provision(daemon, number), range(13))} <= {200, 201}
    assert database.value("SELECT count(*) FROM users WHERE app = 'traffic'") == "13"


@pytest.fixture
def far_office(link, far_postgres, start_postgres, start, tmp_path):
    """services-svc and its database on one side, sso-svc and its own on the other."""
    there = start(FarSso(link, far_postgres.new_database(), tmp_path / "sso-keys").migrate())
    database = start_postgres().new_database()
    here = start(services.Services(database, tmp_path, there.url).migrate())
    return services.Office(here, there, None)


def make_department(office, name):
    """(status, seconds) of one with an account; repeats are the same request."""
    began = time.monotonic()
    body = {"name": name, "username": f"{name}.staff", "password": services.PASSWORD}
    try:
        answer = office.as_admin("POST", services.DEPARTMENTS, json_body=body, headers={"Idempotency-Key": name}, timeout=60)
    except (OSError, poly_http.Broken):
        return None, time.monotonic() - began
    return answer.status, time.monotonic() - began


def check_without_sso(office, names):
    answers = at_once(lambda name: make_department(office, name), names)
    assert {status for status, _ in answers} <= {502, *UNKNOWN}, answers
    assert max(seconds for _, seconds in answers) < DEADLINE_SECONDS * PATIENCE
    assert office.services.get("/healthz").status == 200
    assert office.as_admin("GET", services.DEPARTMENTS).status == 200


def check_with_sso_again(office, names):
    """The same requests are done now, each once."""
    for name in names:
        wait_until(lambda: make_department(office, name)[0] in (200, 201), 30, f"{name} to be made")
    listed = [each["name"] for each in office.as_admin("GET", services.DEPARTMENTS).json]
    assert sorted(name for name in listed if name in names) == sorted(names)
    for name in names:
        assert office.sso.log_in(f"{name}.staff", services.PASSWORD, app="services").status == 200


@pytest.mark.slow
def test_the_cable_to_sso_is_pulled(link, far_office):
    office = far_office
    assert at_once(lambda name: make_department(office, name)[0], ["one", "two", "three"]) == [201] * 3
    there = sockets_to_client(office.sso.port)
    assert there
    link.cut()
    began = time.monotonic()
    check_without_sso(office, ["four", "five"])
    print("noticed after", await_no_socket(office.sso.port, there, began))
    link.mend()
    check_with_sso_again(office, ["four", "five"])


# The same without a network of one's own: what is sent arrives, and nothing comes back.


def test_a_database_that_has_gone_silent(postgres, database, start, tmp_path):
    with FaultProxy(postgres.port) as proxy:
        through = database.url.replace(f":{postgres.port}/", f":{proxy.port}/")
        daemon = start(sso.Sso(database, tmp_path / "keys", {"DATABASE_URL": through}).migrate())
        token = daemon.admin()
        assert provision(daemon, 1)[0] == 201
        proxy.set(black_hole=True)
        check_in_the_dark(daemon, token, range(2, 6))
        wait_until(lambda: daemon.metric("poly_pg_connections_lost_total") > 0, NOTICED_SECONDS, "the loss to be noticed")
        proxy.clear()
        wait_until(lambda: daemon.get("/readyz").status == 200, 10, "sso-svc to be ready again")
        assert {status for status, _ in at_once(lambda number: provision(daemon, number), range(1, 6))} <= {200, 201}
        assert database.value("SELECT count(*) FROM users WHERE app = 'traffic'") == "5"
        daemon.stop()


@pytest.mark.slow
def test_an_sso_svc_that_has_gone_silent(sso_svc, postgres, start, tmp_path):
    database = postgres.new_database()
    with FaultProxy(sso_svc.port) as proxy:
        here = start(services.Services(database, tmp_path, f"http://{LOOPBACK}:{proxy.port}").migrate())
        office = services.Office(here, sso_svc, None)
        assert make_department(office, "one")[0] == 201
        proxy.set(black_hole=True)
        check_without_sso(office, ["two", "three"])
        proxy.clear()
        check_with_sso_again(office, ["two", "three"])
        here.stop()
    database.drop()
