/* SPDX-License-Identifier: MIT */
/*
 * The HTTP/1.1 server (RFC 9110, RFC 9112; HTTP/1.0 is served too). Every request runs its handler on a fiber of
 * the loop that owns the connection. A handler answers exactly once, by one of the poly_respond or poly_fail
 * functions, and returns. All request functions are for that handler's fiber only.
 */
#ifndef POLY_HTTP_H
#define POLY_HTTP_H

#include "poly/arena.h"
#include "poly/blob.h"
#include "poly/json.h"
#include "poly/runtime.h"
#include "poly/time.h"

typedef struct poly_request poly_request;
typedef struct poly_server poly_server;

typedef enum poly_method {
    POLY_GET, /* a GET route serves HEAD too */
    POLY_HEAD,
    POLY_POST,
    POLY_PUT,
    POLY_PATCH,
    POLY_DELETE,
    POLY_OPTIONS,
} poly_method;
const char *poly_method_name(poly_method method);

typedef enum poly_language { POLY_RUSSIAN, POLY_ENGLISH } poly_language;

/* A sentence in both languages of the platform. */
typedef struct poly_message {
    const char *ru;
    const char *en;
} poly_message;

/* --- routes --- */

/*
 * A path is literal segments and "{name}" segments, without a trailing slash; literal wins over "{name}".
 * Table ends with a NULL path.
 */
typedef struct poly_route {
    poly_method method;
    const char *path;
    void (*handler)(poly_request *request);
    unsigned deadline_ms; /* for the handler's waits; 0: 10,000 */
    const char *metric;   /* label of the route in metrics; NULL: the path */
    unsigned who;         /* may call it: for the server's guard, and of the daemon's own meaning */
    /*
     * Bodies carry a password. Whatever held one of them, the connection's buffer, the request's arena and the parsed
     * document, is zeroed when the request is over.
     */
    bool secret;
} poly_route;

/* --- what the request says --- */

poly_arena *poly_request_arena(poly_request *request); /* dies with the answer's last byte */
void *poly_request_context(poly_request *request);     /* poly_server_options.context */
poly_method poly_request_method(const poly_request *request);
const char *poly_request_path(const poly_request *request);                    /* decoded, without the query */
poly_slice poly_request_header(const poly_request *request, const char *name); /* absent slice if not sent */
const char *poly_request_id(const poly_request *request);
/* The client's address as text, without port: the peer's, or what trusted proxies say of theirs. */
const char *poly_request_address(const poly_request *request);
poly_language poly_request_language(const poly_request *request); /* Russian unless Accept-Language prefers English */
const char *poly_request_say(const poly_request *request, poly_message message);
bool poly_request_accepts_gzip(const poly_request *request);

/* What the server's guard has found out about the caller, for the handler; NULL if it has set nothing. In the arena. */
void poly_request_set_caller(poly_request *request, const void *caller);
const void *poly_request_caller(const poly_request *request);
/* The token of "Authorization: Bearer …" (RFC 6750 section 2.1); absent slice without one, or with two such fields. */
poly_slice poly_request_bearer(const poly_request *request);

const char *poly_request_param(poly_request *request,
                               const char *name); /* of the path, decoded; never NULL for a name in it */
/* The first value of a query parameter, decoded, valid UTF-8 without NUL; NULL if absent. */
const char *poly_request_query(poly_request *request, const char *name);

/*
 * Values that a handler needs. A wrong one is noted as a fault of `name`; when all are read,
 * `if (poly_request_refused(request)) return;` answers 422 with every fault. An empty value counts as absent.
 * `max_characters` counts code points; `choices` is NULL-terminated, and a choice is answered by its index, -1 if it is
 * absent or faulty.
 */
int64_t poly_param_int(poly_request *request, const char *name, int64_t min, int64_t max);
int64_t poly_query_int(poly_request *request, const char *name, int64_t min, int64_t max, int64_t otherwise);
int64_t poly_query_int_required(poly_request *request, const char *name, int64_t min, int64_t max);
const char *poly_query_text(poly_request *request, const char *name,
                            size_t max_characters); /* NULL if absent or blank */
