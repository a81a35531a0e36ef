/* SPDX-License-Identifier: MIT */
#include "token/key_directory.h"

#include "poly/log.h"
#include "poly/random.h"
#include "poly/time.h"
#include "token/key_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FAULT_MAX = 1024 };

#define RELOAD_INTERVAL POLY_SECONDS(5)
#define LAST_TIME       INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

struct poly_key_directory {
    char *path;
    poly_key_set *set;
    pthread_mutex_t mutex;        /* over one look at the files */
    char state[POLY_DIGEST_SIZE]; /* mutex; of the files that the set is made of */
};

/* --- looking at the files --- */

/* Under the mutex. */
static poly_result look(poly_key_directory *directory, poly_strbuf *fault)
{
    char state[POLY_DIGEST_SIZE];
    token_ring *ring;
    poly_result result = token_files_state(directory->path, state, fault);

    if (result != POLY_OK)
        return result;
    if (strcmp(state, directory->state) == 0)
        return POLY_OK;
    result = token_files_read(directory->path, &ring, state, fault);
    if (result != POLY_OK)
        return result;
    memcpy(directory->state, state, sizeof(state));
    if (token_key_set_replace(directory->set, ring))
        poly_log(POLY_LOG_INFO, "read the signing keys", poly_text_field("directory", directory->path),
                 poly_int_field("keys", ring->count));
    return POLY_OK;
}

poly_result poly_key_directory_reload(poly_key_directory *directory)
{
    poly_strbuf fault;
    poly_result result;

    poly_strbuf_init(&fault, FAULT_MAX);
    pthread_mutex_lock(&directory->mutex);
    result = look(directory, &fault);
    pthread_mutex_unlock(&directory->mutex);
    if (result != POLY_OK)
        poly_log(POLY_LOG_ERROR, "the signing keys cannot be read, those known stay in use",
                 poly_text_field("directory", directory->path), poly_text_field("fault", poly_strbuf_text(&fault)));
    poly_strbuf_release(&fault);
    return result;
}

/* --- opening --- */

static poly_result lock(const poly_key_directory *directory, int *held, poly_strbuf *fault)
{
    int number;

    *held = token_files_lock(directory->path);
    if (*held >= 0)
        return POLY_OK;
    number = errno;
    poly_strbuf_printf(fault, "\"%s\" %s", directory->path, strerror(number));
    return number == ENOENT ? POLY_NOT_FOUND : POLY_IO;
}

/* Under the files' lock. The key is younger than any of `ring`, even of the same second. */
static poly_result write_key(const poly_key_directory *directory, const token_ring *ring, char id[POLY_KEY_ID_SIZE],
                             poly_strbuf *fault)
{
    int64_t newest = ring && ring->count > 0 ? ring->keys[ring->count - 1]->created : 0;
    int64_t now = poly_time_unix();
    token_key *key;
    poly_result result;

    token_key_id_make(now > newest || newest == LAST_TIME ? now : newest + 1, id);
    key = token_key_generate(id);
    result = token_files_write(directory->path, key, fault);
    token_key_unref(&key);
    return result;
}

/* Of replicas that start together, one makes the key and the others find it. */
static poly_result make_first_key(poly_key_directory *directory, poly_strbuf *fault)
{
    char id[POLY_KEY_ID_SIZE];
    int held;
    poly_result result = lock(directory, &held, fault);

    if (result != POLY_OK)
        return result;
    result = look(directory, fault);
    if (result == POLY_NOT_FOUND) {
        poly_strbuf_clear(fault);
        result = write_key(directory, NULL, id, fault);
        if (result == POLY_OK)
            result = look(directory, fault);
    }
    close(held);
    return result;
}

poly_result poly_key_directory_open(const char *path, bool make_first, poly_key_directory **directory,
                                    poly_strbuf *fault)
{
    poly_key_directory *opened = poly_alloc_zero(1, sizeof(*opened));
    poly_result result;

    opened->path = poly_strdup(path);
    opened->set = token_key_set_create();
    pthread_mutex_init(&opened->mutex, NULL);
    result = look(opened, fault);
    if (result == POLY_NOT_FOUND && make_first) {
        poly_strbuf_clear(fault);
        result = make_first_key(opened, fault);
    }
    if (result != POLY_OK)
        poly_key_directory_close(&opened);
    *directory = opened;
    return result;
}

