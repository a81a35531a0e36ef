# SPDX-License-Identifier: MIT
"""Who can reach what: networks, databases, secrets, file systems."""

import json

import pytest

from stack import DAEMONS, SERVICES, short

STATEFUL = ("sso", "services", "traffic")
MAY_GO_OUT = {"schedule-svc", "main-svc", "nginx"}


def has_way_out(stack, service):
    return any(not network["Internal"] for network in stack.networks(service).values())


@pytest.mark.parametrize("service", SERVICES)
def test_only_those_who_must_have_a_way_out(running_stack, service):
    assert has_way_out(running_stack, service) == (service in MAY_GO_OUT)


def test_a_daemon_without_a_way_out_gets_nowhere(running_stack):
    """Not even to this machine, which the front's other network leads to."""
    ports = running_stack.front.rpartition(":")[2]
    gateway = running_stack.networks("nginx")[f"{running_stack.project}_edge"]["IPAM"]["Config"][0]["Gateway"]
    script = f"exec 3<>/dev/tcp/{gateway}/{ports}"
    for service, reached in (("sso-svc", False), ("schedule-svc", True)):
        answer = running_stack.execute(service, "timeout", "3", "bash", "-c", script, check=False)
        assert (answer.returncode == 0) == reached, (service, answer.stderr)


@pytest.mark.parametrize("service", SERVICES)
def test_only_the_front_publishes_ports(running_stack, service):
    ports = json.loads(running_stack.engine.inspect(running_stack.container(service), "{{json .NetworkSettings.Ports}}"))
    published = {address["HostIp"] for addresses in ports.values() for address in addresses or []}
    assert bool(published) == (service == "nginx")
    if service == "nginx":
        assert {address["HostIp"] for address in ports["8081/tcp"]} == {"127.0.0.1"}


@pytest.mark.parametrize("service", SERVICES)
def test_nobody_has_root_or_a_place_to_write(running_stack, service):
    engine, container = running_stack.engine, running_stack.container(service)
    assert engine.inspect(container, "{{.HostConfig.ReadonlyRootfs}}") == "true"
    assert engine.inspect(container, "{{.HostConfig.CapDrop}}") == "[ALL]"
    assert "no-new-privileges" in engine.inspect(container, "{{.HostConfig.SecurityOpt}}")
    assert running_stack.execute(service, "cat", "/proc/1/status").partition("\nUid:\t")[2].split()[0] != "0"
    assert running_stack.execute(service, "touch", "/usr/local/bin/planted", check=False).returncode != 0


@pytest.mark.parametrize("role", STATEFUL)
@pytest.mark.parametrize("database", (*STATEFUL, "postgres"))
def test_a_role_can_connect_to_its_own_database_alone(running_stack, role, database):
    url = f"postgresql://{role}:{running_stack.secret(f'{role}-database')}@127.0.0.1/{database}"
    answer = running_stack.execute("postgres", "psql", "-X", "-A", "-t", "-c", "SELECT 1", url, check=False)
    assert (answer.returncode == 0) == (role == database), answer.stderr
    if role != database:
        assert "permission denied for database" in answer.stderr


@pytest.mark.parametrize("daemon", DAEMONS)
def test_a_daemon_has_its_own_secrets_alone(running_stack, daemon):
    if daemon == "schedule-svc":
        assert running_stack.execute(daemon, "ls", "/run/secrets", check=False).returncode != 0
        return
    names = running_stack.execute(daemon, "ls", "/run/secrets").split()
    for other in STATEFUL:
        assert (f"{other}-database-url" in names) == (other == short(daemon))
    assert "postgres" not in names


@pytest.mark.parametrize("daemon", DAEMONS)
def test_no_secret_is_in_the_environment(running_stack, daemon):
    container = running_stack.container(daemon)
    description = running_stack.engine.docker("inspect", container)
    for name in ("sso-admin", "traffic-sso", "services-sso", "main-sessions", "sso-database"):
        assert running_stack.secret(name) not in description
