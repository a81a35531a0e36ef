-- A page far from the first is found without counting off all users before it. The list in its order is cut into ranges,
-- each from its `start` to the next one's: fine ones (level 0), middling and coarse ones (1, 2), of which each begins with
-- one of the level below. Every write keeps the number of users of each app and role in each; ranges that have grown are cut
-- by the sweeper. Numbers are exact at every time; that a range is long only makes its pages slower.

CREATE TABLE user_ranges (
    level integer NOT NULL CHECK (level BETWEEN 0 AND 2),
    start text COLLATE "C" NOT NULL,
    app text NOT NULL,
    role text NOT NULL,
    total bigint NOT NULL,
    PRIMARY KEY (level, start, app, role)
);

-- Who writes users holds this lock shared until the transaction ends, from before it has locked anything of `users`; who
-- cuts ranges holds it alone, and never waits for it: so neither can wait for the other in a circle.
CREATE FUNCTION ranges_lock() RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT 7310595026116174663';

CREATE FUNCTION hold_ranges() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(ranges_lock());
    RETURN NULL;
END
$$;
CREATE TRIGGER users_held_for_insert BEFORE INSERT ON users FOR EACH STATEMENT EXECUTE FUNCTION hold_ranges();
CREATE TRIGGER users_held_for_delete BEFORE DELETE ON users FOR EACH STATEMENT EXECUTE FUNCTION hold_ranges();
CREATE TRIGGER users_held_for_update BEFORE UPDATE OF sort_text, app, role ON users
    FOR EACH STATEMENT EXECUTE FUNCTION hold_ranges();

-- Ranges of one app and role are written by one transaction at a time, since each has locked that row of user_counts first.
CREATE FUNCTION count_in_ranges(texts text[], apps text[], roles text[], changes bigint[]) RETURNS void
LANGUAGE sql SET enable_seqscan = off AS $$
    INSERT INTO user_ranges (level, start, app, role, total)
        SELECT l.level, coalesce(r.start, ''), c.app, c.role, sum(c.change)
        FROM unnest(texts, apps, roles, changes) c (sort_text, app, role, change)
        CROSS JOIN generate_series(0, 2) l (level)
        LEFT JOIN LATERAL (SELECT o.start FROM user_ranges o WHERE o.level = l.level AND o.start <= c.sort_text COLLATE "C"
                           ORDER BY o.start DESC LIMIT 1) r ON true
        GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
        ON CONFLICT (level, start, app, role) DO UPDATE SET total = user_ranges.total + excluded.total
$$;

CREATE OR REPLACE FUNCTION add_users() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO user_counts (app, role, total)
        SELECT app, role, count(*) FROM added GROUP BY app, role ORDER BY app, role
        ON CONFLICT (app, role) DO UPDATE SET total = user_counts.total + excluded.total;
    PERFORM count_in_ranges(array_agg(sort_text), array_agg(app), array_agg(role), array_agg(1::bigint)) FROM added;
    INSERT INTO user_words (app, word, sort_text, user_id)
        SELECT DISTINCT a.app, w.word, a.sort_text, a.id FROM added a, unnest(words_of(a.sort_text)) w (word);
    RETURN NULL;
END
$$;
CREATE OR REPLACE FUNCTION uncount_users() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE user_counts c SET total = c.total - r.total
        FROM (SELECT app, role, count(*) AS total FROM removed GROUP BY app, role) r
        WHERE c.app = r.app AND c.role = r.role;
    PERFORM count_in_ranges(array_agg(sort_text), array_agg(app), array_agg(role), array_agg(-1::bigint)) FROM removed;
    RETURN NULL;
END
$$;

-- Old and new rows are summed up rather than joined, since a join is planned for as many as there were the first time.
CREATE FUNCTION move_users() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moved record;
BEGIN
    SELECT array_agg(m.sort_text) AS texts, array_agg(m.app) AS apps, array_agg(m.role) AS roles, array_agg(m.change) AS changes
        INTO moved FROM (
            SELECT b.sort_text, b.app, b.role, sum(b.change)::bigint AS change
            FROM (SELECT sort_text, app, role, -1 AS change FROM removed
                  UNION ALL SELECT sort_text, app, role, 1 FROM added) b
            GROUP BY b.sort_text, b.app, b.role HAVING sum(b.change) <> 0) m;
    IF moved.texts IS NOT NULL THEN
        INSERT INTO user_counts (app, role, total)
            SELECT c.app, c.role, sum(c.change) FROM unnest(moved.apps, moved.roles, moved.changes) c (app, role, change)
            GROUP BY c.app, c.role ORDER BY c.app, c.role
            ON CONFLICT (app, role) DO UPDATE SET total = user_counts.total + excluded.total;
        PERFORM count_in_ranges(moved.texts, moved.apps, moved.roles, moved.changes);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER users_updated AFTER UPDATE ON users
    REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION move_users();

