/* SPDX-License-Identifier: MIT */
/*
 * The way of every request to an imitated site: it is counted, meets its fault, and gets what was put in the answer's
 * place, what was recorded, or what is generated.
 */
#ifndef CAMPUS_EXCHANGE_H
#define CAMPUS_EXCHANGE_H

#include "simulator.h"

/* One kind of request. */
struct exchange {
    /* Appends the generated answer. */
    void (*generate)(poly_request *request, poly_strbuf *out);
    /* Appends what the site says when it has no such thing. */
    void (*deny)(poly_request *request, const char *what, poly_strbuf *out);
    const char *what;
};

void exchange_answer(poly_request *request, const struct exchange *exchange);

#endif
