# SPDX-License-Identifier: MIT
"""A password that was planted is nowhere but where it may be: not in what a core dump would hold, not in the log, not in
the files of the session store."""

import json
import re
import resource
import secrets
import signal
import urllib.parse

import pytest

import poly_process
from campus import CAS, RECORD_BOOK

KEY = secrets.token_hex(32)
# Its pieces are looked for, too: a buffer may have been overwritten in part.
PLANTED = "Zq7-" + secrets.token_hex(12) + "-student4"
TYPED_WRONG = "Wx9-" + secrets.token_hex(16)


def forms(password):
    yield password.encode()
    yield password[:16].encode()
    yield password[4:20].encode()
    yield urllib.parse.quote_plus(password).encode()


def found_in(data, passwords):
    return [form for password in passwords for form in forms(password) if form in data]


def dumpable_memory(pid):
    """What the kernel would write to a core dump: every readable mapping that is not marked otherwise (VmFlags dd)."""
    mappings, memory = [], []
    with open(f"/proc/{pid}/smaps", encoding="ascii", errors="replace") as smaps:
        for line in smaps:
            head = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+)", line)
            if head:
                mappings.append([int(head[1], 16), int(head[2], 16), head[3], line.split()[-1], True])
            elif line.startswith("VmFlags:"):
                mappings[-1][4] = "dd" not in line.split()
    with open(f"/proc/{pid}/mem", "rb", 0) as file:
        for start, end, rights, name, dumped in mappings:
            if dumped and rights.startswith("r") and not name.startswith("[v"):
                file.seek(start)
                memory.append(file.read(end - start))
    return b"".join(memory)


@pytest.fixture
def planting(start_campus_sim):
    """A CAS and a record book that know student4 by the planted password."""
    return start_campus_sim(STUDENT_PASSWORD=PLANTED.removesuffix("student4"))


def live_a_little(main_svc):
    """Logins that succeed, fail and are refused, in several encodings; a record book; all with the planted password."""
    session = main_svc.log_in("student4", PLANTED)
    assert session.status == 200, session
    token = session.json["token"]
    assert main_svc.ask("/api/gradebook", token).status == 200
    assert main_svc.log_in("somebody" * 40, PLANTED).status == 422
    body = json.dumps({"username": "student4", "password": PLANTED})
    types = {"Content-Type": "application/json"}
    assert main_svc.request("POST", "/api/auth/login", body=body[:-1].encode(), headers=types).status == 400
    assert main_svc.request("POST", "/api/auth/login", body=body.encode(), headers={"Content-Type": "text/plain"}).status == 415
    with main_svc.connect() as connection:  # in chunks, and with another request behind it
        half = len(body) // 2
        chunks = "".join(f"{len(part):x}\r\n{part}\r\n" for part in (body[:half], body[half:], ""))
        connection.send(
            "POST /api/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            f"Transfer-Encoding: chunked\r\n\r\n{chunks}GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
        )
        assert connection.read_response().status == 200 and connection.read_response().status == 200
    with main_svc.connect() as connection:  # byte by byte
        head = f"POST /api/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        for byte in head + body:
            connection.send(byte)
        assert connection.read_response().status == 200
    return token


def assert_nowhere(main_svc, passwords=(PLANTED, TYPED_WRONG)):
    """A request wipes its memory as it ends, which is a moment after its answer."""
    assert not found_in("\n".join(main_svc.raw_log()).encode() + main_svc.errors().encode(), passwords)
    poly_process.wait_until(
        lambda: not found_in(dumpable_memory(main_svc.process.pid), passwords), 10, "the password to be gone from memory"
    )


def test_the_search_finds_what_is_there(campus_sim, main_svc):
    """Of a program that does not wipe, and of a word that is no secret."""
    main_svc.log_in("somebody", TYPED_WRONG)
    assert found_in(dumpable_memory(campus_sim.process.pid), [TYPED_WRONG])
    assert b"main_logins_total" in dumpable_memory(main_svc.process.pid)


