/* SPDX-License-Identifier: MIT */
/*
 * CAS's service tickets: each is for one service, is used once, and lives for seconds. Any thread.
 */
#ifndef CAMPUS_TICKET_TABLE_H
#define CAMPUS_TICKET_TABLE_H

#include "poly/base.h"

typedef struct ticket_table ticket_table;

#define TICKET_SIZE      64
#define TICKET_SECONDS   30
#define TICKET_USER_SIZE 32

ticket_table *ticket_table_create(void);
void ticket_table_destroy(ticket_table **table);

/* The oldest gives way when there are too many. */
void ticket_table_issue(ticket_table *table, const char *user, const char *service, char ticket[TICKET_SIZE]);

/*
 * Takes the ticket, which is gone then, whatever the answer. POLY_OK with its user; POLY_NOT_FOUND: there is no such
 * ticket, it was used, or its time is over; POLY_CONFLICT: it is another service's.
 */
poly_result ticket_table_take(ticket_table *table, const char *ticket, const char *service,
                              char user[TICKET_USER_SIZE]) POLY_MUST_CHECK;

#endif