const char *poly_query_text_required(poly_request *request, const char *name, size_t max_characters);
int poly_query_choice(poly_request *request, const char *name, const char *const *choices);
poly_date poly_query_date(poly_request *request, const char *name, poly_date otherwise);
poly_date poly_query_date_required(poly_request *request, const char *name);
int poly_query_clock_required(poly_request *request, const char *name); /* "HH:MM" in minutes */
/* RFC 3339, or a date, which is its midnight in Moscow. False if absent or faulty. */
bool poly_query_time(poly_request *request, const char *name, int64_t *unix_seconds);
void poly_request_fault(poly_request *request, const char *field, const char *code, poly_message message);
bool poly_request_refused(poly_request *request);

/* `page` (from 1) and `page_size`. `asked` is false when neither was given. */
typedef struct poly_page {
    int64_t page;
    int64_t page_size;
    bool asked;
} poly_page;
poly_page poly_query_page(poly_request *request, int64_t default_size, int64_t max_size);
/* "total", "page", "page_size" and "total_pages", which is 0 when there is nothing. */
void poly_json_put_page(poly_json_writer *writer, poly_page page, int64_t total);

/*
 * The body, waited for and held whole, at most `max_size` bytes (0: 1 MiB). On anything but POLY_OK the answer has been
 * given (400, 408, 413, 503) and the handler returns.
 */
poly_result poly_request_body(poly_request *request, size_t max_size, poly_slice *body) POLY_MUST_CHECK;
/* What one of these has read; absent before. */
poly_slice poly_request_body_text(const poly_request *request);
/* The same, which must be JSON with a JSON content type (else 415, 400); the document lives in the request. */
poly_result poly_request_json(poly_request *request, const poly_json **document) POLY_MUST_CHECK;
poly_result poly_request_json_up_to(poly_request *request, size_t max_size, const poly_json **document) POLY_MUST_CHECK;

/*
 * Members of a JSON body, with faults as above. A member that is null is absent, and so is every member of a NULL
 * `object`. A value of another type is a fault; an `object` that is no object is one fault, of the field "".
 */
const char *poly_body_text(poly_request *request, const poly_json *object, const char *name,
                           size_t max_characters); /* NULL if absent or blank */
const char *poly_body_text_required(poly_request *request, const poly_json *object, const char *name,
                                    size_t max_characters);
/* A password, a token: a fault does not show what was sent. */
const char *poly_body_secret_required(poly_request *request, const poly_json *object, const char *name,
                                      size_t max_characters);
int64_t poly_body_int(poly_request *request, const poly_json *object, const char *name, int64_t min, int64_t max,
                      int64_t otherwise);
int64_t poly_body_int_required(poly_request *request, const poly_json *object, const char *name, int64_t min,
                               int64_t max);
bool poly_body_bool(poly_request *request, const poly_json *object, const char *name, bool otherwise);
int poly_body_choice(poly_request *request, const poly_json *object, const char *name, const char *const *choices);
int poly_body_choice_required(poly_request *request, const poly_json *object, const char *name,
                              const char *const *choices);
bool poly_body_has(const poly_json *object, const char *name); /* present and not null */

/* --- answering --- */

/*
 * Before the answer; `name` static, `value` copied. No CR, LF or NUL (asserted). An answer without a Cache-Control of
 * its own goes out with no-store.
 */
void poly_respond_header(poly_request *request, const char *name, const char *value);

/* Copies nothing: takes a reference to `body` until it has been sent. Compressed on the way where it pays and the
 * client takes it. */
void poly_respond_blob(poly_request *request, int status, const char *content_type, poly_blob *body);
/* Takes over what is in `body` and releases it. An overflowed buffer answers 500. */
void poly_respond_strbuf(poly_request *request, int status, const char *content_type, poly_strbuf *body);
void poly_respond_json(poly_request *request, int status, poly_strbuf *body);
void poly_respond_empty(poly_request *request, int status);

/*
 * An answer that was made before and will be given again. ETag, If-None-Match, Vary and HEAD are seen to.
 * `identity` may be NULL when the client accepts gzip and `gzip` is there. References are taken as needed.
 */
typedef struct poly_representation {
    poly_blob *identity;
    poly_blob *gzip;           /* may be NULL */
    const char *etag;          /* opaque text without quotes; the gzip form's tag gets a suffix */
    const char *content_type;  /* static */
    const char *cache_control; /* static or in the arena */
} poly_representation;
void poly_respond_representation(poly_request *request, const poly_representation *representation);

/*
 * The gzip form of a body of this type, a new blob, where it pays and the client takes it; else NULL. Large bodies are
 * compressed off the loop, which waits. Marks the answer as varying by encoding.
 */
