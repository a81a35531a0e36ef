-- A subject's statistics are read along an index: before, thousands of other sessions were looked at to find its few.

CREATE INDEX sessions_subject ON sessions (discipline, started_at DESC, id);
CREATE INDEX sessions_teacher_subject ON sessions (teacher_id, discipline, started_at DESC, id);

-- The newest of all of them, in the order in which they are answered.
CREATE INDEX sessions_newest ON sessions (started_at DESC, id);
DROP INDEX sessions_started;
