-- The words of users who change or go are followed row by row, with an index whatever the planner believes. A statement
-- over all of them was planned for as many as there were the first time: forty of four thousand teachers took a third of
-- a second, and four thousand after forty took minutes.

DROP TRIGGER users_deleted ON users;
DROP TRIGGER users_updated ON users;
DROP FUNCTION remove_users();
DROP FUNCTION rename_users();

CREATE FUNCTION uncount_users() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE user_counts c SET total = c.total - r.total
        FROM (SELECT app, role, count(*) AS total FROM removed GROUP BY app, role) r
        WHERE c.app = r.app AND c.role = r.role;
    RETURN NULL;
END
$$;
CREATE FUNCTION change_words_of_user() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    gone text;
BEGIN
    FOREACH gone IN ARRAY words_of(OLD.sort_text) LOOP
        DELETE FROM user_words WHERE app = OLD.app AND word = gone AND sort_text = OLD.sort_text AND user_id = OLD.id;
    END LOOP;
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO user_words (app, word, sort_text, user_id)
            SELECT DISTINCT NEW.app, word, NEW.sort_text, NEW.id FROM unnest(words_of(NEW.sort_text)) w (word);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER users_deleted AFTER DELETE ON users
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION uncount_users();
CREATE TRIGGER user_deleted AFTER DELETE ON users FOR EACH ROW EXECUTE FUNCTION change_words_of_user();
CREATE TRIGGER user_renamed AFTER UPDATE ON users FOR EACH ROW WHEN (OLD.sort_text <> NEW.sort_text)
    EXECUTE FUNCTION change_words_of_user();
