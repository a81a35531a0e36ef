/* SPDX-License-Identifier: MIT */
#include "refresher.h"

#include <stdlib.h>

#include "poly/metrics.h"

#include "fetch_window.h"

#define AHEAD_FRACTION 5
#define AT_A_TIME      2
#define LONGEST_TICK   POLY_SECONDS(5)
#define SHORTEST_TICK  POLY_MILLISECONDS(100)

struct refresher {
    refresher_options options;
    poly_gauge *hot;
};

struct hot_group {
    uint32_t id;
    int64_t asked_at;
};

/* The groups asked for lately; one that was asked for in both weeks is in it twice. */
struct hot_set {
    int32_t monday; /* of this week */
    int64_t asked_since;
    struct hot_group *groups;
    size_t count, capacity;
};

refresher *refresher_create(const refresher_options *options)
{
    refresher *self = poly_alloc_zero(1, sizeof(*self));

    self->options = *options;
    self->hot = poly_gauge_get("schedule_hot_groups", "Groups kept fresh ahead of expiry.", NULL);
    return self;
}

void refresher_destroy(refresher **self)
{
    free(*self);
    *self = NULL;
}

static void collect(void *argument, const cache_item *item)
{
    struct hot_set *set = argument;

    if (item->key.kind != RESOURCE_GROUP_WEEK || !item->gzip || item->asked_at < set->asked_since)
        return;
    if (item->key.monday != set->monday && item->key.monday != set->monday + 7)
        return;
    if (set->count == set->capacity) {
        set->capacity = set->capacity ? 2 * set->capacity : 64;
        set->groups = poly_realloc(set->groups, set->capacity, sizeof(*set->groups));
    }
    set->groups[set->count++] = (struct hot_group){item->key.id, item->asked_at};
}

static int compare_ids(const void *a, const void *b)
{
    const struct hot_group *left = a, *right = b;

    if (left->id != right->id)
        return left->id < right->id ? -1 : 1;
    return (left->asked_at < right->asked_at) - (left->asked_at > right->asked_at);
}

static int compare_asked(const void *a, const void *b)
{
    const struct hot_group *left = a, *right = b;

    return (left->asked_at < right->asked_at) - (left->asked_at > right->asked_at);
}

/* Each group once, those asked for last first. */
static void order(struct hot_set *set, size_t max)
{
    size_t kept = 0;

    if (!set->count)
        return;
    qsort(set->groups, set->count, sizeof(*set->groups), compare_ids);
    for (size_t i = 0; i < set->count; i++)
        if (kept == 0 || set->groups[kept - 1].id != set->groups[i].id)
            set->groups[kept++] = set->groups[i];
    qsort(set->groups, kept, sizeof(*set->groups), compare_asked);
    set->count = kept < max ? kept : max;
}

static poly_result refresh_week(refresher *self, const resource_key *key, fetch_window *window)
{
    poly_latch *latch;

    if (cache_is_fresh(self->options.cache, key, self->options.week_fresh / AHEAD_FRACTION))
        return POLY_OK;
    if (self->options.upstream->breaker(self->options.upstream) == POLY_BREAKER_OPEN)
        return POLY_OK;
    latch = cache_refresh(self->options.cache, key);
    if (!latch)
        return POLY_OK;
    if (fetch_window_add(window, latch) != POLY_OK)
        return POLY_CANCELLED;
    return poly_fiber_sleep(POLY_SECONDS(60) / self->options.per_minute);
}

static poly_result refresh_set(refresher *self, const struct hot_set *set)
{
    fetch_window window = {.max = AT_A_TIME};
    poly_result result = POLY_OK;

    for (size_t i = 0; i < set->count && result == POLY_OK; i++) {
        resource_key key = {.kind = RESOURCE_GROUP_WEEK, .id = set->groups[i].id, .monday = set->monday};

        result = refresh_week(self, &key, &window);
        key.monday += 7;
        if (result == POLY_OK)
            result = refresh_week(self, &key, &window);
    }
    return fetch_window_drain(&window) == POLY_OK ? result : POLY_CANCELLED;
}

static poly_result look_once(refresher *self)
{
    struct hot_set set = {
        .monday = poly_date_to_days(poly_date_monday(resource_today())),
        .asked_since = cache_clock(self->options.cache) - (int64_t)self->options.watch,
    };
    poly_result result;

    cache_visit(self->options.cache, collect, &set);
    order(&set, self->options.max_groups);
    poly_gauge_set(self->hot, (int64_t)set.count);
    result = refresh_set(self, &set);
    free(set.groups);
    return result;
}

static uint64_t tick_of(const refresher *self)
{
    uint64_t tick = self->options.week_fresh / (2 * AHEAD_FRACTION);

    if (tick > LONGEST_TICK)
        return LONGEST_TICK;
    return tick < SHORTEST_TICK ? SHORTEST_TICK : tick;
}

static void keep_fresh(void *argument)
{
    refresher *self = argument;

    while (poly_fiber_sleep(tick_of(self)) == POLY_OK)
        if (look_once(self) == POLY_CANCELLED)
            return;
}

void refresher_start(refresher *self, poly_loop *loop)
{
    if (self->options.max_groups)
        poly_fiber_start(loop, "refresher", keep_fresh, self);
}
