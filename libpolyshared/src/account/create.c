/* SPDX-License-Identifier: MIT */
/*
 * An entity and its user, from nothing: first the promise to remove the user again, then the user, then in one
 * transaction the entity and the promise's end. Whoever is killed in between leaves the promise.
 */
#include "account/accounts.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "poly/crypto.h"
#include "poly/log.h"
#include "poly/password.h"

/* Longer than sso-svc may be asked for a user, so that it cannot be made after it was removed. */
#define UNDO_AFTER_MS 15000

static const poly_problem problem_being_undone = {
    503,
    "being_undone",
    {"Ещё не завершено", "Not finished yet"},
    {"Предыдущая попытка создать эту учётную запись ещё отменяется. Повторите через несколько секунд.",
     "An earlier attempt to create this account is still being undone. Try again in a few seconds."},
    2,
};
static const poly_problem problem_created_before = {
    409,
    "created_before",
    {"Уже создано", "Created before"},
    {"По запросу с этим Idempotency-Key запись уже была создана, а первый ответ больше не хранится. Чтобы создать ещё "
     "одну, отправьте запрос с новым ключом.",
     "A request with this Idempotency-Key has created its record before, and the first answer is no longer kept. To "
     "create another one, send the request with a new key."},
    0,
};

struct creation {
    poly_accounts *accounts;
    poly_request *request;
    poly_write_options options;
    poly_account *account;
    poly_write_body *body;
    void *context;
    poly_arena *arena;
    poly_sso_call call;
    poly_arena *kept;    /* the request's may be gone with its answer */
    const char *promise; /* in `kept`: what is stored of it */
};

/* --- what the request is known by --- */

/* Whether the entity's id follows from it. */
static bool has_key(const struct creation *creation)
{
    return creation->options.idempotent && poly_request_header(creation->request, "Idempotency-Key").size;
}

struct digest_job {
    poly_slice text;
    poly_slice salt;
    uint8_t *out;
    poly_result result;
};

static void run_digest(void *argument)
{
    struct digest_job *job = argument;

    job->result = poly_password_digest(job->text, job->salt, job->out);
}

/* False when it could not be made, which has been answered. */
static bool digest_password(struct creation *creation)
{
    struct digest_job job = {
        .text = poly_request_body_text(creation->request),
        .salt = poly_request_header(creation->request, "Idempotency-Key"),
    };
    poly_result result;

    if (!creation->account->password || !has_key(creation))
        return true;
    job.out = poly_arena_alloc(creation->arena, POLY_PASSWORD_DIGEST_SIZE);
    result = poly_offload(run_digest, &job);
    if (result == POLY_OK)
        result = job.result;
    if (result != POLY_OK)
        poly_fail_dependency(creation->request, result, "password hashing");
    creation->options.body_digest = job.out;
    return result == POLY_OK;
}

