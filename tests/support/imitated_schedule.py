# SPDX-License-Identifier: MIT
"""A schedule-svc that has nothing but a list of teachers, which a test may make as it likes."""

import http.server
import json
import threading

FAMILIES = ["Иванов", "Петров", "Соколов", "Кузнецов", "Попов", "Лебедев", "Козлов", "Новиков", "Морозов", "Волков"]
GIVEN = ["Александр", "Борис", "Виктор", "Григорий", "Дмитрий", "Евгений", "Захар", "Игорь", "Кирилл", "Леонид"]
PATRONYMICS = ["Андреевич", "Борисович", "Васильевич", "Глебович", "Денисович", "Егорович", "Ильич", "Львович", "Олегович"]


def entry(ruz_id, full_name):
    """An entry of the list as schedule-svc writes it."""
    parts = [*full_name.split(), "", "", ""]
    return {
        "id": ruz_id,
        "oid": ruz_id + 10000,
        "full_name": full_name,
        "first_name": parts[0],
        "middle_name": parts[1],
        "last_name": parts[2],
        "grade": "",
        "chair": "",
    }


def people(count, first=1):
    """{id: name} of so many teachers; a name follows from the id, and some have the same one."""
    return {first + i: name_of(first + i - 1) for i in range(count)}


def name_of(number):
    return f"{FAMILIES[number % 10]} {GIVEN[number // 10 % 10]} {PATRONYMICS[number // 100 % 9]}"



class Schedule:
    """`lists` {id: name}, or `lists_entries`, or `says` anything. `held` is an Event that answers wait for, if set up;
    `waiting` is how many do."""

    def __init__(self):
        self.asked = 0
        self.waiting = 0
        self.held = None
        self.lists({})
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_port}"

    def lists(self, teachers):
        self.lists_entries([entry(ruz_id, name) for ruz_id, name in teachers.items()])

    def lists_entries(self, entries):
        self.says(json.dumps({"teachers": entries}))

    def says(self, text, status=200, content_type="application/json"):
        self._answer = (status, content_type, text.encode())

    def hold(self):
        """Answers wait from now on, until `held` is set."""
        self.held = threading.Event()
        return self.held

    def close(self):
        if self.held:
            self.held.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self):
        schedule = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                schedule.asked += 1
                status, content_type, body = schedule._answer
                if schedule.held:
                    schedule.waiting += 1
                    schedule.held.wait(60)
                    schedule.waiting -= 1
                try:
                    self._answer(status, content_type, body)
                except OSError:  # whoever asked is gone
                    self.close_connection = True

            def _answer(self, status, content_type, body):
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        return Handler

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
