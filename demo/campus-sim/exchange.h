/* SPDX-License-Identifier: MIT */
/*
 * The way of every request to an imitated site: it is counted, meets its fault, and gets what was put in the answer's
 * place, what was recorded, or what is generated.
 */
#ifndef CAMPUS_EXCHANGE_H
#define CAMPUS_EXCHANGE_H

#include "simulator.h"

/* One kind of request to RUZ. */
struct exchange {
    /* Appends the generated answer. */
    void (*generate)(poly_request *request, poly_strbuf *out);
    /* Appends what the site says when it has no such thing. */
    void (*deny)(poly_request *request, const char *what, poly_strbuf *out);
    const char *what;
};

void exchange_answer(poly_request *request, const struct exchange *exchange);

/* One kind of request to CAS or to the record book, which have their own statuses and pages. */
struct site_exchange {
    const char *content_type;
    /* Appends the answer, adds its header fields and answers its status. `other_layout`: see FAULT_LAYOUT. */
    int (*respond)(poly_request *request, bool other_layout, poly_strbuf *out);
};

void exchange_answer_site(poly_request *request, const struct site_exchange *exchange);

#endif
