/* SPDX-License-Identifier: MIT */
#include "telegram_link.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "poly/random.h"
#include "poly/time.h"

#define PLACES   4096
#define GOOD_FOR POLY_SECONDS(60)

/* Of each user one at most, in the place that follows from the id; who shares it pushes the other out. */
struct link {
    char user_id[POLY_UUID_SIZE];
    int64_t telegram_id;
    uint64_t asked;
};

struct telegram_links {
    pthread_mutex_t lock;
    struct link places[PLACES];
};

telegram_links *telegram_links_create(void)
{
    telegram_links *links = poly_alloc_zero(1, sizeof(*links));

    pthread_mutex_init(&links->lock, NULL);
    return links;
}

void telegram_links_destroy(telegram_links **links)
{
    if (!*links)
        return;
    pthread_mutex_destroy(&(*links)->lock);
    free(*links);
    *links = NULL;
}

static struct link *place_of(telegram_links *links, const char *user_id)
{
    uint32_t hash = 2166136261u;

    for (const char *at = user_id; *at; at++)
        hash = (hash ^ (unsigned char)*at) * 16777619u;
    return &links->places[(hash ^ hash >> 16) % PLACES];
}

bool telegram_links_has(telegram_links *links, const char *user_id, int64_t telegram_id, uint64_t now)
{
    const struct link *link = place_of(links, user_id);
    bool has;

    pthread_mutex_lock(&links->lock);
    has = link->asked && now - link->asked < GOOD_FOR && link->telegram_id == telegram_id &&
          strcmp(link->user_id, user_id) == 0;
    pthread_mutex_unlock(&links->lock);
    return has;
}

void telegram_links_put(telegram_links *links, const char *user_id, int64_t telegram_id, uint64_t asked)
{
    struct link *link = place_of(links, user_id);
    size_t size = strlen(user_id) + 1;

    if (size > sizeof(link->user_id))
        return;
    pthread_mutex_lock(&links->lock);
    memcpy(link->user_id, user_id, size);
    link->telegram_id = telegram_id;
    link->asked = asked;
    pthread_mutex_unlock(&links->lock);
}
