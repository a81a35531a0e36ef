# SPDX-License-Identifier: MIT
"""services-svc: lists against pgbench with the same statement, uploads against nginx, and a million applications against
ten thousand. See cases.py."""

import hashlib
import os
import shutil
import threading
import time

import applications
import database
import figures
import growth_cases
import picture
import poly_process
import services_place

FEW, MANY = 10_000, 1_000_000
SIZES = (FEW, 100_000, MANY)
LISTED = 20_000  # applications where lists are held against pgbench
LIST = "/api/applications/?page=1&page_size=50"

# As services-svc asks: list_department of services-svc/store_application_lists.c.
LIST_SCRIPT = """WITH page AS MATERIALIZED (SELECT x.id, x.created_at FROM applications x
 WHERE x.department_id = :department::text::uuid AND :nothing::text IS NULL
 ORDER BY x.created_at DESC, x.id DESC LIMIT 50 OFFSET 0)
 SELECT a.id, a.service_id, s.name, a.department_id, a.student_id, a.student_name, a.student_email, a.status,
 a.executor_id, e.name, a.created_at, a.updated_at, a.due_at,
 (SELECT coalesce(sum(c.total), 0)::bigint FROM application_counts c WHERE c.reader = 'department'
 AND c.reader_id = :department::text AND (:nothing::text IS NULL OR c.status = :nothing::text))
 FROM (SELECT) one LEFT JOIN page ON true
 LEFT JOIN LATERAL (SELECT * FROM applications y WHERE y.id = page.id OFFSET 0) a ON true
 LEFT JOIN services s ON s.id = a.service_id LEFT JOIN executors e ON e.id = a.executor_id
 ORDER BY page.created_at DESC, page.id DESC;
"""


def lists(bench):
    """The daemon also looks up the staff's department for each request, so pgbench has two statements to one of ours."""
    look_up = "SELECT id FROM departments WHERE id = :department::text::uuid AND deleted_at IS NULL;\n"
    ours, theirs = [], []
    with database.Server([bench.server_cpu]) as base:
        place = services_place.Place(bench, base, LISTED, daemon_cpus=[bench.client_cpu])
        department = place.scene.staff["department"]["id"]
        script = (look_up + LIST_SCRIPT).replace(":nothing::text", "NULL::text")
        options = ["-c", services_place.CONNECTIONS, "-p", LIST, *place.as_staff()]
        bench.load(place.server.url, *options, "-d", figures.WARM_SECONDS)
        for _ in range(bench.rounds):
            ours.append(figures.measure_round(bench, place.server, [*options, "-d", bench.seconds], 200))
            bench.empty_logs()
            theirs.append(base.pgbench(place.database, script, services_place.DATABASE_CONNECTIONS, max(1, round(bench.seconds)),
                                       bench.on_cpus([bench.client_cpu]), [("department", department)]))
    load, rate = figures.Load.of(place.server.name, ours), figures.Spread.of(theirs)
    section = [
        f"## B6: a department's list, 50 of {LISTED // services_place.DEPARTMENTS:,} applications",
        "",
        "PostgreSQL has a CPU; services-svc and its client, or pgbench, have the other. The same statements, prepared: whether "
        "the department is there, and the page with its total.",
        "",
        *figures.load_table({load.name: load}),
        "",
        f"pgbench: {rate.text(0)} a second.",
    ]
    return section, [figures.ratio_goal("B6", "lists against pgbench", load.rate, rate, 0.9, at_least=True)]


# --- uploads ---

MEBIBYTE = 1 << 20
UPLOAD_BYTES = 10_000_000
UPLOAD_CONNECTIONS = 4
UPLOADS = 12  # of one round
PORTION = 128 << 10  # as services-svc writes

NGINX_UPLOADS = """
    client_max_body_size 64m;
    client_body_buffer_size 128k;
    server {{
        listen 127.0.0.1:{port};
        location = /api/applications/ {{
            client_body_in_file_only clean;
            proxy_pass http://127.0.0.1:{upstream}/healthz;
            proxy_pass_request_body off;
            proxy_set_header Content-Length "";
            proxy_method GET;
        }}
    }}
"""


class Watch(threading.Thread):
    """The most memory that the daemon has had since."""

    def __init__(self, place):
        super().__init__(daemon=True)
        self.place = place
        self.before = self.most = place.resident_bytes()
        self.over = threading.Event()
        self.start()

    def run(self):
        while not self.over.wait(0.01):
            self.most = max(self.most, self.place.resident_bytes())

    def end(self):
        """Bytes more than at the beginning."""
        self.over.set()
        self.join()
        return self.most - self.before


def upload_options(bench, place):
    form = applications.application_form(place.scene.service).file("a.pdf", applications.pdf_of(UPLOAD_BYTES))
    file = bench.directory / "upload"
    file.write_bytes(form.body)
    return ["-c", UPLOAD_CONNECTIONS, "-m", "POST", "-p", "/api/applications/", "-b", file, "-n", UPLOADS, "-t", 60,
            "-H", f"Content-Type: {form.headers['Content-Type']}", *place.as_student()]


def hashing_us():
    """CPU that SHA-256 of one such file takes, by OpenSSL."""
    content = bytes(UPLOAD_BYTES)
    begun = time.process_time()
    for _ in range(UPLOADS):
        hashlib.sha256(content)
    return (time.process_time() - begun) * 1e6 / UPLOADS


def disk_us(directory):
    """What the disk takes for one such file: to write it, and then to fsync it and its directory."""
    content, written, synced = bytes(UPLOAD_BYTES), 0, 0
    for _ in range(UPLOADS):
        begun = time.monotonic()
        with open(directory / "disk", "wb", buffering=0) as file:
            for at in range(0, UPLOAD_BYTES, PORTION):
                file.write(content[at:at + PORTION])
            wrote = time.monotonic()
            os.fsync(file.fileno())
        sync_directory(directory)
        written, synced = written + wrote - begun, synced + time.monotonic() - wrote
        (directory / "disk").unlink()
    return written * 1e6 / UPLOADS, synced * 1e6 / UPLOADS


