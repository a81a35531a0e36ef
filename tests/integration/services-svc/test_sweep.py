# SPDX-License-Identifier: MIT
"""What is over is deleted, and nothing else."""

FILL = """
INSERT INTO departments (id, name, sort_text) VALUES ('00000000-0000-4000-8000-000000000001', 'd', 'd');
INSERT INTO services (id, department_id, name, sort_text) SELECT id, id, 's', 's' FROM departments;
INSERT INTO applications (id, service_id, department_id, student_id, student_name, student_email, search_text)
    SELECT id, id, id, 'st', 'n', 'e', 'n' FROM departments;
INSERT INTO events (application_id, event, data, created_at)
    SELECT id, each.event, '{}', now() - each.age FROM applications,
    (VALUES ('old', interval '3 days'), ('new', interval '1 day')) each (event, age);
INSERT INTO launch_exchanges (jti_hash, sealed_session, expires_at)
    VALUES ('old', '', now() - interval '1 minute'), ('new', '', now() + interval '1 minute');
INSERT INTO audit (event, at) VALUES ('old', now() - interval '8 days'), ('new', now() - interval '6 days');
"""


def test_what_is_over_goes(start_office):
    services_svc = start_office(AUDIT_RETENTION_DAYS=7).services
    database = services_svc.database
    database.run(FILL)
    services_svc.restart()
    database.await_value("SELECT count(*) FROM audit WHERE event = 'old'", "0")
    assert database.value("SELECT string_agg(event, ' ') FROM events") == "new"
    assert database.value("SELECT string_agg(encode(jti_hash, 'escape'), ' ') FROM launch_exchanges") == "new"
    assert database.value("SELECT count(*) FROM audit WHERE event = 'new'") == "1"
