# SPDX-License-Identifier: MIT
"""A services-svc with applications in its database, and the callers who ask for them."""

import applications
import people
import poly_process
import portal
import services
import sso

CONNECTIONS = 64
DATABASE_CONNECTIONS = 4
DEPARTMENTS = 20
STUDENT_SHARE = 20  # applications of the student who asks, whatever the size; of the executor: one in a thousand

FILL = """
SET session_replication_role = replica;
SET synchronous_commit = off;
INSERT INTO departments (id, name, sort_text) SELECT gen_random_uuid(), 'Отдел ' || n, 'отдел ' || n FROM generate_series(2, {departments}) n;
INSERT INTO services (id, department_id, name, sort_text)
 SELECT gen_random_uuid(), d.id, 'Справка об обучении', 'справка об обучении' FROM departments d
 WHERE NOT EXISTS (SELECT FROM services s WHERE s.department_id = d.id);
INSERT INTO applications (id, service_id, department_id, student_id, student_name, student_email, status, executor_id, search_text, created_at)
 SELECT gen_random_uuid(), s.id, s.department_id,
  CASE WHEN n <= {students_own} THEN '{student}' ELSE 'p' || n % ({count} / {share}) END,
  surnames.name || ' Иван Петрович', 'p' || n || '@edu.example',
  (ARRAY['pending', 'in_progress', 'completed', 'completed'])[1 + n % 4],
  CASE WHEN n % {departments} = 0 AND n % 3 = 0 THEN '{executor}'::uuid END,
  lower(surnames.name) || ' иван петрович p' || n || '@edu.example p' || n % ({count} / {share}) || ' справка об обучении',
  now() - interval '30 seconds' * ({count} - n)
 FROM generate_series(1, {count}) n
 JOIN (SELECT s.*, row_number() OVER (ORDER BY s.department_id = '{department}'::uuid DESC, s.id) - 1 AS place FROM services s) s
  ON s.place = n % {departments}
 JOIN LATERAL (SELECT (ARRAY['Иванов', 'Лебедев', 'Сазонов', 'Попов', 'Орлов'])[1 + n % 5] || (n % 997)::text AS name) surnames ON true;
INSERT INTO application_counts (reader, reader_id, status, total)
 SELECT 'department', department_id::text, status, count(*) FROM applications GROUP BY 2, 3
 UNION ALL SELECT 'student', student_id, status, count(*) FROM applications GROUP BY 2, 3
 UNION ALL SELECT 'executor', executor_id::text, status, count(*) FROM applications WHERE executor_id IS NOT NULL GROUP BY 2, 3;
INSERT INTO application_words (department_id, word, created_at, application_id)
 SELECT DISTINCT a.department_id, w.word, a.created_at, a.id FROM applications a, unnest(words_of(a.search_text)) w (word);
"""
FILL_SECONDS = 900  # on a busy machine
TABLES = ("applications", "application_counts", "application_words", "services", "executors", "departments")


class Place:
    """services-svc on the bench's CPUs, with the daemons that sign its callers' tokens, and so many applications."""

    def __init__(self, bench, base, count=0, daemon_cpus=None, **environment):
        self.bench = bench
        databases = [base.new_database() for _ in range(2)]
        self.database = databases[1]
        self.directory = bench.directory / self.database.name
        self.directory.mkdir()
        sso_svc = self._quiet(sso.Sso, databases[0], self.directory / "sso-keys").migrate()
        bench.start(sso_svc)
        main_svc = self._quiet(portal.Portal, services.NO_CAMPUS, self.directory / "main-keys")
        bench.start(main_svc)
        settings = {"WORKERS": 1, "DATABASE_CONNECTIONS": DATABASE_CONNECTIONS, **environment}
        self.daemon = services.Services(
            self.database, self.directory, sso_svc.url, main_svc.url, settings,
            wrapper=bench.on_cpus(daemon_cpus or [bench.server_cpu]), log_to=bench.directory / "services-svc.log",
        ).migrate()
        self.server = bench.start(self.daemon)
        self.scene = applications.Scene(services.Office(self.daemon, sso_svc, main_svc), required_fields=[])
        self.executor = self.scene.office.executor(self.scene.staff)
        if count:
            self.fill(count)

    def _quiet(self, kind, *arguments):
        return kind(*arguments, wrapper=self.bench.on_cpus([self.bench.client_cpu]), log_to=self.bench.directory / "others.log")

    def fill(self, count):
        indexes = people.indexes_of(self.database, "application_words")  # made behind the rows: a fraction of the time
        self.database.run("; ".join(drop for drop, _ in indexes))
        self.database.run(FILL.format(
            departments=DEPARTMENTS, count=count, share=STUDENT_SHARE, students_own=STUDENT_SHARE, student=self.scene.student["id"],
            executor=self.executor["id"], department=self.scene.staff["department"]["id"]), seconds=FILL_SECONDS)
        self.database.run("; ".join(make for _, make in indexes), seconds=FILL_SECONDS)
        for table in TABLES:
            self.database.run(f"VACUUM ANALYZE {table}", seconds=FILL_SECONDS)

    # --- who asks: options of a load ---

    def as_staff(self):
        return ["-H", f"Authorization: Bearer {self.scene.staff['token']}"]

    def as_executor(self):
        return ["-H", f"Authorization: Bearer {self.executor['token']}"]

    def as_student(self):
        return ["-H", f"X-Student-Token: {self.scene.student['token']}"]

    def resident_bytes(self):
        return poly_process.process_resident_bytes(self.daemon.process.pid)
