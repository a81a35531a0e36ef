# SPDX-License-Identifier: MIT
"""Back up, wipe, restore, compare. The last file of the run, since everything goes."""

import command
import university
from poly_process import ROOT
from university import PDF

DATABASES = ("sso", "services", "traffic")
# What changes by itself when the daemons start again, or what they sweep once it has expired.
PASSING = {"outbox", "idempotency_keys", "launch_exchanges", "sync_state", "replicas", "kiosk_presence"}


def psql(stack, database, statement):
    command = ("psql", "-X", "-A", "-t", "-h", "/tmp", "-U", "postgres", "-d", database, "-c", statement)
    return stack.execute("postgres", *command)


def digest_of(table):
    row = "md5(t::text)"
    return f"SELECT '{table}', count(*), md5(coalesce(string_agg({row}, '' ORDER BY {row}), '')) FROM {table} t"


def digests(stack):
    """{database.table: (rows, digest of them)}."""
    found = {}
    for database in DATABASES:
        tables = psql(stack, database, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").split()
        assert len(tables) > 4
        of_each = [digest_of(table) for table in sorted(set(tables) - PASSING)]
        for line in psql(stack, database, " UNION ALL ".join(of_each)).splitlines():
            table, _, digest = line.partition("|")
            found[f"{database}.{table}"] = digest
    return found


def backup(stack, *arguments):
    # Without the profile `demo`, whose data would be loaded anew and the teachers' sync run.
    environment = {**stack.compose_environment(), "COMPOSE_PROFILES": "", "POLY_COMPOSE": " ".join(stack.engine.compose_command())}
    return command.run(ROOT / "deploy/compose/backup.sh", *arguments, env=environment, timeout=600)


def test_what_was_saved_comes_back(stack, tmp_path):
    people = university.University(stack.front, stack.secret("sso-admin"))
    department, staff = people.department(people.app_admin("services"))
    service = people.service(staff, department)
    session = people.services_session(people.student("student6"))
    application = people.apply(session, service, [("справка.pdf", "application/pdf", PDF)])
    attachment = application["attachments"][0]["id"]
    stack.engine.docker("wait", stack.container("demo-data", ended=True))
    stack.compose("stop", "--timeout", "20", "traffic-svc")  # whose sync would go on writing
    before = digests(stack)
    keys = people.ask("GET", "services", "/.well-known/jwks.json").json
    backup(stack, "save", tmp_path / "saved")
    assert "installation already" in str(refused(stack, tmp_path / "saved"))

    stack.compose("down", "--volumes", "--timeout", "20")
    volumes = stack.engine.docker("volume", "ls", "--quiet", "--filter", f"name={stack.project}_")
    assert not volumes

    backup(stack, "restore", tmp_path / "saved")
    stack.compose("stop", "--timeout", "20", "traffic-svc")
    after = digests(stack)
    changed = {name for name in before if before[name] != after.get(name)}
    assert before.keys() == after.keys()
    assert not changed, {name: (before[name], after[name]) for name in changed}
    assert people.ask("GET", "services", "/.well-known/jwks.json").json == keys
    path = f"/api/applications/attachments/{attachment}/download"
    assert people.ask("GET", "services", path, headers=session).body == PDF
    people.login("admin", stack.secret("sso-admin"))


def refused(stack, saved):
    try:
        backup(stack, "restore", saved)
    except command.Failed as fault:
        return fault
    return None