/* RFC 9562, version 8: the digest's bits. */
static void make_uuid_of(const char *text, char out[POLY_UUID_SIZE])
{
    uint8_t bits[POLY_SHA256_SIZE];
    char hex[2 * POLY_SHA256_SIZE + 1];

    poly_sha256(text, strlen(text), bits);
    bits[6] = (uint8_t)((bits[6] & 0x0f) | 0x80);
    bits[8] = (uint8_t)((bits[8] & 0x3f) | 0x80);
    poly_hex_encode(bits, sizeof(bits), hex);
    snprintf(out, POLY_UUID_SIZE, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

/* With a key, the same for the same request: what an earlier attempt has left behind at sso-svc is then its own. */
static void make_entity_id(struct creation *creation)
{
    poly_slice key = poly_request_header(creation->request, "Idempotency-Key");
    poly_slice body = poly_request_body_text(creation->request);
    char hex[2 * POLY_SHA256_SIZE + 1];
    uint8_t digest[POLY_SHA256_SIZE];

    if (!has_key(creation)) {
        poly_uuid_make(creation->account->entity_id);
        return;
    }
    poly_sha256(body.data, body.size, digest);
    poly_hex_encode(creation->options.body_digest ? creation->options.body_digest : digest, sizeof(digest), hex);
    make_uuid_of(poly_arena_printf(creation->arena, "%s\n%s\n%.*s\n%s", creation->options.scope,
                                   poly_request_path(creation->request), (int)key.size, key.data, hex),
                 creation->account->entity_id);
}

/*
 * Keys are forgotten in time, what they made is not: an old request must not set its user's password again. True when
 * it has been answered.
 */
static bool was_made(struct creation *creation)
{
    poly_pg *pg = creation->accounts->options.pg;
    poly_result result;
    bool alive;

    if (!has_key(creation))
        return false;
    result = account_is_alive(creation->accounts, creation->account->entity_id, creation->arena, &alive);
    if (result != POLY_OK)
        poly_fail_dependency(creation->request, result, "postgresql");
    else if (alive && !poly_write_repeat(creation->request, pg, &creation->options)) /* this moment, it may be */
        poly_fail(creation->request, &problem_created_before);
    return result != POLY_OK || alive;
}

/* --- the promise --- */

static void describe(struct creation *creation)
{
    poly_json_writer writer;
    poly_strbuf text;

    poly_strbuf_init(&text, 4096);
    poly_json_writer_init(&writer, &text);
    poly_json_begin_object(&writer, NULL);
    if (creation->account->username)
        poly_json_put_text(&writer, "username", creation->account->username);
    poly_json_end_object(&writer);
    creation->promise = poly_arena_strdup(creation->kept, poly_strbuf_text(&text));
    poly_strbuf_release(&text);
}

static poly_result promise(poly_pg_transaction *transaction, void *context)
{
    const struct creation *creation = context;

    return poly_outbox_promise(transaction, ACCOUNT_UNDO, creation->account->entity_id, creation->promise,
                               UNDO_AFTER_MS, creation->kept);
}

/* False when it has been answered. */
static bool make_promise(struct creation *creation)
{
    poly_result result;

    describe(creation);
    result = poly_pg_in_transaction(creation->accounts->options.pg, promise, creation);
    if (result == POLY_CONFLICT)
        poly_fail(creation->request, &problem_being_undone);
    else if (result != POLY_OK)
        poly_fail_dependency(creation->request, result, "postgresql");
    return result == POLY_OK;
}

/* --- the user --- */

static const poly_statement promise_for_username = {
    .name = "account_promise_for_username",
    .sql = "SELECT FROM outbox WHERE topic = '" ACCOUNT_UNDO "' AND dead_at IS NULL AND payload->>'username' = $1"
           " AND key <> $2 LIMIT 1",
    .types = {POLY_PG_TEXT, POLY_PG_TEXT},
};

/* The name may be held by what an attempt without a key has left behind, and will be free in a moment. */
static bool is_being_freed(const struct creation *creation)
{
    const poly_account *account = creation->account;
    poly_pg_rows rows;

    return account->username && strcmp(creation->call.refusal.code, "username_taken") == 0 &&
           poly_pg_query(creation->accounts->options.pg, &promise_for_username,
                         POLY_PG_VALUES(poly_pg_text(account->username), poly_pg_text(account->entity_id)),
                         creation->arena, &rows) == POLY_OK &&
           rows.count > 0;
}

/*
 * Another attempt with the same key may have kept the promise while the user was being made, so it is made once more.
 * If that other is at it now, it may have begun too early: then it is done again, too.
 */
static poly_result undo_now(struct creation *creation, bool sso_answers)
{
    const poly_accounts_options *options = &creation->accounts->options;
    const char *key = creation->account->entity_id;
    poly_result promised, result;

    do {
        promised = result = poly_pg_in_transaction(options->pg, promise, creation);
        if (promised == POLY_OK && !sso_answers)
            result = poly_outbox_hurry(options->pg, key, creation->kept);
        else if (promised == POLY_OK || promised == POLY_CONFLICT)
            result = poly_outbox_flush(creation->accounts->outbox, key, creation->kept);
    } while (promised == POLY_CONFLICT && result == POLY_NOT_FOUND);
    return result == POLY_NOT_FOUND ? POLY_OK : result;
}

/* Whatever this or an earlier attempt has made goes now; if that fails, the promise goes on waiting. */
static void keep_promise(struct creation *creation, bool sso_answers)
{
    poly_result result = undo_now(creation, sso_answers);

    if (result != POLY_OK)
        poly_log(POLY_LOG_WARNING, "a half-made account waits to be removed",
                 poly_text_field("entity", creation->account->entity_id),
                 poly_text_field("error", poly_result_name(result)));
}

static void refuse(struct creation *creation, poly_result result)
{
    bool was_refused = creation->call.refusal.status != 0;

    keep_promise(creation, was_refused);
    if (was_refused && is_being_freed(creation))
        poly_fail(creation->request, &problem_being_undone);
    else
        poly_sso_fail(creation->request, &creation->call, result);
}

/* False when it has been answered. */
static bool make_user(struct creation *creation)
{
    poly_account *account = creation->account;
    poly_sso_provision wanted = {
        .entity_id = account->entity_id,
        .full_name = account->full_name,
        .username = account->username,
        .password = account->password,
        .activity = POLY_SSO_ACTIVE,
    };
    poly_result result = account_provision(creation->accounts, &creation->call, account->role, &wanted, &account->user);

    if (result != POLY_OK)
        refuse(creation, result);
    return result == POLY_OK;
}

/* --- the entity --- */

static poly_result make_entity(poly_pg_transaction *transaction, poly_write *write, void *context)
{
    const struct creation *creation = context;
    poly_result result = poly_outbox_withdraw(transaction, ACCOUNT_UNDO, creation->account->entity_id, write->arena);

    if (result == POLY_CONFLICT)
        write->problem = &problem_being_undone;
    if (result != POLY_OK)
        return result;
    result = creation->body(transaction, write, creation->context);
    /* One that was made with a forgotten key and deleted since has its id still. */
    if (result == POLY_CONFLICT && !write->problem && has_key(creation))
        write->problem = &problem_created_before;
    return result;
}

static bool create(struct creation *creation)
{
    const poly_accounts *accounts = creation->accounts;
    bool made;

    if (!digest_password(creation) || poly_write_repeat(creation->request, accounts->options.pg, &creation->options))
        return false;
    make_entity_id(creation);
    if (was_made(creation) || !make_promise(creation) || !make_user(creation))
        return false;
    made = poly_write_respond(creation->request, accounts->options.pg, &creation->options, make_entity, creation);
    if (!made)
        keep_promise(creation, true);
    return made;
}

bool poly_account_create(poly_accounts *accounts, poly_request *request, const poly_write_options *options,
                         poly_account *account, poly_write_body *body, void *context)
{
    struct creation creation = {
        .accounts = accounts,
        .request = request,
        .options = *options,
        .account = account,
        .body = body,
        .context = context,
        .arena = poly_request_arena(request),
        .call = {.arena = poly_request_arena(request), .language = poly_request_language(request)},
        .kept = poly_arena_create(0),
    };
    bool made;

    assert(!options->body_digest);
    made = create(&creation);
    poly_arena_destroy(&creation.kept);
    return made;
}