-- Fine ranges of more than 1,000 users become such of five hundred; those above are made anew, of a dozen each.
-- Returns where ranges were cut. Does nothing while users are being written: the next time will do.
CREATE FUNCTION cut_user_ranges() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    long record;
    was_cut boolean := false;
BEGIN
    IF NOT pg_try_advisory_xact_lock(ranges_lock()) THEN
        RETURN;
    END IF;
    FOR long IN
        SELECT r.* FROM (SELECT start, lead(start) OVER (ORDER BY start) AS next, sum(total)::bigint AS total
                         FROM user_ranges WHERE level = 0 GROUP BY start) r
        WHERE r.total > 1000
    LOOP
        DELETE FROM user_ranges WHERE level = 0 AND start = long.start;
        INSERT INTO user_ranges (level, start, app, role, total)
            SELECT 0, p.start, p.app, p.role, count(*)
            FROM (SELECT CASE WHEN piece = 0 THEN long.start ELSE first_value(sort_text) OVER (PARTITION BY piece ORDER BY sort_text)
                         END AS start, app, role
                  FROM (SELECT sort_text, app, role,
                               (rank() OVER (ORDER BY sort_text) - 1) * (long.total / 500) / long.total AS piece
                        FROM users
                        WHERE sort_text >= long.start AND (long.next IS NULL OR sort_text < long.next)) ranked) p
            GROUP BY p.start, p.app, p.role ORDER BY p.start, p.app, p.role; -- so find_range() reads neighbours
        was_cut := true;
        RETURN NEXT long.start;
    END LOOP;
    IF NOT was_cut THEN
        RETURN;
    END IF;
    DELETE FROM user_ranges WHERE level > 0;
    FOR above IN 1..2 LOOP
        WITH placed AS (
            SELECT start, div(sum(sum(total)) OVER (ORDER BY start) - sum(total), (ARRAY[6000, 80000])[above]) AS piece
            FROM user_ranges WHERE level = above - 1 GROUP BY start
        )
        INSERT INTO user_ranges (level, start, app, role, total)
            SELECT above, c.start, r.app, r.role, sum(r.total)
            FROM user_ranges r JOIN placed p USING (start)
            JOIN (SELECT piece, min(start) AS start FROM placed GROUP BY piece) c USING (piece)
            WHERE r.level = above - 1 GROUP BY c.start, r.app, r.role ORDER BY c.start, r.app, r.role;
    END LOOP;
END
$$;

-- Where the fine range begins in which the user stands who has `skipped` of those who match before them, and how many of these
-- stand before that range. Levels are read in order, along the key whatever the planner believes, and no further than needed:
-- a FOR loop would fetch fifty rows more.
CREATE FUNCTION find_range(of_app text, of_role text, skipped bigint, OUT start text, OUT before bigint)
LANGUAGE plpgsql STABLE SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off AS $$
DECLARE
    ranges refcursor;
    counted record;
    inside bigint;
BEGIN
    start := '';
    before := 0;
    FOR of_level IN REVERSE 2..0 LOOP
        inside := 0;
        OPEN ranges FOR
            SELECT r.start, r.total FROM user_ranges r
            WHERE r.level = of_level AND r.start >= find_range.start
            AND (of_app IS NULL OR r.app = of_app) AND (of_role IS NULL OR r.role = of_role) ORDER BY r.start;
        LOOP
            FETCH ranges INTO counted;
            EXIT WHEN NOT FOUND;
            IF counted.start <> start THEN
                EXIT WHEN before + inside > skipped;
                before := before + inside;
                inside := 0;
                start := counted.start;
            END IF;
            inside := inside + counted.total;
        END LOOP;
        CLOSE ranges;
    END LOOP;
END
$$;

INSERT INTO user_ranges (level, start, app, role, total)
    SELECT l.level, '', app, role, count(*) FROM users, generate_series(0, 2) l (level) GROUP BY l.level, app, role;
SELECT count(*) FROM cut_user_ranges();