@pytest.mark.skipif(poly_process.INSTRUMENTED, reason="sanitizers keep freed memory")
@pytest.mark.parametrize("store", ["memory", "files"])
def test_memory_log_and_files(start_main_svc, planting, tmp_path, store):
    environment = {"LOG_LEVEL": "debug"}
    directory = tmp_path / "sessions"
    directory.mkdir(mode=0o700)
    if store == "files":
        environment.update(SESSION_STORE_DIR=directory, SESSION_STORE_KEY=KEY)
    main_svc = start_main_svc(planting, **environment)
    token = live_a_little(main_svc)
    planting.fault("/login", site=CAS, mode="layout")
    assert main_svc.log_in("student4", TYPED_WRONG).status == 502
    planting.clear_faults()
    assert_nowhere(main_svc)
    for file in directory.iterdir():
        assert not found_in(file.read_bytes() + file.name.encode(), [PLANTED, "student4"])
        assert file.stat().st_mode & 0o777 == 0o600
    kept = len(list(directory.iterdir()))
    assert (kept > 0) == (store == "files")
    assert main_svc.ask("/api/auth/logout", token, method="POST").status == 200
    assert_nowhere(main_svc)
    assert store == "memory" or len(list(directory.iterdir())) == kept - 1


@pytest.mark.skipif(poly_process.INSTRUMENTED, reason="sanitizers keep freed memory")
@pytest.mark.parametrize("outcome", ["wrong", "right"])
def test_logins_at_the_demo_cas(main_svc, outcome):
    if outcome == "wrong":
        assert main_svc.log_in("student4", TYPED_WRONG).status == 401
        assert_nowhere(main_svc)
    else:
        token = main_svc.token("student4")
        assert main_svc.ask("/api/gradebook", token).status == 200
        assert_nowhere(main_svc, ["polytech-student4"])


