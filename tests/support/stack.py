# SPDX-License-Identifier: MIT
"""The platform as docker-compose.yml describes it, in a project of the test's own, on free ports."""

import json
import os

import command
import container_images
import engine_network
import poly_http
from poly_process import LOOPBACK, ROOT, free_port, wait_until

DAEMONS = sorted(path.parent.name for path in ROOT.glob("*-svc/main.c"))
SERVICES = (*DAEMONS, "postgres", "nginx", "campus-sim")
PATIENCE = 300  # seconds for what comes by itself; it takes some of them on a machine with little else to do


def short(daemon):
    """What its paths at the front begin with."""
    return daemon.removesuffix("-svc")


class Stack:
    def __init__(self, engine, directory):
        self.engine = engine
        self.project = f"polytest{os.getpid()}"
        self.tag = self.project
        self.front = f"http://{LOOPBACK}:{free_port()}"
        self.operators = f"http://{LOOPBACK}:{free_port()}"
        self._settings = directory / "settings"
        self._settings.write_text("")
        self._environment = {
            **engine.environment,
            "POLY_TAG": self.tag,
            "POLY_PORT": self.front.rpartition(":")[2],
            "POLY_OPERATOR_PORT": self.operators.rpartition(":")[2],
            "POLY_FRONT_NETWORK": engine_network.free_front(),
            "COMPOSE_PROFILES": "demo",
        }
        self._secrets = None

    # --- Compose ---

    def compose(self, *arguments, timeout=900, **options):
        words = [*self.engine.compose_command(), "--project-name", self.project, "--env-file", self._settings]
        return command.run(*words, *arguments, cwd=ROOT, env=self._environment, timeout=timeout, **options)

    def compose_environment(self):
        """For a script that calls Compose itself."""
        return {**self._environment, "COMPOSE_PROJECT_NAME": self.project}

    def up(self, *arguments):
        self.compose("up", "--detach", *arguments, timeout=3600)
        return self.wait_ready()

    def mend(self):
        """What a test has stopped runs again. What runs once, such as demo-data, does not."""
        stopped = [service for service in SERVICES if service not in self.running()]
        if stopped:
            self.compose("up", "--detach", "--no-deps", *stopped)
        return self.wait_ready()

    def running(self):
        """The services with a container that runs."""
        project = f"label=com.docker.compose.project={self.project}"
        return self.engine.docker("ps", "--filter", project, "--format", '{{.Label "com.docker.compose.service"}}').split()

    def build_again(self, daemon):
        """The name of an image that has no layer of an earlier build; what else runs has the processors first."""
        image = f"poly/{daemon}:{self.tag}-again"
        file = ROOT / daemon / "Dockerfile"
        self.engine.docker("build", "-q", "--no-cache", "--cpu-shares=64", "-t", image, "-f", file, ROOT, timeout=3600)
        return image

    def down(self):
        self.compose("down", "--volumes", "--timeout", "5", check=False)
        for daemon in DAEMONS:
            self.engine.docker("image", "rm", f"poly/{daemon}:{self.tag}-again", check=False)
        for program in (*DAEMONS, "campus-sim", "demo-data"):
            self.engine.docker("image", "rm", f"poly/{program}:{self.tag}", check=False)

    def container(self, service, ended=False):
        label = "label=com.docker.compose."
        states = ["--all"] if ended else []
        names = self.engine.docker(
            "ps", "--quiet", *states, "--filter", f"{label}project={self.project}", "--filter", f"{label}service={service}"
        ).split()
        assert len(names) == 1, (service, names)
        return names[0]

    def execute(self, service, *command, **options):
        return self.engine.docker("exec", "-i", self.container(service), *command, **options)

    def health(self, service):
        return self.engine.inspect(self.container(service), "{{.State.Health.Status}}")

    def networks(self, service):
        """{name: its description} of those that the service's container is in."""
        names = json.loads(self.engine.inspect(self.container(service), "{{json .NetworkSettings.Networks}}"))
        return {name: json.loads(self.engine.docker("network", "inspect", name))[0] for name in names}

    def secret(self, name):
        if self._secrets is None:
            script = 'cd /vault && for name in *; do echo "$name=$(cat "$name")"; done'
            vault = f"{self.project}_vault:/vault:ro"
            lines = self.engine.docker(
                "run", "--rm", "--network=none", "-v", vault, container_images.BASE, "bash", "-c", script
            ).splitlines()
            self._secrets = dict(line.split("=", 1) for line in lines)
        return self._secrets[name]

    def forget_secrets(self):
        """They have changed."""
        self._secrets = None

    # --- HTTP ---

    def url(self, daemon):
        """For those who may see everything."""
        return f"{self.operators}/{short(daemon)}"

    def request(self, method, daemon, path, **options):
        """Through the front, as everybody."""
        return poly_http.request(method, f"{self.front}/{short(daemon)}{path}", **options)

    def is_ready(self, daemon):
        try:
            return poly_http.get(self.url(daemon) + "/readyz", timeout=5).status == 200
        except (OSError, poly_http.Broken):
            return False

    def wait_ready(self, seconds=PATIENCE):
        for daemon in DAEMONS:
            wait_until(lambda name=daemon: self.is_ready(name), seconds, f"{daemon} to be ready behind the front")
        return self
