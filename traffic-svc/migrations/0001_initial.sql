-- Kiosks, teachers, lesson sessions and the marks of their students; who is online; what changed; the sync of teachers.

-- --- kiosks ---

CREATE TABLE tablets (
    id uuid PRIMARY KEY,
    -- the SHA-256 of 256 random bits
    secret_hash bytea NOT NULL,
    building_id bigint,
    building_name text,
    room_id bigint,
    room_name text,
    -- both names as poly_text_fold makes them: what search looks in
    search_text text NOT NULL DEFAULT '',
    registered_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- one that is deleted stays, since its sessions do
    deleted_at timestamptz,
    CHECK ((registered_at IS NULL) = (room_id IS NULL))
);
CREATE INDEX tablets_listed ON tablets (created_at, id) WHERE deleted_at IS NULL;
-- those that nobody registered: the oldest give way
CREATE INDEX tablets_unregistered ON tablets (created_at) WHERE registered_at IS NULL AND deleted_at IS NULL;

-- One series for both kinds, so that no PIN means two things. They go with their kiosk, and may then be drawn again.
CREATE TABLE tablet_pins (
    pin text PRIMARY KEY CHECK (pin ~ '^[0-9]{6}$'),
    tablet_id uuid NOT NULL REFERENCES tablets ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('registration', 'display')),
    CONSTRAINT tablet_pins_one_of_a_kind UNIQUE (tablet_id, kind)
);

