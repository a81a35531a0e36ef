/* SPDX-License-Identifier: MIT */
#include "poly/write.h"

#include <string.h>

#include "poly/random.h"
#include "write/idempotency.h"

#define DEFAULT_MAX_ANSWER ((size_t)1 << 20)
#define KEY_MAX            255u

static const poly_problem problem_key_malformed = {
    400,
    "idempotency_key_malformed",
    {"Неверный Idempotency-Key", "Malformed Idempotency-Key"},
    {"Заголовок Idempotency-Key — от 1 до 255 печатных знаков ASCII без пробелов.",
     "The header Idempotency-Key has 1 to 255 visible ASCII characters."},
    0,
};
static const poly_problem problem_key_reused = {
    422,
    "idempotency_key_reused",
    {"Idempotency-Key уже использован", "Idempotency-Key in use"},
    {"Этот Idempotency-Key уже использован для другого запроса.",
     "This Idempotency-Key has been used for another request."},
    0,
};

struct change {
    poly_request *request;
    poly_pg *pg;
    const poly_write_options *options;
    poly_write_body *body;
    void *context;
    struct idempotency_key key;
    bool is_repeat;
    struct idempotency_answer earlier; /* of a repeat */
    poly_write write;
};

/* --- the key --- */

static bool is_well_formed(poly_slice key)
{
    for (size_t i = 0; i < key.size; i++)
        if (key.data[i] < '!' || key.data[i] > '~')
            return false;
    return key.size >= 1 && key.size <= KEY_MAX;
}

/* Method, path and body: what makes two requests the same. */
static void digest_request(const struct change *change, uint8_t out[POLY_SHA256_SIZE])
{
    poly_slice text = poly_request_body_text(change->request);
    const uint8_t *of_body = change->options->body_digest;
    uint8_t of_text[POLY_SHA256_SIZE];
    char hex[2 * POLY_SHA256_SIZE + 1];
    const char *all;

    poly_sha256(text.data ? text.data : "", text.size, of_text);
    poly_hex_encode(of_body ? of_body : of_text, POLY_SHA256_SIZE, hex);
    all = poly_arena_printf(change->write.arena, "%s %s %s", poly_method_name(poly_request_method(change->request)),
                            poly_request_path(change->request), hex);
    poly_sha256(all, strlen(all), out);
}

/* False when it has been refused. */
static bool read_key(struct change *change)
{
    poly_slice sent = poly_request_header(change->request, "Idempotency-Key");

    if (!change->options->idempotent || !sent.data)
        return true;
    if (!is_well_formed(sent)) {
        poly_fail(change->request, &problem_key_malformed);
        return false;
    }
    change->key.scope = change->options->scope;
    idempotency_key_set(&change->key, sent, change->write.arena);
    digest_request(change, change->key.digest);
    return true;
}

/* --- the transaction --- */

static void start_over(poly_write *write)
{
    poly_audit_restart(&write->audit);
    poly_strbuf_clear(&write->body);
    write->status = 200;
    write->problem = NULL;
    write->detail = NULL;
}

static poly_result claim(poly_pg_transaction *transaction, struct change *change)
{
    poly_result result = idempotency_claim(transaction, change->write.arena, &change->key, &change->earlier);

    change->is_repeat = result == POLY_CONFLICT;
    return result;
}

static poly_result run_body(poly_pg_transaction *transaction, struct change *change)
{
    poly_write *write = &change->write;
    poly_result result = change->body(transaction, write, change->context);

    if (result != POLY_OK)
        return result;
    write->problem = NULL; /* what fails from here on is the database, or the answer's size */
    return write->body.overflowed ? POLY_TOO_LARGE : POLY_OK;
}

static poly_result run(poly_pg_transaction *transaction, void *context)
{
    struct change *change = context;
    poly_write *write = &change->write;
    poly_result result = POLY_OK;

    start_over(write);
    if (change->key.key)
        result = claim(transaction, change);
    if (result == POLY_OK)
        result = run_body(transaction, change);
    if (result == POLY_OK && change->key.key)
        result =
            idempotency_store(transaction, write->arena, &change->key, write->status, poly_strbuf_text(&write->body));
    return result;
}

/* --- answers --- */

static void respond(struct change *change)
{
    if (change->write.body.size)
        poly_respond_json(change->request, change->write.status, &change->write.body);
    else
        poly_respond_empty(change->request, change->write.status);
}

static void refuse(struct change *change, poly_result result)
{
    const poly_write *write = &change->write;

    if (result == POLY_TOO_LARGE && write->body.overflowed)
        poly_respond_json(change->request, write->status, &change->write.body); /* which is 500 then */
    else if (!write->problem)
        poly_fail_dependency(change->request, result, "postgresql");
    else if (write->detail)
        poly_fail_detail(change->request, write->problem, write->detail);
    else
        poly_fail(change->request, write->problem);
}

static void answer_repeat(struct change *change)
{
    if (!change->earlier.is_to_this) {
        poly_fail(change->request, &problem_key_reused);
        return;
    }
    poly_respond_header(change->request, "Idempotent-Replayed", "true");
    poly_strbuf_release(&change->write.body);
    poly_strbuf_init(&change->write.body, strlen(change->earlier.body) + 1);
    poly_strbuf_append_text(&change->write.body, change->earlier.body);
    change->write.status = change->earlier.status;
    respond(change);
}

/* True if the change was made. */
static bool make(struct change *change)
{
    poly_result result = poly_pg_in_transaction(change->pg, run, change);

    if (result == POLY_OK) {
        poly_audit_log(&change->write.audit);
        if (!change->options->then || change->options->then(change->request, change->context))
            respond(change);
        return true;
    }
    if (change->is_repeat)
        answer_repeat(change);
    else
        refuse(change, result);
    return false;
}

static void begin(struct change *change)
{
    const poly_write_options *options = change->options;

    change->write.arena = poly_request_arena(change->request);
    poly_audit_begin(&change->write.audit, change->request, options->scope);
    poly_strbuf_init(&change->write.body, options->max_answer ? options->max_answer : DEFAULT_MAX_ANSWER);
}

bool poly_write_respond(poly_request *request, poly_pg *pg, const poly_write_options *options, poly_write_body *body,
                        void *context)
{
    struct change change = {.request = request, .pg = pg, .options = options, .body = body, .context = context};
    bool made;

    begin(&change);
    made = read_key(&change) && make(&change);
    poly_strbuf_release(&change.write.body);
    return made;
}

/* True when it has been answered. */
static bool repeat(struct change *change)
{
    poly_result result;

    if (!change->key.key)
        return false;
    result = idempotency_find(change->pg, change->write.arena, &change->key, &change->earlier);
    if (result == POLY_NOT_FOUND)
        return false;
    if (result == POLY_OK)
        answer_repeat(change);
    else
        poly_fail_dependency(change->request, result, "postgresql");
    return true;
}

bool poly_write_repeat(poly_request *request, poly_pg *pg, const poly_write_options *options)
{
    struct change change = {.request = request, .pg = pg, .options = options};
    bool answered;

    begin(&change);
    answered = !read_key(&change) || repeat(&change);
    poly_strbuf_release(&change.write.body);
    return answered;
}
