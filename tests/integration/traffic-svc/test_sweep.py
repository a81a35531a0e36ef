# SPDX-License-Identifier: MIT
"""What is over is deleted, and nothing else."""

FILL = """
INSERT INTO tablets (id, secret_hash, created_at, building_id, room_id, registered_at) VALUES
    ('00000000-0000-4000-8000-000000000001', '', now() - interval '3 days', NULL, NULL, NULL),
    ('00000000-0000-4000-8000-000000000002', '', now(), NULL, NULL, NULL),
    ('00000000-0000-4000-8000-000000000003', '', now() - interval '3 days', 1, 1, now());
INSERT INTO tablet_pins (pin, tablet_id, kind) VALUES ('111111', '00000000-0000-4000-8000-000000000001', 'display');
INSERT INTO tablet_changes (tablet_id, at) VALUES
    ('00000000-0000-4000-8000-000000000001', now() - interval '2 hours'), ('00000000-0000-4000-8000-000000000003', now());
INSERT INTO replicas (id, seen_at) VALUES ('00000000-0000-4000-8000-0000000000aa', now() - interval '1 hour');
INSERT INTO kiosk_presence (tablet_id, replica_id)
    VALUES ('00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-0000000000aa');
INSERT INTO audit (event, at) VALUES ('old', now() - interval '8 days'), ('new', now() - interval '6 days');
"""


def test_what_is_over_goes(start_traffic_place):
    traffic_svc = start_traffic_place(AUDIT_RETENTION_DAYS=7, UNREGISTERED_KEEP_HOURS=24).traffic
    database = traffic_svc.database
    database.run(FILL)
    traffic_svc.restart()
    database.await_value("SELECT count(*) FROM audit WHERE event = 'old'", "0")
    assert database.value("SELECT string_agg(right(id::text, 1), '' ORDER BY id) FROM tablets") == "23"
    assert database.value("SELECT count(*) FROM tablet_pins") == "0"
    assert database.value("SELECT string_agg(right(tablet_id::text, 1), '') FROM tablet_changes") == "3"
    assert database.value("SELECT count(*) FROM kiosk_presence") == "0"
    assert database.value("SELECT count(*) FROM replicas WHERE id = '00000000-0000-4000-8000-0000000000aa'") == "0"
    assert database.value("SELECT count(*) FROM audit WHERE event = 'new'") == "1"
