/* SPDX-License-Identifier: MIT */
#include "password_hasher.h"

#include <stdlib.h>

#include "poly/runtime.h"

/* So that a storm of logins takes nothing from requests that need no hashing. */
#define NICENESS 10

struct password_hasher {
    poly_offload_pool *pool;
    poly_password_cost cost;
    char decoy[POLY_PASSWORD_HASH_SIZE]; /* for who does not exist */
};

struct job {
    const password_hasher *hasher;
    const char *password;
    const char *hash; /* NULL: there is none to be right about */
    poly_result result;
    poly_password_verdict verdict;
    char made[POLY_PASSWORD_HASH_SIZE];
    bool has_made;
};

password_hasher *password_hasher_create(const password_hasher_options *options)
{
    password_hasher *hasher = poly_alloc_zero(1, sizeof(*hasher));

    hasher->cost = options->cost;
    poly_password_decoy(hasher->cost, hasher->decoy);
    hasher->pool = poly_offload_pool_create(&(poly_offload_pool_options){
        .name = "hash",
        .threads = options->threads,
        .queue = options->queue,
        .niceness = NICENESS,
    });
    return hasher;
}

void password_hasher_destroy(password_hasher **hasher)
{
    if (!*hasher)
        return;
    poly_offload_pool_destroy(&(*hasher)->pool);
    free(*hasher);
    *hasher = NULL;
}

/* --- off the loop --- */

static void hash_anew(struct job *job)
{
    job->result = poly_password_hash(job->password, job->hasher->cost, job->made);
    job->has_made = job->result == POLY_OK;
}

static void check(struct job *job)
{
    job->verdict = poly_password_check(job->password, job->hash ? job->hash : job->hasher->decoy, job->hasher->cost);
    job->result = job->verdict == POLY_PASSWORD_FAILED ? POLY_OVERLOADED : POLY_OK;
    if (!job->hash)
        job->verdict = POLY_PASSWORD_WRONG;
    if (job->verdict == POLY_PASSWORD_OUTDATED)
        hash_anew(job);
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

static void run_hash(void *argument)
{
    hash_anew(argument);
}

static void run_check(void *argument)
{
    check(argument);
}

/* --- on the fiber --- */

poly_result password_hasher_hash(password_hasher *hasher, const char *password, poly_arena *arena, const char **hash)
{
    struct job job = {.hasher = hasher, .password = password};
    poly_result result = poly_offload_to(hasher->pool, run_hash, &job);

    if (result == POLY_OK)
        result = job.result;
    if (result == POLY_OK)
        *hash = poly_arena_strdup(arena, job.made);
    return result;
}

poly_result password_hasher_check(password_hasher *hasher, const char *password, const char *hash, poly_arena *arena,
                                  bool *right, const char **fresh)
{
    struct job job = {.hasher = hasher, .password = password, .hash = hash};
    poly_result result = poly_offload_to(hasher->pool, run_check, &job);

    *fresh = NULL;
    if (result == POLY_OK)
        result = job.result;
    if (result != POLY_OK)
        return result;
    *right = job.verdict == POLY_PASSWORD_RIGHT || job.verdict == POLY_PASSWORD_OUTDATED;
    if (job.has_made)
        *fresh = poly_arena_strdup(arena, job.made);
    return POLY_OK;
}

poly_result password_hasher_digest(password_hasher *hasher, poly_request *request, const uint8_t **digest)
{
    struct digest_job job = {
        .text = poly_request_body_text(request),
        .salt = poly_request_header(request, "Idempotency-Key"),
    };
    poly_result result;

    *digest = NULL;
    if (!job.salt.data)
        return POLY_OK;
    job.out = poly_arena_alloc(poly_request_arena(request), POLY_PASSWORD_DIGEST_SIZE);
    result = poly_offload_to(hasher->pool, run_digest, &job);
    if (result == POLY_OK)
        result = job.result;
    if (result == POLY_OK)
        *digest = job.out;
    return result;
}
