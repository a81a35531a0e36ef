/* SPDX-License-Identifier: MIT */
#include "snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "poly/log.h"
#include "poly/metrics.h"
#include "poly/strbuf.h"

#include "snapshot_file.h"

#define MAGIC       "polysch" /* 8 bytes with its NUL */
#define VERSION     1
#define PATH_SIZE   4096
#define LOG_MAX     ((size_t)32 << 20)
#define ANSWER_MAX  ((int64_t)16 << 20)
#define ENTRIES_MAX 10000000
#define TIME_MAX    (INT64_C(1) << 60)

struct snapshot {
    snapshot_options options;
    char path[PATH_SIZE], partial[PATH_SIZE];
    pthread_mutex_t saving;
    uint64_t saved_generation; /* under the mutex */
    int64_t saved_sequence;    /* under the mutex */
    atomic_bool failed;
    poly_counter *saves, *failures;
    poly_gauge *bytes, *entries, *saved_at;
};

snapshot *snapshot_create(const snapshot_options *options, poly_strbuf *fault)
{
    snapshot *self;

    if (mkdir(options->directory, 0750) != 0 && errno != EEXIST) {
        poly_strbuf_printf(fault, "SNAPSHOT_DIR '%s' cannot be made: %s", options->directory, strerror(errno));
        return NULL;
    }
    if (access(options->directory, W_OK | X_OK) != 0) {
        poly_strbuf_printf(fault, "SNAPSHOT_DIR '%s' cannot be written: %s", options->directory, strerror(errno));
        return NULL;
    }
    self = poly_alloc_zero(1, sizeof(*self));
    self->options = *options;
    snprintf(self->path, sizeof(self->path), "%s/schedule.snapshot", options->directory);
    snprintf(self->partial, sizeof(self->partial), "%s/schedule.snapshot.partial", options->directory);
    pthread_mutex_init(&self->saving, NULL);
    atomic_init(&self->failed, false);
    self->saves = poly_counter_get("schedule_snapshot_saves_total", "Snapshots by outcome.",
                                   (const poly_label[]){{"result", "ok"}, {0}});
    self->failures = poly_counter_get("schedule_snapshot_saves_total", "Snapshots by outcome.",
                                      (const poly_label[]){{"result", "failed"}, {0}});
    self->bytes = poly_gauge_get("schedule_snapshot_bytes", "Size of the last snapshot.", NULL);
    self->entries = poly_gauge_get("schedule_snapshot_entries", "Entries in the last snapshot.", NULL);
    self->saved_at =
        poly_gauge_get("schedule_snapshot_timestamp_seconds", "When the last snapshot was saved, or 0.", NULL);
    return self;
}

void snapshot_destroy(snapshot **self)
{
    if (!*self)
        return;
    pthread_mutex_destroy(&(*self)->saving);
    free(*self);
    *self = NULL;
}

/* --- saving --- */

/* The entries in the order of use, so that loading them in this order gives the same one. */
struct collection {
    cache_item *items; /* with references of their blobs */
    size_t count, capacity;
};

static void collect(void *argument, const cache_item *item)
{
    struct collection *collection = argument;

    if (!item->gzip)
        return;
    if (collection->count == collection->capacity) {
        collection->capacity = collection->capacity ? 2 * collection->capacity : 256;
        collection->items = poly_realloc(collection->items, collection->capacity, sizeof(*collection->items));
    }
    collection->items[collection->count] = *item;
    poly_blob_ref(item->gzip);
    collection->count++;
}

static int compare_use(const void *a, const void *b)
{
    const cache_item *left = a, *right = b;

    return (left->used_at > right->used_at) - (left->used_at < right->used_at);
}

static void release(struct collection *collection)
{
    for (size_t i = 0; i < collection->count; i++)
        poly_blob_unref(&collection->items[i].gzip);
    free(collection->items);
}

/* From the cache's clock, which starts anew with the process, to the wall's, in µs. */
static int64_t clock_offset(const snapshot *self)
{
    return poly_time_unix_ms() * 1000 - cache_clock(self->options.cache);
}

static void write_item(snapshot_file *file, const cache_item *item, int64_t offset)
{
    const int64_t numbers[] = {
        item->key.kind,
        item->key.id,
        item->key.parent,
        item->key.monday,
        item->fetched_at + offset,
        item->fresh_until + offset,
        item->asked_at == INT64_MIN ? INT64_MIN : item->asked_at + offset,
        item->modified,
        item->identity_size,
        (int64_t)item->gzip->size,
    };

    for (size_t i = 0; i < POLY_LENGTH(numbers); i++)
        snapshot_file_write_number(file, numbers[i]);
    snapshot_file_write(file, item->etag, CACHE_ETAG_SIZE - 1);
    snapshot_file_write(file, item->gzip->data, item->gzip->size);
}

