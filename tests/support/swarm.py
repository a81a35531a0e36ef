# SPDX-License-Identifier: MIT
"""The platform on a Swarm of one node, as deploy/swarm/stack.yml describes it."""

import os
import random

import command
import poly_http
from command import Failed
from poly_process import LOOPBACK, ROOT, free_port, wait_until
from stack import DAEMONS, short

STACK = f"polyswarm{os.getpid()}"
LABELS = ("poly-postgres-1", "poly-postgres-2", "poly-data")
SWARM = ROOT / "deploy/swarm"


class Swarm:
    def __init__(self, engine, directory):
        self.engine = engine
        self.front = f"http://{LOOPBACK}:{free_port()}"
        self.operators = f"http://{LOOPBACK}:{free_port()}"
        self.tag = f"swarmtest{os.getpid()}"
        self._secrets = directory / "secrets"
        self._environment = {
            **engine.environment,
            "POLY_TAG": self.tag,
            "POLY_PORT": self.front.rpartition(":")[2],
            "POLY_OPERATOR_PORT": self.operators.rpartition(":")[2],
            "POLY_FRONT_NETWORK": f"10.214.{random.randrange(81, 250)}",
        }
        self._made_swarm = False

    # --- life ---

    def build(self):
        for program in (*DAEMONS, "campus-sim"):
            file = ROOT / ("demo/campus-sim" if program == "campus-sim" else program) / "Dockerfile"
            self.engine.docker("build", "-q", "-t", f"poly/{program}:{self.tag}", "-f", file, ROOT, timeout=1800)
        return self

    def deploy(self):
        if self.engine.docker("info", "--format", "{{.Swarm.LocalNodeState}}") != "active":
            self.engine.docker("swarm", "init", "--advertise-addr", LOOPBACK)
            self._made_swarm = True
        node = self.engine.docker("node", "ls", "--format", "{{.ID}}").split()[0]
        self.engine.docker("node", "update", *(f"--label-add={label}=yes" for label in LABELS), node)
        command.run(SWARM / "secrets.sh", self._secrets, env=self._environment)
        files = ("-c", SWARM / "stack.yml", "-c", SWARM / "demo.yml")
        command.run("docker", "stack", "deploy", *files, "--resolve-image=never", STACK, env=self._environment)
        return self.wait_ready(180)

    def end(self):
        self.engine.docker("stack", "rm", STACK, check=False)
        wait_until(lambda: not self.containers("", all_of_them=True), 90, "the stack's containers to be gone")
        if self._made_swarm:
            self.engine.docker("swarm", "leave", "--force", check=False)
        wait_until(self._removes_volumes, 30, "the stack's volumes to be gone")
        for program in (*DAEMONS, "campus-sim"):
            self.engine.docker("image", "rm", f"poly/{program}:{self.tag}", check=False)

    def _removes_volumes(self):
        """A container that has just gone holds them for a moment."""
        names = []
        for prefix in (f"{STACK}_", "poly-snapshot-"):
            names += self.engine.docker("volume", "ls", "--quiet", "--filter", f"name=^{prefix}").split()
        return not names or self.engine.docker("volume", "rm", *names, check=False).returncode == 0

    # --- what runs ---

    def containers(self, service, all_of_them=False):
        scope = f"label=com.docker.swarm.service.name={STACK}_{service}" if service else f"label=com.docker.stack.namespace={STACK}"
        options = ["--all"] if all_of_them else []
        return self.engine.docker("ps", "--quiet", *options, "--filter", scope).split()

    def running(self, service):
        """"2/2" and the like."""
        lines = self.engine.docker("service", "ls", "--format", "{{.Name}} {{.Replicas}}").splitlines()
        return dict(line.split()[:2] for line in lines).get(f"{STACK}_{service}")

    def execute(self, service, *command, **options):
        [container, *_] = self.containers(service) or ["none"]
        return self.engine.docker("exec", "-i", container, *command, **options)

    def update(self, service, *arguments):
        """A rolling update to its end."""
        arguments = arguments or ("--force",)
        self.engine.docker("service", "update", "--detach=false", "--quiet", *arguments, f"{STACK}_{service}", timeout=300)

    def scale(self, service, count):
        self.engine.docker("service", "scale", "--detach", f"{STACK}_{service}={count}")

    def tell(self):
        """For a failure: what the tasks say."""
        return self.engine.docker("stack", "ps", "--no-trunc", "--format", "{{.Name}} {{.CurrentState}} {{.Error}}", STACK, check=False).stdout

    # --- HTTP ---

    def secret(self, name):
        return (self._secrets / name).read_text(encoding="utf-8").strip()

    def url(self, daemon):
        return f"{self.operators}/{short(daemon)}"

    def is_ready(self, daemon):
        try:
            return poly_http.get(self.url(daemon) + "/readyz", timeout=5).status == 200
        except (OSError, poly_http.Broken):
            return False

    def wait_ready(self, seconds=90):
        try:
            for daemon in DAEMONS:
                wait_until(lambda name=daemon: self.running(name) == "2/2", seconds, f"two replicas of {daemon}")
                wait_until(lambda name=daemon: self.is_ready(name), seconds, f"{daemon} to be ready behind the front")
        except AssertionError as fault:
            raise Failed(f"{fault}\n{self.tell()}") from fault
        return self
