/* SPDX-License-Identifier: MIT */
#include "sync_plan.h"

#include <string.h>

enum { DAY_SECONDS = 86400 };

static void allocate(sync_plan *plan, size_t listed, size_t known, poly_arena *arena)
{
    plan->created = poly_arena_alloc(arena, (listed + 1) * sizeof(*plan->created));
    plan->updated = poly_arena_alloc(arena, (known + 1) * sizeof(*plan->updated));
    plan->updated_names = poly_arena_alloc(arena, (known + 1) * sizeof(*plan->updated_names));
    plan->found = poly_arena_alloc(arena, (known + 1) * sizeof(*plan->found));
    plan->missing = poly_arena_alloc(arena, (known + 1) * sizeof(*plan->missing));
    plan->removed = poly_arena_alloc(arena, (known + 1) * sizeof(*plan->removed));
}

static void plan_listed(sync_plan *plan, const known_teacher *known, const listed_teacher *listed)
{
    if (known->is_leaving)
        return;
    if (known->missing_since)
        plan->found[plan->found_count++] = known->id;
    if (known->is_active && strcmp(known->full_name, listed->full_name) == 0)
        return;
    plan->updated[plan->updated_count] = known;
    plan->updated_names[plan->updated_count++] = listed->full_name;
}

/* A mark from the future, which a clock that was wrong has left, is no reason to disable anybody. */
static void plan_missing(sync_plan *plan, const known_teacher *known, const sync_rules *rules)
{
    int64_t since = known->missing_since ? known->missing_since : rules->now;

    if (!known->is_active)
        return;
    plan->gone++;
    if (!known->missing_since)
        plan->missing[plan->missing_count++] = known->id;
    if (rules->now - since >= rules->grace_days * DAY_SECONDS)
        plan->removed[plan->removed_count++] = known->id;
}

/* Both are in the order of RUZ's ids. */
static void compare(sync_plan *plan, const teacher_list *list, const known_teacher *known, size_t known_count,
                    const sync_rules *rules)
{
    size_t at = 0;

    for (size_t i = 0; i < known_count; i++) {
        while (at < list->count && list->items[at].ruz_id < known[i].ruz_id)
            plan->created[plan->created_count++] = &list->items[at++];
        plan->active += known[i].is_active;
        if (at < list->count && list->items[at].ruz_id == known[i].ruz_id)
            plan_listed(plan, &known[i], &list->items[at++]);
        else
            plan_missing(plan, &known[i], rules);
    }
    while (at < list->count)
        plan->created[plan->created_count++] = &list->items[at++];
}

static sync_verdict judge(const sync_plan *plan, const teacher_list *list, const sync_rules *rules)
{
    if (list->count == 0)
        return SYNC_SOURCE_EMPTY;
    if ((int64_t)plan->gone * 100 > (int64_t)plan->active * rules->max_removal_percent)
        return SYNC_TOO_MANY_GONE;
    return SYNC_GOES_ON;
}

sync_plan sync_plan_make(const teacher_list *list, const known_teacher *known, size_t known_count,
                         const sync_rules *rules, poly_arena *arena)
{
    sync_plan plan = {.verdict = SYNC_GOES_ON};

    allocate(&plan, list->count, known_count, arena);
    compare(&plan, list, known, known_count, rules);
    plan.verdict = judge(&plan, list, rules);
    return plan;
}
