/* SPDX-License-Identifier: MIT */
/*
 * A PostgreSQL of the test program's own, in a temporary directory, on a free port and a socket in that directory.
 * Started once; stopped and removed when the program ends, however it ends. As root it runs as an unprivileged user,
 * since the server refuses root.
 */
#ifndef POLY_TEST_POSTGRES_H
#define POLY_TEST_POSTGRES_H

/* Starts it, in the main process, before Check forks. Exits the program with a reason if that is impossible. */
void postgres_begin(void);
/* The same with lines for postgresql.conf. */
void postgres_begin_with(const char *settings);

/* A URI of the database, over TCP. Static. */
const char *postgres_url(void);
/* A fresh database's URI; lives until the program ends. */
const char *postgres_new_database(void);

/* Ends the server as a crash would, without its saying good-bye; starts it again; both wait for it. */
void postgres_crash(void);
void postgres_restart(void);
/* Stops its processes where they are, and lets them go on. */
void postgres_freeze(void);
void postgres_thaw(void);

/* Runs SQL over a connection of its own and fails the test if that fails; the first cell, "" for none, in a static
 * buffer. */
const char *postgres_run(const char *url, const char *sql);
/* Repeats the query until its first cell is `expected`; fails the test after 20 s. */
void postgres_await(const char *url, const char *sql, const char *expected);

#endif
