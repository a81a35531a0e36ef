/* SPDX-License-Identifier: MIT */
/* One question to sso-svc and its answer, for all that ask. */
#ifndef POLY_CLIENTS_SSO_CALL_H
#define POLY_CLIENTS_SSO_CALL_H

#include "clients/answer.h"
#include "poly/sso_client.h"

struct sso_question {
    poly_method method;
    const char *path;
    const poly_strbuf *body; /* JSON; may be NULL */
    unsigned deadline_ms;    /* 0: the client's */
    answer_reader *read;     /* NULL: that it was done is all there is to know */
    void *out;               /* of `read` */
};

/* Results as poly/sso_client.h has them. All changes may be sent again: what they ask for is a state. */
poly_result sso_ask(poly_sso_client *client, poly_sso_call *call, const struct sso_question *question) POLY_MUST_CHECK;

/* Percent-encoded, in the arena. */
const char *sso_encode(poly_arena *arena, const char *text);

/* --- reading; false or POLY_BAD_ANSWER when the contract is broken --- */

/* A string, copied. With `may_be_null`, null is NULL. */
bool sso_read_text(const poly_json *object, const char *name, bool may_be_null, poly_arena *arena, const char **out);
/* An answer_reader: `out` is a poly_sso_user. */
poly_result sso_read_user(const poly_json *object, poly_arena *arena, void *out);
bool sso_read_app_and_role(const poly_json *object, poly_app *app, poly_role *role);

#endif
