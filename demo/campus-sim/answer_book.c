/* SPDX-License-Identifier: MIT */
#include "answer_book.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ANSWERS 1024
#define MAX_BYTES   (UINT64_C(64) << 20)

struct prepared {
    char *target; /* as it was put */
    char *path;
    char *search; /* or NULL */
    int32_t monday;
    int status;
    poly_blob *body;
};

struct answer_book {
    pthread_mutex_t lock;
    struct prepared *answers;
    size_t count;
    uint64_t bytes;
};

answer_book *answer_book_create(void)
{
    answer_book *book = poly_alloc_zero(1, sizeof(*book));

    pthread_mutex_init(&book->lock, NULL);
    book->answers = poly_alloc_zero(MAX_ANSWERS, sizeof(*book->answers));
    return book;
}

static void release_answer(struct prepared *answer)
{
    free(answer->target);
    free(answer->path);
    free(answer->search);
    poly_blob_unref(&answer->body);
}

void answer_book_destroy(answer_book **book)
{
    if (!*book)
        return;
    answer_book_remove(*book, NULL);
    pthread_mutex_destroy(&(*book)->lock);
    free((*book)->answers);
    free(*book);
    *book = NULL;
}

/* Splits a target; false for a query that cannot be matched. The strings are new. */
static bool parse_target(const char *target, struct prepared *answer)
{
    static const char date_name[] = "date=";
    static const char search_name[] = "q=";
    size_t path_size = strcspn(target, "?");
    const char *query = target[path_size] ? target + path_size + 1 : "";
    poly_date date;

    *answer = (struct prepared){.monday = ANSWER_NO_WEEK};
    if (strncmp(query, date_name, sizeof(date_name) - 1) == 0) {
        if (!poly_date_parse(query + sizeof(date_name) - 1, &date))
            return false;
        answer->monday = poly_date_to_days(poly_date_monday(date));
    } else if (strncmp(query, search_name, sizeof(search_name) - 1) == 0) {
        answer->search = poly_strdup(query + sizeof(search_name) - 1);
    } else if (*query) {
        return false;
    }
    answer->target = poly_strdup(target);
    answer->path = poly_strndup(target, path_size);
    return true;
}

/* Under the lock. */
static struct prepared *find_target(answer_book *book, const char *target)
{
    for (size_t i = 0; i < book->count; i++)
        if (strcmp(book->answers[i].target, target) == 0)
            return &book->answers[i];
    return NULL;
}

/* Under the lock. The last one takes the place of the removed one. */
static void remove_answer(answer_book *book, struct prepared *answer)
{
    book->bytes -= answer->body->size;
    release_answer(answer);
    *answer = book->answers[--book->count];
}

poly_result answer_book_put(answer_book *book, const char *target, int status, poly_blob *body)
{
    struct prepared fresh;
    struct prepared *old;
    poly_result result = POLY_OK;

    if (!parse_target(target, &fresh)) {
        poly_blob_unref(&body);
        return POLY_INVALID;
    }
    fresh.status = status;
    fresh.body = body;
    pthread_mutex_lock(&book->lock);
    old = find_target(book, target);
    if (old)
        remove_answer(book, old);
    if (book->count == MAX_ANSWERS || book->bytes + body->size > MAX_BYTES) {
        result = POLY_OVERLOADED;
    } else {
        book->bytes += body->size;
        book->answers[book->count++] = fresh;
    }
    pthread_mutex_unlock(&book->lock);
    if (result != POLY_OK)
        release_answer(&fresh);
    return result;
}

/* 0: not meant; more for what is more exact. */
static int closeness(const struct prepared *answer, const answer_key *key)
{
    if (strcmp(answer->path, key->path) != 0)
        return 0;
    if (answer->search)
        return key->search && strcmp(answer->search, key->search) == 0 ? 2 : 0;
    if (answer->monday != ANSWER_NO_WEEK)
        return answer->monday == key->monday ? 2 : 0;
    return 1;
}

bool answer_book_find(answer_book *book, const answer_key *key, int *status, poly_blob **body)
{
    const struct prepared *best = NULL;
    int best_closeness = 0;

    pthread_mutex_lock(&book->lock);
    for (size_t i = 0; i < book->count; i++) {
        int close = closeness(&book->answers[i], key);

        if (close > best_closeness) {
            best_closeness = close;
            best = &book->answers[i];
        }
    }
    if (best) {
        *status = best->status;
        *body = poly_blob_ref(best->body);
    }
    pthread_mutex_unlock(&book->lock);
    return best != NULL;
}

void answer_book_remove(answer_book *book, const char *target)
{
    struct prepared *answer;

    pthread_mutex_lock(&book->lock);
    while (!target && book->count > 0)
        remove_answer(book, &book->answers[book->count - 1]);
    answer = target ? find_target(book, target) : NULL;
    if (answer)
        remove_answer(book, answer);
    pthread_mutex_unlock(&book->lock);
}

void answer_book_write(answer_book *book, poly_json_writer *writer)
{
    pthread_mutex_lock(&book->lock);
    poly_json_begin_array(writer, "overrides");
    for (size_t i = 0; i < book->count; i++) {
        poly_json_begin_object(writer, NULL);
        poly_json_put_text(writer, "path", book->answers[i].target);
        poly_json_put_int(writer, "status", book->answers[i].status);
        poly_json_put_int(writer, "size", (int64_t)book->answers[i].body->size);
        poly_json_end_object(writer);
    }
    poly_json_end_array(writer);
    pthread_mutex_unlock(&book->lock);
}
