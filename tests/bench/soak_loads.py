# SPDX-License-Identifier: MIT
"""The loads of a soak. A Stream is many requests of one kind by the load generator, at a part of the rate that it reaches
when all of them run at once; a Story is what a person does, a few times a second, with what must come of it."""

import json
import re
import subprocess
import time

import poly_http
import poly_process
import sso
from soak_figures import Window

WINDOW_SECONDS = 5.0
JSON_HEADER = ("-H", "Content-Type: application/json")


def percentile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else 0.0


class Stream:
    """`options` are the load generator's, or a function that answers them anew before each window."""

    def __init__(self, name, url, options, connections=8):
        self.name = name
        self.url = url
        self.options = options
        self.connections = connections
        self.rate = None

    def _run(self, seconds, *more):
        options = self.options() if callable(self.options) else self.options
        command = [poly_process.program("load"), "-c", self.connections, "-d", seconds, "-t", 10, *more, *options, self.url]
        process = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                 timeout=seconds + 60, check=False)
        if process.returncode != 0:
            raise AssertionError(f"{self.name}: {process.stderr}")
        return json.loads(process.stdout)

    def find_peak(self, seconds):
        """As many a second as it can while the others do the same."""
        return self._run(seconds)["rate"]

    def window(self, now):
        begun = now()
        seen = self._run(WINDOW_SECONDS, "-r", f"{self.rate:.1f}")
        troubles = {f"HTTP {status}": count for status, count in seen["statuses"].items() if not status.startswith("2")}
        troubles.update({kind: count for kind, count in seen["errors"].items() if count and kind != "all"})
        latency = seen["latency_us"]
        return Window(self.name, begun, now(), seen["completed"], latency["p50"], latency["p99"], troubles, seen["unsent"])


class Refreshes(Stream):
    """Each connection spends the token that its last answer gave. Whoever met a fault logs in again: the token may be too
    old to be repeated by then."""

    def __init__(self, name, platform, logins, file, connections=8):
        self._platform = platform
        self._logins = logins
        self._file = file
        self._is_broken = True
        options = ["-m", "POST", "-p", "/api/auth/refresh", *JSON_HEADER, "-B", file, "-F", "refresh_token"]
        super().__init__(name, platform.sso.base, options, connections)

    def _log_in(self):
        lines = []
        for number in range(self.connections):
            answer = self._platform.sso.ask("POST", "/api/auth/login", json_body=self._logins[number % len(self._logins)])
            lines.append(json.dumps({"refresh_token": answer["refresh_token"]}))
        self._file.write_text("\n".join(lines) + "\n", encoding="ascii")

    def _run(self, seconds, *more):
        if self._is_broken:
            self._log_in()
        self._is_broken = True
        seen = super()._run(seconds, *more)
        self._is_broken = set(seen["statuses"]) != {"200"} or seen["errors"]["all"] > 0
        return seen


class Story:
    """`act` does it once and answers a status, or raises."""

    def __init__(self, name, act, rate):
        self.name = name
        self.rate = rate
        self._act = act

    def find_peak(self, _):
        return None

    def window(self, now):
        begun, taken, troubles = now(), [], {}
        turns = int(WINDOW_SECONDS * self.rate)
        for number in range(turns):
            time.sleep(max(0.0, begun + number / self.rate - now()))
            started = time.perf_counter()
            trouble = self._try()
            taken.append((time.perf_counter() - started) * 1e6)
            if trouble:
                troubles[trouble] = troubles.get(trouble, 0) + 1
            if now() - begun > 2 * WINDOW_SECONDS:
                break
        return Window(self.name, begun, now(), len(taken), percentile(taken, 0.5), percentile(taken, 0.99), troubles)

    def _try(self):
        try:
            status = self._act()
        except (OSError, poly_http.Broken) as fault:
            return type(fault).__name__
        except AssertionError as fault:
            status = re.search(r"<Response (\d+)", f"{fault}")
            return f"HTTP {status[1]}" if status else f"{fault}".split("\n")[0][:80]
        return None if 200 <= status < 300 else f"HTTP {status}"


def secret_header(name):
    return f"X-Service-Secret: {sso.SERVICE_SECRETS[name]}"
