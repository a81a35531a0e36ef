# SPDX-License-Identifier: MIT
"""What the bench measures: the daemons, nginx with a proxy cache, and the bare loop, each on one CPU."""

import os
import pathlib
import shutil
import subprocess

import campus
import picture
import poly_http
import poly_process

NGINX_CONFIGURATION = """\
daemon off;
{user}
worker_processes 1;
pid {directory}/nginx.pid;
error_log {directory}/error.log warn;
events {{ worker_connections 8192; }}
http {{
    access_log off;
    sendfile on;
    keepalive_requests 1000000000;
    client_body_temp_path {directory}/body;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    proxy_temp_path {directory}/proxy;
    proxy_cache_path {directory}/cache keys_zone=answers:10m max_size=200m inactive=1d;
    {extra}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{
            proxy_pass http://127.0.0.1:{upstream};
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Accept-Encoding $http_accept_encoding;
            proxy_cache answers;
            proxy_cache_key "$request_uri $http_accept_encoding";
            proxy_cache_valid 200 1d;
            proxy_ignore_headers Cache-Control Expires Vary;
        }}
    }}
}}
"""


def nginx_program():
    """nginx lives in sbin, which is not in everybody's path."""
    return shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


def first_line(*command):
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return (answer.stdout + answer.stderr).strip().splitlines()[0]


class Server:
    """A running server: where it is, and what CPU time it has taken."""

    def __init__(self, name, port, pid, stop):
        self.name = name
        self.port = port
        self.pid = pid
        self.stop = stop

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def cpu_seconds(self):
        return poly_process.process_tree_cpu(self.pid)


class Bench:
    """The directory, the CPUs and the processes of one run; a context manager that ends them."""

    def __init__(self, directory, rounds, seconds):
        self.directory = pathlib.Path(directory)
        self.rounds = rounds
        self.seconds = seconds
        cpus = sorted(os.sched_getaffinity(0))
        self.server_cpu = cpus[0]
        self.client_cpu = cpus[1] if len(cpus) > 1 else cpus[0]
        self.cpus = cpus
        self.pictures = None  # a directory beside the report
        self.case = None  # its name
        self.rows = None  # how many a case of growth has at most
        self._drawn = 0
        self._running = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for server in reversed(self._running):
            server.stop()
        self._running = []

    def on_cpus(self, cpus):
        """A command to run another under, on these CPUs only."""
        return ["taskset", "-c", ",".join(str(cpu) for cpu in cpus)]

    def draw(self, curve):
        """Draws a picture.Curve; answers the line that shows it in the report."""
        if self.pictures is None:
            return "No pictures here."
        self._drawn += 1
        name = f"{self.case}-{self._drawn}.svg"
        if not picture.draw(curve, self.pictures / name):
            return f"No picture of “{curve.title}”: gnuplot is not installed."
        return f"![{curve.title} by {curve.x}](pictures/{name})"

    def running(self):
        """How many servers there are by now."""
        return len(self._running)

    def forget(self, server):
        """Stops a server before the end of the run."""
        self._running.remove(server)
        server.stop()

    def daemon(self, name, environment, cpus=None, wait=True):
        """A daemon with its log in a file; answers (Server, Daemon)."""
        log = self.directory / f"{name}.log"
        wrapper = self.on_cpus(cpus or [self.server_cpu])
        return self._started(poly_process.Daemon(name, environment, wrapper=wrapper, log_to=log), wait)

    def campus(self, environment=None):
        """campus-sim, on the client's CPU."""
        log = self.directory / "campus-sim.log"
        wrapper = self.on_cpus([self.client_cpu])
        return self._started(campus.Campus(environment, wrapper=wrapper, log_to=log))[1]

    def start(self, daemon):
        """A daemon that the caller has made, with its log in a file; answers its Server."""
        return self._started(daemon)[0]

    def _started(self, daemon, wait=True):
        daemon.start(wait)
        server = Server(daemon.name, daemon.port, daemon.process.pid, daemon.stop)
        self._running.append(server)
        return server, daemon

    def empty_logs(self):
        """The log is appended to, so that it can be cut between the rounds."""
        for log in self.directory.glob("*.log"):
            os.truncate(log, 0)

    def child(self, name, command, port, cpus):
        """`port` None: the program prints it."""
        process = subprocess.Popen(
            [*self.on_cpus(cpus), *(str(word) for word in command)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        if port is None:
            port = int(process.stdout.readline())

        def stop():
            process.terminate()
            process.wait(10)
            process.stdout.close()

        server = Server(name, port, process.pid, stop)
        self._running.append(server)
        poly_process.wait_until(lambda: _answers(server), 10, f"{name} to answer")
        return server

    def bare_loop(self, body):
        file = self.directory / "body"
        file.write_bytes(body)
        return self.child("bare loop", [poly_process.program("bare_loop"), file], None, [self.server_cpu])

    def nginx(self, upstream, name="nginx", extra=""):
        port = poly_process.free_port()
        directory = self.directory / f"nginx-{port}"
        directory.mkdir()
        configuration = directory / "nginx.conf"
        configuration.write_text(
            NGINX_CONFIGURATION.format(
                directory=directory,
                user="user root;" if os.geteuid() == 0 else "",
                port=port,
                upstream=upstream.port,
                extra=extra,
            ),
            encoding="utf-8",
        )
        command = [nginx_program(), "-p", directory, "-e", directory / "error.log", "-c", configuration]
        return self.child(name, command, port, [self.server_cpu])

    def load(self, url, *options):
        """Runs the load generator on the client's CPU; answers its figures, which must be free of errors."""
        command = [*self.on_cpus([self.client_cpu]), str(poly_process.program("load")), *map(str, options), url]
        return poly_process.read_load(command)


def _answers(server):
    try:
        return poly_http.get(server.url + "/healthz", timeout=2).status > 0
    except (OSError, poly_http.Broken):
        return False
