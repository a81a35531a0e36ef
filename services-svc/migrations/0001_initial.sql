-- Departments, their services and executors; applications with what belongs to them; what every daemon with a database has.

-- What is deleted keeps its row, so that history keeps names; whatever lives has no deleted_at.
CREATE TABLE departments (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    description text NOT NULL DEFAULT '',
    -- whether it has a staff user at sso-svc
    has_account boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    -- the name as poly_text_fold makes it: what lists are ordered by, and what search looks in
    sort_text text COLLATE "C" NOT NULL
);
CREATE INDEX departments_listed ON departments (sort_text, id) WHERE deleted_at IS NULL;
CREATE INDEX departments_with_account ON departments (id) WHERE has_account;

CREATE TABLE services (
    id uuid PRIMARY KEY,
    department_id uuid NOT NULL REFERENCES departments,
    name text NOT NULL,
    description text NOT NULL DEFAULT '',
    -- the form: a list of {name, label, type, required, options?}
    required_fields jsonb NOT NULL DEFAULT '[]',
    requires_attachment boolean NOT NULL DEFAULT false,
    is_active boolean NOT NULL DEFAULT true,
    due_working_days integer CHECK (due_working_days BETWEEN 1 AND 365),
    created_at timestamptz NOT NULL DEFAULT now(),
    sort_text text COLLATE "C" NOT NULL
);
CREATE INDEX services_listed ON services (sort_text, id) WHERE is_active;
CREATE INDEX services_department ON services (department_id, sort_text, id);

CREATE TABLE executors (
    id uuid PRIMARY KEY,
    department_id uuid NOT NULL REFERENCES departments,
    name text NOT NULL,
    username text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    -- name and username
    sort_text text COLLATE "C" NOT NULL
);
CREATE INDEX executors_department ON executors (department_id, sort_text, id) WHERE deleted_at IS NULL;

CREATE TABLE applications (
    id uuid PRIMARY KEY,
    service_id uuid NOT NULL REFERENCES services,
    -- of the service, which never changes its department
    department_id uuid NOT NULL REFERENCES departments,
    student_id text NOT NULL,
    student_name text NOT NULL,
    student_email text NOT NULL,
    form_data jsonb NOT NULL DEFAULT '{}',
    status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'in_progress', 'completed', 'rejected')),
    executor_id uuid REFERENCES executors,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    due_at timestamptz,
    -- the student's name, e-mail and id and the service's name, as poly_text_fold makes them: what search looks in
    search_text text COLLATE "C" NOT NULL
);
-- Every list is read newest first along one of these, and no further than its page.
CREATE INDEX applications_newest ON applications (created_at, id);
CREATE INDEX applications_status ON applications (status, created_at, id);
CREATE INDEX applications_department ON applications (department_id, created_at, id);
CREATE INDEX applications_department_status ON applications (department_id, status, created_at, id);
CREATE INDEX applications_student ON applications (student_id, created_at, id);
CREATE INDEX applications_student_status ON applications (student_id, status, created_at, id);
CREATE INDEX applications_executor ON applications (executor_id, created_at, id) WHERE executor_id IS NOT NULL;
CREATE INDEX applications_executor_status ON applications (executor_id, status, created_at, id)
    WHERE executor_id IS NOT NULL;
CREATE INDEX applications_service ON applications (service_id);

-- How many there are for each reader, so that a page of a list need not count a million rows. An administrator's are the sum
-- over the departments.
CREATE TABLE application_counts (
    reader text NOT NULL CHECK (reader IN ('department', 'student', 'executor')),
    reader_id text NOT NULL,
    status text NOT NULL,
    total bigint NOT NULL,
    PRIMARY KEY (reader, reader_id, status)
);

-- Search by the beginning of any word: read in order and only as far as a page needs, however many applications there are.
CREATE TABLE application_words (
    department_id uuid NOT NULL,
    word text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    application_id uuid NOT NULL,
    PRIMARY KEY (department_id, word, created_at, application_id)
);
CREATE INDEX application_words_of_all ON application_words (word, created_at, application_id);