static void write_body(const snapshot *self, snapshot_file *file, const struct collection *collection,
                       const poly_strbuf *changes)
{
    int64_t offset = clock_offset(self);

    snapshot_file_write(file, MAGIC, sizeof(MAGIC));
    snapshot_file_write_number(file, VERSION);
    snapshot_file_write_number(file, (int64_t)changes->size);
    snapshot_file_write(file, changes->data, changes->size);
    snapshot_file_write_number(file, (int64_t)collection->count);
    for (size_t i = 0; i < collection->count; i++)
        write_item(file, &collection->items[i], offset);
}

static poly_result write_file(const snapshot *self, const struct collection *collection, const poly_strbuf *changes,
                              uint64_t *size)
{
    snapshot_file file;
    poly_result result;

    snapshot_file_create(&file, self->partial);
    write_body(self, &file, collection, changes);
    result = snapshot_file_finish(&file);
    *size = file.size;
    if (result == POLY_OK)
        result = snapshot_file_move(self->partial, self->path, self->options.directory);
    if (result != POLY_OK) {
        int error = errno;

        unlink(self->partial);
        errno = error;
    }
    return result;
}

/* Another process may have the same directory, as in a rolling restart: one of them writes at a time. */
static poly_result write_exclusively(const snapshot *self, const struct collection *collection,
                                     const poly_strbuf *changes, uint64_t *size)
{
    int directory = open(self->options.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    poly_result result;
    int error;

    if (directory < 0)
        return POLY_IO;
    if (flock(directory, LOCK_EX | LOCK_NB) == 0)
        result = write_file(self, collection, changes, size);
    else
        result = errno == EWOULDBLOCK ? POLY_CONFLICT : POLY_IO;
    error = errno;
    close(directory);
    errno = error;
    return result;
}

static void report_save(snapshot *self, poly_result result, size_t count, uint64_t size, uint64_t began)
{
    const char *reason = result == POLY_IO ? strerror(errno) : poly_result_name(result);

    atomic_store(&self->failed, result != POLY_OK);
    if (result != POLY_OK) {
        poly_counter_add(self->failures, 1);
        poly_log(POLY_LOG_ERROR, "snapshot not saved", poly_text_field("path", self->path),
                 poly_text_field("reason", reason));
        return;
    }
    poly_counter_add(self->saves, 1);
    poly_gauge_set(self->bytes, (int64_t)size);
    poly_gauge_set(self->entries, (int64_t)count);
    poly_gauge_set(self->saved_at, poly_time_unix());
    poly_log(POLY_LOG_DEBUG, "snapshot saved", poly_int_field("entries", count), poly_int_field("bytes", size),
             poly_int_field("milliseconds", (poly_time_monotonic() - began) / 1000));
}

static poly_result save_now(snapshot *self)
{
    uint64_t began = poly_time_monotonic(), size = 0;
    struct collection collection = {0};
    poly_strbuf changes;
    poly_result result;

    poly_strbuf_init(&changes, LOG_MAX);
    result = change_log_save(self->options.changes, &changes);
    if (result == POLY_OK) {
        cache_visit(self->options.cache, collect, &collection);
        if (collection.count)
            qsort(collection.items, collection.count, sizeof(*collection.items), compare_use);
        result = write_exclusively(self, &collection, &changes, &size);
    }
    report_save(self, result, collection.count, size, began);
    release(&collection);
    poly_strbuf_release(&changes);
    return result;
}

poly_result snapshot_save(snapshot *self)
{
    poly_result result = POLY_OK;
    uint64_t generation;
    int64_t sequence;

    pthread_mutex_lock(&self->saving);
    generation = cache_generation(self->options.cache);
    sequence = change_log_last_sequence(self->options.changes);
    if (generation != self->saved_generation || sequence != self->saved_sequence) {
        result = save_now(self);
        if (result == POLY_OK) {
            self->saved_generation = generation;
            self->saved_sequence = sequence;
        }
    }
    pthread_mutex_unlock(&self->saving);
    return result;
}

static void save_off_loop(void *argument)
{
    snapshot_save(argument);
}

static void keep_saving(void *argument)
{
    snapshot *self = argument;

    while (poly_fiber_sleep(self->options.interval) == POLY_OK) {
        poly_result result = poly_offload(save_off_loop, self);

        if (result != POLY_OK)
            poly_log(POLY_LOG_WARNING, "snapshot put off", poly_text_field("result", poly_result_name(result)));
    }
}

void snapshot_start(snapshot *self, poly_loop *loop)
{
    poly_fiber_start(loop, "snapshot", keep_saving, self);
}

/* --- loading --- */

/* Any time of a real snapshot is, and arithmetic with it cannot overflow. */
static bool is_time(int64_t number)
{
    return number > -TIME_MAX && number < TIME_MAX;
}

static bool is_plausible(const int64_t numbers[10])
{
    bool is_list =
        numbers[0] == RESOURCE_FACULTIES || numbers[0] == RESOURCE_BUILDINGS || numbers[0] == RESOURCE_TEACHERS;

    return numbers[0] >= 0 && numbers[0] < RESOURCE_KIND_COUNT && numbers[1] >= !is_list &&
           numbers[1] <= RESOURCE_ID_MAX && numbers[2] >= 0 && numbers[2] <= RESOURCE_ID_MAX &&
           numbers[3] >= INT32_MIN && numbers[3] <= INT32_MAX && is_time(numbers[4]) && is_time(numbers[5]) &&
           (numbers[6] == INT64_MIN || is_time(numbers[6])) && is_time(numbers[7]) && numbers[8] >= 0 &&
           numbers[8] <= ANSWER_MAX && numbers[9] > 0 && numbers[9] <= ANSWER_MAX;
}

static bool read_item(snapshot_file *file, poly_strbuf *scratch, cache_item *item, int64_t offset)
{
    int64_t numbers[10];
    char *bytes;

    for (size_t i = 0; i < POLY_LENGTH(numbers); i++)
        if (!snapshot_file_read_number(file, &numbers[i]))
            return false;
    if (!is_plausible(numbers))
        return false;
    *item = (cache_item){
        .key = {(uint32_t)numbers[0], (uint32_t)numbers[1], (uint32_t)numbers[2], (int32_t)numbers[3]},
        .fetched_at = numbers[4] - offset,
        .fresh_until = numbers[5] - offset,
        .asked_at = numbers[6] == INT64_MIN ? INT64_MIN : numbers[6] - offset,
        .modified = numbers[7],
        .identity_size = (uint32_t)numbers[8],
    };
    if (!snapshot_file_read(file, item->etag, CACHE_ETAG_SIZE - 1))
        return false;
    poly_strbuf_clear(scratch);
    bytes = poly_strbuf_reserve(scratch, (size_t)numbers[9]);
    if (!bytes || !snapshot_file_read(file, bytes, (size_t)numbers[9]))
        return false;
    item->gzip = poly_blob_create(bytes, (size_t)numbers[9]);
    return true;
}

static bool read_changes(const snapshot *self, snapshot_file *file)
{
    int64_t size;
    char *text;
    bool read;

    if (!snapshot_file_read_number(file, &size) || size < 0 || size > (int64_t)LOG_MAX)
        return false;
    text = poly_alloc((size_t)size + 1);
    read = snapshot_file_read(file, text, (size_t)size) &&
           change_log_load(self->options.changes, (poly_slice){text, (size_t)size}) == POLY_OK;
    free(text);
    return read;
}

static bool read_entries(const snapshot *self, snapshot_file *file, int64_t *count)
{
    int64_t offset = clock_offset(self);
    poly_strbuf scratch;
    cache_item item;
    bool whole = snapshot_file_read_number(file, count) && *count >= 0 && *count <= ENTRIES_MAX;

    poly_strbuf_init(&scratch, (size_t)ANSWER_MAX + 1);
    for (int64_t i = 0; whole && i < *count; i++) {
        whole = read_item(file, &scratch, &item, offset);
        if (!whole)
            break;
        cache_restore(self->options.cache, &item);
        poly_blob_unref(&item.gzip);
    }
    poly_strbuf_release(&scratch);
    return whole;
}

static poly_result read_body(const snapshot *self, snapshot_file *file, int64_t *count)
{
    char magic[sizeof(MAGIC)];
    int64_t version;

    if (!snapshot_file_read(file, magic, sizeof(magic)) || memcmp(magic, MAGIC, sizeof(magic)) != 0)
        return POLY_BAD_ANSWER;
    if (!snapshot_file_read_number(file, &version) || version != VERSION)
        return POLY_BAD_ANSWER;
    return read_changes(self, file) && read_entries(self, file, count) ? POLY_OK : POLY_BAD_ANSWER;
}

poly_result snapshot_load(snapshot *self)
{
    uint64_t began = poly_time_monotonic();
    snapshot_file file;
    int64_t count = 0;
    poly_result result = snapshot_file_open(&file, self->path);
    const char *reason = result == POLY_IO ? strerror(errno) : "damaged, cut short, or of another version";

    if (result == POLY_OK) {
        result = read_body(self, &file, &count);
        snapshot_file_close(&file);
    }
    if (result == POLY_OK)
        poly_log(POLY_LOG_INFO, "snapshot loaded", poly_int_field("entries", count),
                 poly_int_field("milliseconds", (poly_time_monotonic() - began) / 1000));
    else if (result != POLY_NOT_FOUND)
        poly_log(POLY_LOG_ERROR, "snapshot refused", poly_text_field("path", self->path),
                 poly_text_field("reason", reason));
    self->saved_sequence = change_log_last_sequence(self->options.changes);
    return result;
}

poly_result snapshot_state(const snapshot *self, poly_strbuf *detail)
{
    if (!atomic_load(&self->failed))
        return POLY_OK;
    poly_strbuf_append_text(detail, "the last save failed; see the log");
    return POLY_IO;
}
