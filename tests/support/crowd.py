# SPDX-License-Identifier: MIT
"""Many clients that ask at the same moment."""

import concurrent.futures
import threading

import poly_http


def together(count, act):
    """Calls act(number) in `count` threads that set out together; what they answered, in order."""
    gate = threading.Barrier(count)

    def run(number):
        gate.wait()
        return act(number)

    with concurrent.futures.ThreadPoolExecutor(count) as threads:
        return list(threads.map(run, range(count)))


def ask_together(url, requests):
    """One client each for requests (method, path, options), connected before any of them asks; the responses."""
    clients = [poly_http.Client(url).connect() for _ in requests]
    try:
        return together(len(requests), lambda number: _ask(clients[number], requests[number]))
    finally:
        for client in clients:
            client.close()


def _ask(client, request):
    method, path, options = request
    return client.request(method, path, **options)


FAULTS_KEPT = 1000  # one that comes at once, for minutes, would fill the memory


class Load:
    """Threads that call `act` over and over, from `with` to its end; `answers` is what it answered, `faults` what it raised."""

    def __init__(self, act, threads=4):
        self.answers = []
        self.faults = []
        self._act = act
        self._ends = threading.Event()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(threads)]

    def _run(self):
        while not self._ends.is_set():
            try:
                self.answers.append(self._act())
            except Exception as fault:  # whatever it is, the test wants to know
                if len(self.faults) < FAULTS_KEPT:
                    self.faults.append(fault)

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._ends.set()
        for thread in self._threads:
            thread.join()