-- The words of a text, each also in its parts: "петров-водкин p.v@x.ru" has петров, водкин, p, v, x, ru, too.
CREATE FUNCTION words_of(search_text text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_remove(string_to_array(search_text, ' ') || string_to_array(translate(search_text, '-._@', '    '), ' '), '')
$$;

-- Both tables follow from applications. Department, student and words of an application never change.
CREATE TYPE application_change AS (
    department_id uuid,
    student_id text,
    executor_id uuid,
    status text,
    amount bigint
);
-- In one order, so that two who count do not wait for each other.
CREATE FUNCTION count_applications(changes application_change[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO application_counts (reader, reader_id, status, total)
        SELECT each.reader, each.reader_id, each.status, sum(each.amount) FROM (
            SELECT 'department' AS reader, c.department_id::text AS reader_id, c.status, c.amount FROM unnest(changes) c
            UNION ALL SELECT 'student', c.student_id, c.status, c.amount FROM unnest(changes) c
            UNION ALL SELECT 'executor', c.executor_id::text, c.status, c.amount FROM unnest(changes) c
                WHERE c.executor_id IS NOT NULL
        ) each
        GROUP BY each.reader, each.reader_id, each.status HAVING sum(each.amount) <> 0
        ORDER BY each.reader, each.reader_id, each.status
        ON CONFLICT (reader, reader_id, status) DO UPDATE SET total = application_counts.total + excluded.total
$$;
CREATE FUNCTION add_applications() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM count_applications(array_agg(
        ROW (department_id, student_id, executor_id, status, 1)::application_change)) FROM added;
    INSERT INTO application_words (department_id, word, created_at, application_id)
        SELECT DISTINCT a.department_id, w.word, a.created_at, a.id FROM added a, unnest(words_of(a.search_text)) w (word);
    RETURN NULL;
END
$$;
CREATE FUNCTION remove_applications() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM count_applications(array_agg(
        ROW (department_id, student_id, executor_id, status, -1)::application_change)) FROM removed;
    DELETE FROM application_words x USING removed r, unnest(words_of(r.search_text)) w (word)
        WHERE x.department_id = r.department_id AND x.word = w.word AND x.created_at = r.created_at
        AND x.application_id = r.id;
    RETURN NULL;
END
$$;
CREATE FUNCTION move_applications() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM count_applications(array_agg(each.change)) FROM (
        SELECT ROW (department_id, student_id, executor_id, status, -1)::application_change AS change FROM removed
        UNION ALL SELECT ROW (department_id, student_id, executor_id, status, 1)::application_change FROM added
    ) each;
    RETURN NULL;
END
$$;
CREATE TRIGGER applications_inserted AFTER INSERT ON applications
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION add_applications();
CREATE TRIGGER applications_deleted AFTER DELETE ON applications
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION remove_applications();
CREATE TRIGGER applications_updated AFTER UPDATE ON applications
    REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION move_applications();

CREATE TABLE responses (
    id uuid PRIMARY KEY,
    application_id uuid NOT NULL REFERENCES applications,
    author_id text NOT NULL,
    author_name text NOT NULL,
    author_role text NOT NULL CHECK (author_role IN ('admin', 'staff', 'executor')),
    message text NOT NULL,
    new_status text,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX responses_application ON responses (application_id, created_at, id);

CREATE TABLE comments (
    id uuid PRIMARY KEY,
    application_id uuid NOT NULL REFERENCES applications,
    author_id text NOT NULL,
    author_name text NOT NULL,
    author_role text NOT NULL CHECK (author_role IN ('admin', 'staff', 'executor', 'student')),
    message text NOT NULL,
    -- not for the student, and neither are its files
    internal boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK (NOT (internal AND author_role = 'student'))
);
CREATE INDEX comments_application ON comments (application_id, created_at, id);

-- Of an application, and of one of its responses or comments if it came with that.
CREATE TABLE attachments (
    id uuid PRIMARY KEY,
    application_id uuid NOT NULL REFERENCES applications,
    response_id uuid REFERENCES responses,
    comment_id uuid REFERENCES comments,
    -- the file's name in UPLOAD_DIR, random
    stored_name text NOT NULL CONSTRAINT attachments_stored_name UNIQUE,
    original_name text NOT NULL,
    size bigint NOT NULL,
    sha256 bytea NOT NULL,
    content_type text NOT NULL,
    internal boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK (response_id IS NULL OR comment_id IS NULL)
);
CREATE INDEX attachments_application ON attachments (application_id, created_at, id);
CREATE INDEX attachments_response ON attachments (response_id) WHERE response_id IS NOT NULL;
CREATE INDEX attachments_comment ON attachments (comment_id) WHERE comment_id IS NOT NULL;

-- Who changed what, when. The values are statuses, or executors' ids, as `change` says.
CREATE TABLE application_history (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    application_id uuid NOT NULL REFERENCES applications,
    at timestamptz NOT NULL DEFAULT now(),
    actor_id text NOT NULL,
    actor_name text NOT NULL,
    actor_role text NOT NULL,
    change text NOT NULL CHECK (change IN ('created', 'status', 'executor', 'response', 'comment')),
    old_value text,
    new_value text
);
CREATE INDEX application_history_application ON application_history (application_id, id);

-- What subscribers to an application are told. Whoever draws a number holds the lock until the commit, so that numbers
-- become visible in their order; the notification is a hint to read on.
CREATE TABLE events (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    application_id uuid NOT NULL REFERENCES applications,
    event text NOT NULL,
    data jsonb NOT NULL,
    -- not for the student
    internal boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX events_application ON events (application_id, sequence);
CREATE INDEX events_age ON events (created_at);
CREATE FUNCTION lock_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('services-svc events', 0));
    RETURN NULL;
END
$$;
CREATE FUNCTION notify_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NOTIFY application_events;
    RETURN NULL;
END
$$;
CREATE TRIGGER events_numbered BEFORE INSERT ON events FOR EACH STATEMENT EXECUTE FUNCTION lock_events();
CREATE TRIGGER events_inserted AFTER INSERT ON events FOR EACH STATEMENT EXECUTE FUNCTION notify_events();

-- Launch tokens that have been exchanged. Neither the token's id nor the session can be read here: the id is hashed, and
-- the session sealed under a key made of the id, so that whoever repeats the exchange gets it again.
CREATE TABLE launch_exchanges (
    jti_hash bytea PRIMARY KEY,
    sealed_session bytea NOT NULL,
    exchanged_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX launch_exchanges_expiry ON launch_exchanges (expires_at);

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
