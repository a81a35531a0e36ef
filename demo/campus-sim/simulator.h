/* SPDX-License-Identifier: MIT */
/*
 * What handlers work with. The campus and the recordings never change; the rest guards itself.
 */
#ifndef CAMPUS_SIMULATOR_H
#define CAMPUS_SIMULATOR_H

#include "answer_book.h"
#include "campus.h"
#include "config.h"
#include "faults.h"
#include "request_log.h"
#include "ticket_table.h"

#include "poly/http.h"

struct simulator {
    const campus_config *config;
    struct campus *campus;
    poly_date fixed_today; /* all zero: the clock's */
    fault_table *faults;
    request_log *requests;
    answer_book *overrides;
    answer_book *recordings; /* NULL: none are replayed */
    ticket_table *tickets;
};

/* A text and NULL in `fault`'s case, for poly_daemon.start. */
void *simulator_start(poly_runtime *runtime, const void *config, poly_strbuf *fault);
void simulator_release(void *context);

poly_date simulator_today(const struct simulator *simulator);

#define RUZ_BASE         "/api/v1/ruz"
#define CAS_BASE         "/cas"
#define RECORD_BOOK_BASE "/record-book"
extern const poly_route ruz_routes[];
extern const poly_route cas_routes[];
extern const poly_route record_book_routes[];
extern const poly_route control_routes[];

#endif