@pytest.mark.skipif(poly_process.INSTRUMENTED, reason="sanitizers keep freed memory")
def test_in_the_middle_of_it(main_svc, campus_sim):
    """While CAS takes its time the password is in the request's memory; it is gone when that is over, however it ends."""
    campus_sim.fault("/login", site=CAS, mode="hang")
    with main_svc.connect() as connection:
        body = f'{{"username":"student4","password":"{PLANTED}"}}'
        connection.send(
            "POST /api/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )
        poly_process.wait_until(lambda: campus_sim.requests("/login", site=CAS)["in_flight"] == 1, 10, "CAS to be asked")
        assert found_in(dumpable_memory(main_svc.process.pid), [PLANTED])
    poly_process.wait_until(lambda: main_svc.metric("http_requests_total", status="499") == 1, 10, "the end of it")
    campus_sim.clear_faults()
    assert_nowhere(main_svc)


def core_pattern():
    with open("/proc/sys/kernel/core_pattern", encoding="ascii") as file:
        return file.read().strip()


@pytest.mark.skipif(poly_process.INSTRUMENTED, reason="sanitizers keep freed memory")
@pytest.mark.skipif("/" in core_pattern() or "|" in core_pattern() or "%" in core_pattern(), reason="cores go elsewhere")
def test_a_real_core_dump(start_main_svc, planting, tmp_path):
    """The kernel writes one where its pattern names a plain file and the limit allows it."""
    if resource.getrlimit(resource.RLIMIT_CORE)[1] != resource.RLIM_INFINITY:
        pytest.skip("core dumps are limited here")
    directory = tmp_path / "core"
    directory.mkdir()
    shell = ["sh", "-c", 'cd "$0" && ulimit -c unlimited && exec "$@"', directory]
    main_svc = start_main_svc(planting, wrapper=shell)
    live_a_little(main_svc)
    assert_nowhere(main_svc)
    main_svc.signal(signal.SIGABRT)
    main_svc.wait_exit()
    main_svc.process = None  # it has ended, and not by the fixture
    [core] = directory.iterdir()
    data = core.read_bytes()
    assert b"main_logins_total" in data
    assert not found_in(data, [PLANTED])


# --- the store that replicas share ---


@pytest.fixture
def replicas(start_main_svc, campus_sim, tmp_path):
    directory = tmp_path / "sessions"
    directory.mkdir(mode=0o700)
    shared = {"SESSION_STORE_DIR": directory, "SESSION_STORE_KEY": KEY}
    return [start_main_svc(campus_sim, **shared) for _ in range(2)]


def test_replicas_share(replicas):
    first, second = replicas
    token = first.token()
    assert second.ask("/api/gradebook", token).status == 200
    first.restart()
    assert first.ask("/api/gradebook", token).status == 200
    assert second.ask("/api/auth/logout", token, method="POST").status == 200
    assert first.ask("/api/gradebook", token).status == 409


def test_files_of_others_and_broken_ones(replicas, tmp_path):
    first, _ = replicas
    directory = tmp_path / "sessions"
    tokens = [first.token(f"student{number}") for number in (1, 2)]
    one, other = sorted(directory.iterdir())
    data = one.read_bytes()
    one.write_bytes(other.read_bytes())  # one session's is no good as another's
    assert sorted(first.ask("/api/gradebook", token).status for token in tokens) == [200, 409]
    for broken in (data[:-1], b"", data + b"x", bytes([data[0] ^ 1]) + data[1:]):
        one.write_bytes(broken)
        assert sorted(first.ask("/api/gradebook", token).status for token in tokens) in ([200, 409], [200, 200])
    one.write_bytes(data)
    assert [first.ask("/api/gradebook", token).status for token in tokens] == [200, 200]


def test_another_key_opens_nothing(replicas, start_main_svc, campus_sim, tmp_path):
    token = replicas[0].token()
    stranger = start_main_svc(campus_sim, SESSION_STORE_DIR=tmp_path / "sessions", SESSION_STORE_KEY=secrets.token_hex(32))
    assert stranger.ask("/api/gradebook", token).status == 409


def test_old_files_are_swept(start_main_svc, campus_sim, tmp_path):
    directory = tmp_path / "sessions"
    directory.mkdir(mode=0o700)
    (directory / "not-ours").write_text("keep me", encoding="ascii")
    main_svc = start_main_svc(
        campus_sim, SESSION_STORE_DIR=directory, SESSION_STORE_KEY=KEY, PASSWORD_KEEP_SECONDS=3, PASSWORD_KEEP_MAX=2
    )
    for number in range(1, 5):
        main_svc.token(f"student{number}")
    poly_process.wait_until(lambda: len(list(directory.iterdir())) <= 3, 10, "the number to be bounded")
    poly_process.wait_until(lambda: len(list(directory.iterdir())) == 1, 10, "all of them to be too old")
    assert (directory / "not-ours").exists()


@pytest.mark.parametrize("fault", ["missing", "open", "no key"])
def test_stores_that_cannot_be(main_svc, tmp_path, fault):
    directory = tmp_path / "sessions"
    if fault != "missing":
        directory.mkdir(mode=0o777 if fault == "open" else 0o700)
        directory.chmod(0o777 if fault == "open" else 0o700)
    environment = {**main_svc.environment, "SESSION_STORE_DIR": directory, "LISTEN": "127.0.0.1:0"}
    if fault != "no key":
        environment["SESSION_STORE_KEY"] = KEY
    done = poly_process.run("main-svc", "serve", environment=environment)
    assert done.returncode == 1 and "SESSION_STORE" in done.stdout + done.stderr


@pytest.mark.parametrize("path", ["/login", "/api/record-book"])
@pytest.mark.parametrize(
    "fault",
    [{"status": 500}, *({"mode": mode} for mode in ("layout", "html", "truncated", "reset", "redirect", "cookies", "hang"))],
    ids=lambda fault: str(fault.get("mode", "fails")),
)
def test_a_record_book_with_the_password_in_the_way(start_main_svc, campus_sim, fault, path):
    """What the record-book site fails with is not what the log or the answer repeats."""
    settings = {"LOG_LEVEL": "debug", "RECORD_BOOK_DEADLINE_MS": 1200 * poly_process.PATIENCE}
    main_svc = start_main_svc(campus_sim, **settings)
    token = main_svc.token()
    campus_sim.fault(path, site=RECORD_BOOK, **fault)
    answer = main_svc.ask("/api/gradebook", token)
    assert answer.status in ((200, 502) if fault.get("mode") == "cookies" else (502, 503, 504))
    log = "\n".join(main_svc.raw_log()).encode() + main_svc.errors().encode()
    assert not found_in(log + answer.body, ["polytech-student4"])
    assert token.encode() not in log and b"csrftoken=" not in log and b"sessionid=" not in log
