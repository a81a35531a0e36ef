-- A search reads up to 200 users of an app in their order: with the role beside it, the index alone says which of them match.

DROP INDEX users_app_sorted;
CREATE INDEX users_app_sorted ON users (app, sort_text, id) INCLUDE (role);
