# SPDX-License-Identifier: MIT
"""What is over is deleted, and nothing else."""

import poly_process

FILL = """
INSERT INTO sessions (id, user_id, address, expires_at)
    SELECT gen_random_uuid(), id, '127.0.0.1', now() + each.age FROM users,
    unnest(ARRAY[interval '-1 hour', interval '1 hour']) each (age) WHERE role = 'admin';
INSERT INTO refresh_tokens (hash, session_id, expires_at)
    SELECT sha256(each.name::bytea), s.id, now() + each.age FROM sessions s,
    (VALUES ('old', interval '-1 hour'), ('new', interval '1 hour')) each (name, age) WHERE s.expires_at > now();
INSERT INTO idempotency_keys (scope, key, digest, created_at) VALUES ('s', 'old', '', now() - interval '3 days'), ('s', 'new', '', now());
INSERT INTO audit (event, at) VALUES ('old', now() - interval '8 days'), ('new', now() - interval '6 days');
"""


def test_what_is_over_goes(start_sso_svc, database):
    svc = start_sso_svc(AUDIT_RETENTION_DAYS=7)
    database.run(FILL)
    svc.restart()
    poly_process.wait_until(lambda: database.value("SELECT count(*) FROM audit WHERE event = 'old'") == "0", 10, "the sweep")
    assert database.value("SELECT count(*) FROM sessions") == database.value("SELECT count(*) FROM refresh_tokens") == "1"
    assert database.value("SELECT min(expires_at) > now() FROM sessions") == "t"
    assert database.value("SELECT min(expires_at) > now() FROM refresh_tokens") == "t"
    assert database.value("SELECT string_agg(key, ' ') FROM idempotency_keys") == "new"
    assert database.value("SELECT count(*) FROM audit WHERE event = 'new'") == "1"