def sync_directory(directory):
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(fd)
    os.close(fd)


def forget_uploads(place):
    for shelf in place.daemon.uploads.iterdir():
        for file in shelf.iterdir():
            file.unlink()


def uploads(bench):
    ours, theirs, growth, hashing, disk = [], [], [], [], []
    with database.Server([bench.client_cpu]) as base:
        place = services_place.Place(bench, base)
        options = upload_options(bench, place)
        port = poly_process.free_port()
        reference = bench.nginx(place.server, extra=NGINX_UPLOADS.format(port=port, upstream=place.server.port))
        reference.port = port
        bench.load(place.server.url, *options)
        bench.load(reference.url, *options)
        for _ in range(bench.rounds):
            watch = Watch(place)
            ours.append(figures.measure_round(bench, place.server, options, 201))
            growth.append(watch.end() / MEBIBYTE)
            forget_uploads(place)
            theirs.append(figures.measure_round(bench, reference, options, 200))
            hashing.append(hashing_us())
            disk.append(disk_us(place.directory))
            bench.empty_logs()
        free = shutil.disk_usage(place.directory).free
    mine, other = figures.Load.of(place.server.name, ours), figures.Load.of("nginx", theirs)
    memory, hashed = figures.Spread.of(growth), figures.Spread.of(hashing)
    written, synced = (figures.Spread.of(each) for each in zip(*disk))
    least = figures.Spread.of([body + each for body, each in zip(other.cpu_us.rounds, hashing)])
    section = [
        f"## Uploads of {UPLOAD_BYTES:,} bytes, {UPLOAD_CONNECTIONS} at a time",
        "",
        "services-svc takes the form apart, looks at the content, hashes it, fsyncs the file and its directory and commits a "
        "row; nginx writes the body to a file (`client_body_in_file_only`) and makes nothing of it. SHA-256 alone takes "
        f"{hashed.text(0)} µs of a CPU. One file at a time, the disk takes {written.text(0)} µs to write it and {synced.text(0)} µs "
        "to fsync it and its directory, which nginx leaves to later.",
        "",
        *figures.load_table({load.name: load for load in (mine, other)}),
        "",
        f"Memory of the process meanwhile: {memory.text(2)} MiB more. {free // MEBIBYTE:,} MiB were free.",
    ]
    return section, [
        figures.limit_goal("uploads", "memory of services-svc while it takes them", memory, 1, "MiB", 2),
        figures.ratio_goal("uploads", "uploads a second against nginx into a file", mine.rate, other.rate, 0.8, at_least=True),
        figures.ratio_goal("uploads", "CPU against nginx's and the hash's", mine.cpu_us, least, 2.0),
    ]


# --- growth ---


def quoted(words):
    return [f"{LIST}&search={growth_cases.quoted(word)}" for word in words]


def requests_of(place):
    """{what: (paths, the caller's options)}."""
    staff, student, executor = place.as_staff(), place.as_student(), place.as_executor()
    ids = [row[0] for row in place.database.run(
        f"SELECT id FROM applications WHERE department_id = '{place.scene.staff['department']['id']}' ORDER BY md5(id::text) LIMIT 100")]
    return {
        "department: first page": ([LIST], staff),
        "department: of a status": ([f"{LIST}&status=pending"], staff),
        "department: page 9": ([LIST.replace("page=1&", "page=9&")], staff),
        "student: first page": ([LIST], student),
        "executor: first page": ([LIST], executor),
        "executor: of a status": ([f"{LIST}&status=completed"], executor),
        "search: a surname": (quoted(["Иванов15", "Лебедев106", "Сазонов257"]), staff),
        "search: surname and name": (quoted(["Попов3 иван", "Орлов4 иван"]), staff),
        "search: three letters": (quoted(["ива", "леб", "обу"]), staff),
        "search: nobody": (quoted(["Щщщ", "Ыыы Ъъъ"]), staff),
        "one application": ([f"/api/applications/{each}" for each in ids], staff),
    }


def growth(bench, sizes=SIZES):
    begun = time.monotonic()
    with database.Server(set(bench.cpus)) as base:
        places = {count: services_place.Place(bench, base, count, daemon_cpus=bench.cpus) for count in sizes}
        filled = time.monotonic() - begun
        requests = {count: requests_of(place) for count, place in places.items()}

        def cost(what, count):
            return growth_cases.cpu_of_request(bench, base, places[count].server, what, *requests[count][what])

        samples = growth_cases.measure(bench, sizes, list(requests[sizes[0]]), cost)
    return tell_growth(bench, sizes, samples, filled)


def tell_growth(bench, sizes, samples, filled):
    rows, goals = growth_cases.table_of(samples, sizes, "applications")
    curve = growth_cases.curves_of(samples, sizes)
    section = [
        f"## B13: {sizes[0]:,} applications to {sizes[-1]:,}",
        "",
        f"CPU of services-svc and PostgreSQL together for one request, in µs. The databases were filled in {filled:.0f} s. A page "
        f"of a search that more applications match is a fuller one. {growth_cases.ASKED_AGAIN}",
        "",
        *rows,
        "",
        bench.draw(picture.Curve("Applications: CPU of a request", "applications", f"times that of {sizes[0]:,}", curve)),
    ]
    return section, goals


CASES = {
    "services-lists": figures.brief(lists),
    "services-uploads": figures.brief(uploads, rounds=3),
    "services-growth": figures.brief(growth, rounds=3),
}