poly_blob *poly_request_compress(poly_request *request, const char *content_type, const poly_blob *body);

/*
 * A body of unknown or unheld size, written piece by piece. `content_length` -1: unknown (chunked; until the end of the
 * connection for HTTP/1.0). poly_stream_write waits while the client does not read; on anything but POLY_OK the handler
 * returns. Ending short of content_length closes the connection, which tells the client that the answer is not whole.
 */
poly_result poly_stream_begin(poly_request *request, int status, const char *content_type,
                              int64_t content_length) POLY_MUST_CHECK;
poly_result poly_stream_write(poly_request *request, const void *bytes, size_t size) POLY_MUST_CHECK;
void poly_stream_end(poly_request *request);

/* Resets the connection instead of answering: for simulators of bad peers. */
void poly_respond_abort(poly_request *request);

/* --- errors: application/problem+json (RFC 9457) --- */

/* A kind of error that clients may tell apart. Tables of them are const. */
typedef struct poly_problem {
    int status;
    const char *code; /* stable, snake_case */
    poly_message title;
    poly_message detail;
    unsigned retry_after; /* seconds; 0: no Retry-After */
} poly_problem;

void poly_fail(poly_request *request, const poly_problem *problem);
/* The same with a detail of this occasion (copied). */
void poly_fail_detail(poly_request *request, const poly_problem *problem, const char *detail);

/* Refusals that every API has. */
extern const poly_problem poly_problem_unauthenticated; /* 401 "unauthenticated" */
extern const poly_problem poly_problem_forbidden;       /* 403 "forbidden" */
extern const poly_problem poly_problem_invalid;         /* 422 "validation_failed": what poly_request_refused answers */
extern const poly_problem poly_problem_throttled;       /* 429 "too_many_requests" */
/* 401 with WWW-Authenticate (RFC 6750 section 3), which says so if a token was sent and is not good. */
void poly_fail_unauthenticated(poly_request *request, bool token_was_sent);
/* 429 with Retry-After. */
void poly_fail_throttled(poly_request *request, unsigned seconds);

/* 502, 503, 504 or 404 by what `result` says a dependency did; POLY_CANCELLED closes. `who` names it to the log. */
void poly_fail_dependency(poly_request *request, poly_result result, const char *who);

/* --- server --- */

typedef struct poly_server_options {
    const char *service;             /* name for metrics and the log */
    const char *listen;              /* see POLY_CONFIG_ADDRESS */
    const poly_route *const *routes; /* tables, NULL-terminated; health, metrics and openapi routes are added */
    void *context;
    /*
     * Called on the request's fiber before the handler of each of `routes`, with the route's `who`. False: it has
     * answered, and the handler is not called. NULL: every route is open.
     */
    bool (*guard)(poly_request *request, unsigned who);
    const char *const *cors_allow_origins; /* NULL-terminated, may be NULL; "*" is refused */
    const char *const *trusted_proxies;    /* addresses and CIDR blocks whose X-Forwarded-For counts; NULL: none */
    const char *openapi_json;              /* may be NULL */
    size_t openapi_size;
    unsigned max_connections; /* 0: 20,000 */
    unsigned max_active;      /* requests being handled per loop, those not that wait for their client; 0: 1,024;
                                 beyond it 503 */
    unsigned drain_ms;        /* 0: 10,000 */
} poly_server_options;

/* Opens the listening socket. NULL with a line in `fault` when that fails. Main thread, before poly_runtime_start. */
poly_server *poly_server_create(poly_runtime *runtime, const poly_server_options *options, poly_strbuf *fault);
unsigned poly_server_port(const poly_server *server);
/* Begins to accept on every loop. */
void poly_server_start(poly_server *server);
/*
 * Stops accepting, makes readyz say 503, closes connections as their requests end, and returns when all are
 * closed or the drain time is over. Main thread.
 */
void poly_server_drain(poly_server *server);
void poly_server_destroy(poly_server **server); /* after poly_runtime_stop */

/*
 * A readiness check, called on a request's fiber (it may wait). Answers POLY_OK or what is wrong; `detail` gets a short
 * text. `required` false: reported, never a reason for 503. Before start.
 */
void poly_server_add_check(poly_server *server, const char *name, bool required,
                           poly_result (*check)(void *argument, poly_strbuf *detail), void *argument);

#endif
