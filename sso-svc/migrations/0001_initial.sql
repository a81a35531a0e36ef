-- Users, their sessions, the audit trail, and the keys of requests that must not be done twice.

CREATE TABLE users (
    id uuid PRIMARY KEY,
    username text NOT NULL CONSTRAINT users_username UNIQUE,
    full_name text NOT NULL,
    app text NOT NULL CHECK (app IN ('sso', 'services', 'traffic')),
    role text NOT NULL CHECK (role IN ('admin', 'staff', 'executor', 'teacher')),
    password_hash text,
    entity_id text,
    ruz_teacher_id bigint,
    telegram_id bigint CONSTRAINT users_telegram UNIQUE,
    telegram_username text,
    telegram_chat_id bigint,
    is_active boolean NOT NULL DEFAULT true,
    -- access tokens issued before this are not an administrator's any more
    tokens_valid_from timestamptz NOT NULL DEFAULT '-infinity',
    created_at timestamptz NOT NULL DEFAULT now(),
    -- name and username as poly_text_fold makes them: what lists are ordered by, and what search looks in
    sort_text text COLLATE "C" NOT NULL,
    -- the name without its number: who else has it is asked when a username is made
    username_stem text NOT NULL GENERATED ALWAYS AS (rtrim(username, '0123456789')) STORED,
    CONSTRAINT users_entity UNIQUE (app, entity_id),
    CONSTRAINT users_ruz_teacher UNIQUE (app, ruz_teacher_id)
);
CREATE INDEX users_sorted ON users (sort_text, id);
CREATE INDEX users_app_sorted ON users (app, sort_text, id);
CREATE INDEX users_app_role_sorted ON users (app, role, sort_text, id);
CREATE INDEX users_role_sorted ON users (role, sort_text, id);
CREATE INDEX users_username_stem ON users (username_stem);
CREATE INDEX users_entity_id ON users (entity_id) WHERE entity_id IS NOT NULL;
CREATE INDEX users_teacher_id ON users (ruz_teacher_id) WHERE ruz_teacher_id IS NOT NULL;

-- How many there are, so that a page of a list need not count a million rows.
CREATE TABLE user_counts (
    app text NOT NULL,
    role text NOT NULL,
    total bigint NOT NULL,
    PRIMARY KEY (app, role)
);

-- Search by the beginning of any word: read in order and only as far as a page needs, however many users there are.
CREATE TABLE user_words (
    app text NOT NULL,
    word text COLLATE "C" NOT NULL,
    sort_text text COLLATE "C" NOT NULL,
    user_id uuid NOT NULL,
    PRIMARY KEY (app, word, sort_text, user_id)
);

-- The words of a name and username, each also in its parts: "петров-водкин petrov.k" has петров, водкин, petrov, k, too.
CREATE FUNCTION words_of(sort_text text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_remove(string_to_array(sort_text, ' ') || string_to_array(translate(sort_text, '-._@', '    '), ' '), '')
$$;

-- Both tables follow from users. App and role of a user never change.
CREATE FUNCTION add_users() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO user_counts (app, role, total)
        SELECT app, role, count(*) FROM added GROUP BY app, role ORDER BY app, role
        ON CONFLICT (app, role) DO UPDATE SET total = user_counts.total + excluded.total;
    INSERT INTO user_words (app, word, sort_text, user_id)
        SELECT DISTINCT a.app, w.word, a.sort_text, a.id FROM added a, unnest(words_of(a.sort_text)) w (word);
    RETURN NULL;
END
$$;
CREATE FUNCTION remove_users() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE user_counts c SET total = c.total - r.total
        FROM (SELECT app, role, count(*) AS total FROM removed GROUP BY app, role) r
        WHERE c.app = r.app AND c.role = r.role;
    DELETE FROM user_words u USING removed r, unnest(words_of(r.sort_text)) w (word)
        WHERE u.app = r.app AND u.word = w.word AND u.sort_text = r.sort_text AND u.user_id = r.id;
    RETURN NULL;
END
$$;
CREATE FUNCTION rename_users() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM user_words u USING removed r, added a, unnest(words_of(r.sort_text)) w (word)
        WHERE a.id = r.id AND a.sort_text <> r.sort_text
        AND u.app = r.app AND u.word = w.word AND u.sort_text = r.sort_text AND u.user_id = r.id;
    INSERT INTO user_words (app, word, sort_text, user_id)
        SELECT DISTINCT a.app, w.word, a.sort_text, a.id FROM removed r, added a, unnest(words_of(a.sort_text)) w (word)
        WHERE a.id = r.id AND a.sort_text <> r.sort_text;
    RETURN NULL;
END
$$;
CREATE TRIGGER users_inserted AFTER INSERT ON users
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION add_users();
CREATE TRIGGER users_deleted AFTER DELETE ON users
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION remove_users();
CREATE TRIGGER users_updated AFTER UPDATE ON users
    REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION rename_users();

-- A login and all refresh tokens that follow from it: the family.
CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    address text NOT NULL,
    user_agent text,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    end_reason text
);
CREATE INDEX sessions_live ON sessions (user_id) WHERE ended_at IS NULL;
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE refresh_tokens (
    hash bytea PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
    issued_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    successor_hash bytea,
    -- the next token under a key made of this one: whoever has this one may ask again within the grace
    sealed_successor bytea
);
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id, issued_at);
CREATE INDEX refresh_tokens_expiry ON refresh_tokens (expires_at);

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