void poly_key_directory_close(poly_key_directory **directory)
{
    if (!*directory)
        return;
    poly_key_set_destroy(&(*directory)->set);
    pthread_mutex_destroy(&(*directory)->mutex);
    free((*directory)->path);
    free(*directory);
    *directory = NULL;
}

poly_key_set *poly_key_directory_keys(poly_key_directory *directory)
{
    return directory->set;
}

token_key *token_key_directory_signing(poly_key_directory *directory, int64_t now)
{
    token_ring *ring = token_key_set_ring(directory->set, NULL);
    token_key *key = token_key_ref(token_ring_signing(ring, now)); /* an open directory has one */

    token_ring_unref(&ring);
    return key;
}

size_t poly_key_directory_list(const poly_key_directory *directory, poly_key_info out[POLY_KEYS_MAX])
{
    token_ring *ring = token_key_set_ring(directory->set, NULL);
    const token_key *signing = token_ring_signing(ring, poly_time_unix());
    size_t count = ring->count;

    for (size_t i = 0; i < count; i++) {
        out[i] = (poly_key_info){.created = ring->keys[i]->created, .signs = ring->keys[i] == signing};
        memcpy(out[i].id, ring->keys[i]->id, sizeof(out[i].id));
    }
    token_ring_unref(&ring);
    return count;
}

/* --- watching --- */

static void reload(void *argument)
{
    poly_key_directory_reload(argument); /* logs what goes wrong */
}

static void watch(void *argument)
{
    while (poly_fiber_sleep(RELOAD_INTERVAL) == POLY_OK) {
        if (poly_offload(reload, argument) == POLY_OVERLOADED)
            poly_log_plain(POLY_LOG_WARNING, "no thread is free to look at the signing keys");
    }
}

void poly_key_directory_watch(poly_key_directory *directory, poly_loop *loop)
{
    poly_fiber_start(loop, "key directory", watch, directory);
}

/* --- changing --- */

/* What `act` does to the ring as it is in the files, under their lock. */
static poly_result change(poly_key_directory *directory, char id[POLY_KEY_ID_SIZE],
                          poly_result (*act)(const poly_key_directory *directory, const token_ring *ring,
                                             char id[POLY_KEY_ID_SIZE], poly_strbuf *fault))
{
    token_ring *ring = NULL;
    poly_strbuf fault;
    poly_result result;
    int held = -1;

    poly_strbuf_init(&fault, FAULT_MAX);
    result = lock(directory, &held, &fault);
    if (result == POLY_OK)
        result = poly_key_directory_reload(directory);
    if (result == POLY_OK) {
        ring = token_key_set_ring(directory->set, NULL);
        result = act(directory, ring, id, &fault);
        token_ring_unref(&ring);
    }
    if (held >= 0)
        close(held);
    if (fault.size > 0)
        poly_log(POLY_LOG_ERROR, "the signing keys cannot be changed", poly_text_field("directory", directory->path),
                 poly_text_field("fault", poly_strbuf_text(&fault)));
    poly_strbuf_release(&fault);
    return result == POLY_OK ? poly_key_directory_reload(directory) : result;
}

static poly_result add(const poly_key_directory *directory, const token_ring *ring, char id[POLY_KEY_ID_SIZE],
                       poly_strbuf *fault)
{
    if (ring->count == POLY_KEYS_MAX)
        return POLY_TOO_LARGE;
    return write_key(directory, ring, id, fault);
}

static poly_result drop(const poly_key_directory *directory, const token_ring *ring, char id[POLY_KEY_ID_SIZE],
                        poly_strbuf *fault)
{
    const token_key *key = token_ring_find(ring, poly_slice_of(id));

    if (!key)
        return POLY_NOT_FOUND;
    if (key == ring->keys[ring->count - 1])
        return POLY_CONFLICT;
    return token_files_remove(directory->path, key->id, fault);
}

poly_result poly_key_directory_rotate(poly_key_directory *directory, char id[POLY_KEY_ID_SIZE])
{
    return change(directory, id, add);
}

poly_result poly_key_directory_retire(poly_key_directory *directory, const char *id)
{
    char name[POLY_KEY_ID_SIZE];

    if (!token_key_id_is_valid(poly_slice_of(id)))
        return POLY_NOT_FOUND;
    snprintf(name, sizeof(name), "%s", id);
    return change(directory, name, drop);
}