-- Who is online, across replicas: written when a kiosk comes or goes, not while it stays. A replica says every few
-- seconds that it lives; the kiosks of one that died are online until the grace is over.
CREATE TABLE replicas (
    id uuid PRIMARY KEY,
    seen_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE kiosk_presence (
    tablet_id uuid NOT NULL,
    replica_id uuid NOT NULL,
    left_at timestamptz,
    PRIMARY KEY (tablet_id, replica_id)
) WITH (fillfactor = 70);
CREATE INDEX kiosk_presence_left ON kiosk_presence (left_at) WHERE left_at IS NOT NULL;
CREATE INDEX kiosk_presence_replica ON kiosk_presence (replica_id);

-- --- teachers ---

CREATE TABLE teachers (
    id uuid PRIMARY KEY,
    full_name text NOT NULL,
    username text,
    ruz_teacher_id bigint CONSTRAINT teachers_ruz_teacher UNIQUE,
    origin text NOT NULL CHECK (origin IN ('manual', 'sync')),
    is_active boolean NOT NULL DEFAULT true,
    -- since when the source does not list the teacher any more
    missing_since timestamptz,
    -- sso-svc has yet to be told; and there to enable the user again
    sso_pending boolean NOT NULL DEFAULT false,
    sso_reactivate boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- one who is deleted stays, since the sessions do
    deleted_at timestamptz,
    -- name and username as poly_text_fold makes them: what lists are ordered by, and what search looks in
    sort_text text COLLATE "C" NOT NULL
);
CREATE INDEX teachers_sorted ON teachers (sort_text, id) WHERE deleted_at IS NULL;
CREATE INDEX teachers_pending ON teachers (id) WHERE sso_pending;

-- How many there are, so that a page of the list need not count them.
CREATE TABLE teacher_count (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    total bigint NOT NULL
);
INSERT INTO teacher_count (total) VALUES (0);

-- Search by the beginning of any word. One whom the sync has just brought is in it once there is a username, too.
CREATE TABLE teacher_words (
    word text COLLATE "C" NOT NULL,
    sort_text text COLLATE "C" NOT NULL,
    teacher_id uuid NOT NULL,
    PRIMARY KEY (word, sort_text, teacher_id)
);

-- The words of a name and username, each also in its parts.
CREATE FUNCTION words_of(sort_text text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_remove(string_to_array(sort_text, ' ') || string_to_array(translate(sort_text, '-._@', '    '), ' '), '')
$$;

-- Both follow from those teachers that are not deleted. Changes are followed row by row, with an index whatever the
-- planner believes: a statement over all of them would be planned for as many as there were the first time.
CREATE FUNCTION add_teachers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE teacher_count SET total = total + (SELECT count(*) FROM added WHERE deleted_at IS NULL);
    INSERT INTO teacher_words (word, sort_text, teacher_id)
        SELECT DISTINCT w.word, a.sort_text, a.id FROM added a, unnest(words_of(a.sort_text)) w (word)
        WHERE a.deleted_at IS NULL AND (a.username IS NOT NULL OR NOT a.sso_pending);
    RETURN NULL;
END
$$;
CREATE FUNCTION remove_teachers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE teacher_count SET total = total - (SELECT count(*) FROM removed WHERE deleted_at IS NULL);
    RETURN NULL;
END
$$;
CREATE FUNCTION change_teacher() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    gone text;
BEGIN
    IF OLD.deleted_at IS NULL AND (OLD.username IS NOT NULL OR NOT OLD.sso_pending) THEN
        FOREACH gone IN ARRAY words_of(OLD.sort_text) LOOP
            DELETE FROM teacher_words WHERE word = gone AND sort_text = OLD.sort_text AND teacher_id = OLD.id;
        END LOOP;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF NEW.deleted_at IS NULL AND (NEW.username IS NOT NULL OR NOT NEW.sso_pending) THEN
            INSERT INTO teacher_words (word, sort_text, teacher_id)
                SELECT DISTINCT word, NEW.sort_text, NEW.id FROM unnest(words_of(NEW.sort_text)) w (word);
        END IF;
        IF (NEW.deleted_at IS NULL) <> (OLD.deleted_at IS NULL) THEN
            UPDATE teacher_count SET total = total + CASE WHEN NEW.deleted_at IS NULL THEN 1 ELSE -1 END;
        END IF;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER teachers_inserted AFTER INSERT ON teachers
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION add_teachers();
CREATE TRIGGER teachers_deleted AFTER DELETE ON teachers
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION remove_teachers();
CREATE TRIGGER teacher_deleted AFTER DELETE ON teachers FOR EACH ROW EXECUTE FUNCTION change_teacher();
CREATE TRIGGER teacher_updated AFTER UPDATE ON teachers FOR EACH ROW
    WHEN (OLD.sort_text <> NEW.sort_text OR (OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL)
          OR OLD.username IS NULL AND OLD.sso_pending <> NEW.sso_pending)
    EXECUTE FUNCTION change_teacher();

-- One row: how the sync stands, and who runs it. A run holds the lease and a number that grows, so that one which lost
-- the lease writes no more.
CREATE TABLE sync_state (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    holder uuid,
    fence bigint NOT NULL DEFAULT 0,
    lease_until timestamptz,
    -- of a run that could not tell sso-svc everything
    retry_at timestamptz,
    last_source text,
    last_started_at timestamptz,
    last_finished_at timestamptz,
    last_success_at timestamptz,
    -- in Russian, and in English
    last_error text,
    last_error_en text,
    runs_total bigint NOT NULL DEFAULT 0,
    runs_failed bigint NOT NULL DEFAULT 0,
    last_stats jsonb
);
INSERT INTO sync_state DEFAULT VALUES;

-- --- sessions and marks ---

CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    tablet_id uuid NOT NULL REFERENCES tablets,
    teacher_id uuid NOT NULL,
    -- as it was then
    teacher_name text NOT NULL,
    building_name text NOT NULL,
    room_name text NOT NULL,
    discipline text NOT NULL,
    schedule_snapshot jsonb,
    qr_secret text NOT NULL,
    rotate_seconds integer NOT NULL CHECK (rotate_seconds > 0),
    started_at timestamptz NOT NULL DEFAULT now(),
    -- it is over then, whether or not somebody has looked
    ends_at timestamptz NOT NULL,
    ended_at timestamptz,
    -- of those present or late
    attendance_count integer NOT NULL DEFAULT 0
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX sessions_one_active ON sessions (tablet_id) WHERE ended_at IS NULL;
CREATE INDEX sessions_due ON sessions (ends_at) WHERE ended_at IS NULL;
CREATE INDEX sessions_teacher ON sessions (teacher_id, started_at DESC, id);
CREATE INDEX sessions_started ON sessions (started_at);

-- How many each teacher has had.
CREATE TABLE session_counts (
    teacher_id uuid PRIMARY KEY,
    total bigint NOT NULL
);
CREATE FUNCTION count_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO session_counts (teacher_id, total)
        SELECT teacher_id, count(*) FROM added GROUP BY teacher_id ORDER BY teacher_id
        ON CONFLICT (teacher_id) DO UPDATE SET total = session_counts.total + excluded.total;
    RETURN NULL;
END
$$;
CREATE TRIGGER sessions_inserted AFTER INSERT ON sessions
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_sessions();

-- Always read by session, so that its key is the only index: a mark costs one entry in one index, however many millions
-- there are. No foreign key: whoever inserts holds the session's row.
CREATE TABLE attendance (
    session_id uuid NOT NULL,
    student_external_id text NOT NULL,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    student_name text NOT NULL,
    status text NOT NULL DEFAULT 'present' CHECK (status IN ('present', 'late', 'excused', 'absent')),
    source text NOT NULL DEFAULT 'qr' CHECK (source IN ('qr', 'manual')),
    marked_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (session_id, student_external_id)
);

-- What teachers changed by hand: from NULL, it was added; to NULL, it was removed.
CREATE TABLE attendance_history (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id uuid NOT NULL,
    attendance_id uuid NOT NULL,
    student_external_id text NOT NULL,
    student_name text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    changed_by text NOT NULL,
    changed_by_name text NOT NULL,
    from_status text,
    to_status text
);
CREATE INDEX attendance_history_session ON attendance_history (session_id, id);

-- --- what changed ---

-- Whose state is another one now. Readers remember how far transactions had got when they last looked, so that one which
-- commits later than another with a higher number is not passed over, and writers need not wait for each other.
CREATE TABLE tablet_changes (
    sequence bigint GENERATED ALWAYS AS IDENTITY,
    transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
    tablet_id uuid NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX tablet_changes_transaction ON tablet_changes (transaction, sequence);

-- --- what every daemon has ---

CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    key text,
    payload jsonb NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    dead_at timestamptz,
    last_error text,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX outbox_due ON outbox (next_attempt_at, id) WHERE dead_at IS NULL;
CREATE INDEX outbox_key ON outbox (key, id) WHERE dead_at IS NULL;

CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    event text NOT NULL,
    actor text,
    target text,
    address text,
    request_id text,
    details jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_at ON audit (at, id);
CREATE INDEX audit_event ON audit (event, at, id);
CREATE INDEX audit_actor ON audit (actor, at, id);
CREATE INDEX audit_target ON audit (target, at, id);

CREATE TABLE idempotency_keys (
    scope text NOT NULL,
    key text NOT NULL,
    digest bytea NOT NULL,
    status integer,
    body text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
