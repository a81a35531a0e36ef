# SPDX-License-Identifier: MIT
"""A traffic-svc with years of lessons behind it, and those who ask about them.

A university of one size: the same kiosks, teachers and students, 32 lessons at a time and eight times a day. More marks
are more years of them, so that what is asked of one fortnight is the same among few and among many.
"""

import time

import figures
import traffic_place

KIOSKS, TEACHERS, STUDENTS = 250, 1_000, 9_990
AT_A_TIME, MARKS = traffic_place.SESSIONS, 30
SLOT_HOURS = 3
RECENT = 3_200  # sessions that there are in any case; `own` has every 16th of them, a rare subject every 160th
RARE = "Палеография"
LARGE_SHARE = 50  # one session in so many is the busy teacher's, whatever their number

# n counts sessions from the oldest, m from the newest; a lesson's marks come between those of the others at that time.
FILL = """
SET session_replication_role = replica;
SET synchronous_commit = off;
INSERT INTO tablets (id, secret_hash, building_id, building_name, room_id, room_name, search_text, registered_at)
 SELECT {kiosk_id}, sha256(convert_to({kiosk_secret}, 'UTF8')), 11, 'Главный корпус', n, 'Ауд. ' || n,
  'главный корпус ауд. ' || n, now() FROM generate_series(0, {kiosks} - 1) n;
INSERT INTO tablet_pins (pin, tablet_id, kind) SELECT (100000 + n)::text, {kiosk_id}, 'display' FROM generate_series(0, {kiosks} - 1) n;
INSERT INTO sessions (id, tablet_id, teacher_id, teacher_name, building_name, room_name, discipline, qr_secret,
  rotate_seconds, started_at, ends_at, ended_at, attendance_count)
 SELECT md5('s' || n)::uuid, {kiosk_of_session},
  CASE WHEN m % {large_share} = 3 THEN '{busy}'::uuid WHEN m < {recent} AND m % 16 = 5 THEN '{own}'::uuid
   ELSE md5('t' || n % {teachers})::uuid END,
  'Преподаватель ' || n % {teachers}, 'Главный корпус', 'Ауд. ' || n % {kiosks},
  CASE WHEN m < {recent} AND m % 160 = 7 THEN '{rare}' ELSE 'Предмет ' || n % 7 END,
  md5('q' || n) || md5('r' || n), 10, at, at + interval '90 minutes', at + interval '90 minutes', {marks}
 FROM generate_series(0, {sessions} - 1) n, LATERAL (SELECT {sessions} - 1 - n AS m,
  now() - interval '2 hours' - (({sessions} - 1 - n) / {at_a_time}) * interval '{slot_hours} hours' AS at) place;
INSERT INTO session_counts (teacher_id, total) SELECT teacher_id, count(*) FROM sessions GROUP BY 1;
ALTER TABLE attendance DROP CONSTRAINT attendance_pkey;
INSERT INTO attendance (session_id, student_external_id, id, student_name, status, source, marked_at)
 SELECT md5('s' || n)::uuid, 'p' || student, md5('a' || n * {marks} + k)::uuid, 'Студент ' || student || ' Иванович',
  (ARRAY['present', 'present', 'present', 'late', 'excused', 'absent'])[1 + (i % 11) % 6], 'qr', now()
 FROM generate_series(0, {sessions}::bigint * {marks} - 1) i,
  LATERAL (SELECT i / ({marks} * {at_a_time}) * {at_a_time} + i % {at_a_time} AS n, i / {at_a_time} % {marks} AS k) one,
  LATERAL (SELECT n % ({students} / {marks}) * {marks} + k AS student) who;
ALTER TABLE attendance ADD CONSTRAINT attendance_pkey PRIMARY KEY (session_id, student_external_id);
INSERT INTO attendance_history (session_id, attendance_id, student_external_id, student_name, changed_by, changed_by_name,
  from_status, to_status)
 SELECT a.session_id, a.id, a.student_external_id, a.student_name, 'x', 'Преподаватель', 'present', 'late'
 FROM generate_series(0, {sessions} - 1, 3) n JOIN attendance a
  ON a.session_id = md5('s' || n)::uuid AND a.id = md5('a' || n * {marks} + n % {marks})::uuid;
"""
FILL_TEACHERS = f"""INSERT INTO teachers (id, full_name, username, origin, sort_text)
 SELECT md5('t' || n)::uuid, 'Преподаватель ' || n, 'user' || n, 'manual', 'преподаватель ' || n || ' user' || n
 FROM generate_series(0, {TEACHERS} - 1) n"""
FILL_SECONDS = 900  # on a busy machine
TABLES = ("tablets", "tablet_pins", "teachers", "teacher_words", "sessions", "session_counts", "attendance_history", "attendance")


class Place(traffic_place.Place):
    """Has about `rows` marks: whole slots of lessons. Filled in `filled` s."""

    def __init__(self, bench, base, rows):
        super().__init__(bench, base, daemon_cpus=bench.cpus, with_sso=True)
        self.sessions = max(RECENT // AT_A_TIME + 1, round(rows / MARKS / AT_A_TIME)) * AT_A_TIME
        self.own, self.busy = self.teacher(), self.teacher("Вечный Пётр Ильич")
        begun = time.monotonic()
        self._fill()
        self.filled = time.monotonic() - begun

    def _fill(self):
        kiosk = traffic_place.KIOSK_ID
        self.database.run(FILL_TEACHERS)
        self.database.run(FILL.format(
            kiosk_id=kiosk.format(number="n"), kiosk_secret=traffic_place.KIOSK_SECRET.format(number="n"),
            kiosk_of_session=kiosk.format(number=f"n % {KIOSKS}"), kiosks=KIOSKS, teachers=TEACHERS, students=STUDENTS,
            marks=MARKS, at_a_time=AT_A_TIME, slot_hours=SLOT_HOURS, recent=RECENT, rare=RARE, sessions=self.sessions,
            large_share=LARGE_SHARE, own=self.own["id"], busy=self.busy["id"]), seconds=FILL_SECONDS)
        self.database.run(traffic_place.FILL_SESSIONS.format(last=AT_A_TIME - 1))
        for table in TABLES:
            self.database.run(f"VACUUM ANALYZE {table}", seconds=FILL_SECONDS)
        self.database.run("CHECKPOINT", seconds=FILL_SECONDS)

    def rows(self):
        return self.sessions * MARKS

    def session_ids(self, teacher, count=100):
        """Of the teacher's, from all over the years."""
        return [row[0] for row in self.database.run(
            f"SELECT id FROM sessions WHERE teacher_id = '{teacher['id']}' ORDER BY md5(id::text) LIMIT {count}")]

    def oldest_day(self):
        """(from, to), which 256 sessions are between."""
        return self.database.run(
            "SELECT to_char(at, f), to_char(at + interval '1 day', f) FROM (SELECT min(started_at) AT TIME ZONE 'UTC'"
            " - interval '1 minute' AS at, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"' AS f FROM sessions) s")[0]


def since(hours):
    """A moment so many hours ago, as requests say it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3600 * hours))


def attend_twice(bench, base, place, count):
    """CPU µs of a mark, and of one by a student who is listed: traffic-svc's and PostgreSQL's together."""
    options = ["-c", traffic_place.CONNECTIONS, *place.attend_options(count)]
    spent = []
    for _ in range(2):
        before = base.cpu_seconds()
        daemon_us = figures.measure_round(bench, place.server, options, 200)[0]
        spent.append(daemon_us + (base.cpu_seconds() - before) * 1e6 / count)
    return spent
