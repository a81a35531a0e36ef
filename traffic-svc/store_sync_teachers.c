/* SPDX-License-Identifier: MIT */
/* What the teacher sync reads and writes of teachers. */
#include "store_sync.h"

#include "store_sync_lease.h"
#include "teacher_text.h"

/* --- what is there --- */

static const poly_statement known_teachers_statement = {
    .name = "known_teachers",
    .sql = "SELECT t.id, t.ruz_teacher_id, t.full_name, coalesce(extract(epoch FROM t.missing_since)::bigint, 0),"
           " t.is_active AND t.deleted_at IS NULL,"
           " t.deleted_at IS NOT NULL AND EXISTS (SELECT FROM outbox o WHERE o.key = t.id::text)"
           " FROM teachers t WHERE t.ruz_teacher_id IS NOT NULL ORDER BY t.ruz_teacher_id",
    .use = POLY_PG_SLOW_READ,
};
static const poly_statement teachers_in_all = {
    .name = "teachers_in_all",
    .sql = "SELECT extract(epoch FROM now())::bigint, total FROM teacher_count",
    .use = POLY_PG_READ,
};

poly_result store_known_teachers(poly_pg *pg, poly_arena *arena, known_teachers *out)
{
    known_teacher *items;
    poly_pg_rows rows, all;
    poly_result result = poly_pg_query(pg, &known_teachers_statement, POLY_PG_NO_VALUES, arena, &rows);

    if (result == POLY_OK)
        result = poly_pg_query(pg, &teachers_in_all, POLY_PG_NO_VALUES, arena, &all);
    if (result != POLY_OK)
        return result;
    items = poly_arena_alloc(arena, (rows.count + 1) * sizeof(*items));
    for (size_t i = 0; i < rows.count; i++)
        items[i] = (known_teacher){
            .id = poly_pg_get_text(&rows, i, 0),
            .ruz_id = poly_pg_get_int(&rows, i, 1),
            .full_name = poly_pg_get_text(&rows, i, 2),
            .missing_since = poly_pg_get_int(&rows, i, 3),
            .is_active = poly_pg_get_bool(&rows, i, 4),
            .is_leaving = poly_pg_get_bool(&rows, i, 5),
        };
    *out = (known_teachers){
        .items = items,
        .count = rows.count,
        .now = poly_pg_get_int(&all, 0, 0),
        .with_user = poly_pg_get_int(&all, 0, 1),
    };
    return POLY_OK;
}

/* --- what changes --- */

struct application {
    poly_arena *arena;
    int64_t fence;
    const sync_plan *plan;
    sync_changes changes;
    poly_audit audit;
};

static const poly_statement create_teachers = {
    .name = "create_teachers",
    .sql = "INSERT INTO teachers (id, full_name, ruz_teacher_id, origin, sort_text, sso_pending)"
           " SELECT gen_random_uuid(), n.full_name, n.ruz_id::bigint, 'sync', n.sort_text, true"
           " FROM unnest($1, $2, $3) AS n (ruz_id, full_name, sort_text)"
           " ON CONFLICT (ruz_teacher_id) DO NOTHING",
    .types = {POLY_PG_TEXT_LIST, POLY_PG_TEXT_LIST, POLY_PG_TEXT_LIST},
};

/* One whom a person has deleted meanwhile stays deleted. */
static const poly_statement update_teachers = {
    .name = "update_teachers",
    .sql = "UPDATE teachers t SET full_name = n.full_name, is_active = true, deleted_at = NULL, sso_pending = true,"
           " sso_reactivate = t.sso_reactivate OR NOT t.is_active OR t.deleted_at IS NOT NULL,"
           " sort_text = n.sort_text || coalesce(' ' || lower(t.username), '')"
           " FROM unnest($1, $2, $3) AS n (id, full_name, sort_text) WHERE t.id = n.id"
           " AND (t.deleted_at IS NULL OR NOT EXISTS (SELECT FROM outbox o WHERE o.key = t.id::text))",
    .types = {POLY_PG_UUID_LIST, POLY_PG_TEXT_LIST, POLY_PG_TEXT_LIST},
};
static const poly_statement teachers_found = {
    .name = "teachers_found",
    .sql = "UPDATE teachers SET missing_since = NULL WHERE id = ANY ($1)",
    .types = {POLY_PG_UUID_LIST},
};
static const poly_statement teachers_missing = {
    .name = "teachers_missing",
    .sql = "UPDATE teachers SET missing_since = now() WHERE id = ANY ($1) AND missing_since IS NULL",
    .types = {POLY_PG_UUID_LIST},
};
static const poly_statement disable_teachers = {
    .name = "disable_teachers",
    .sql = "UPDATE teachers SET is_active = false, sso_pending = true, sso_reactivate = false"
           " WHERE id = ANY ($1) AND is_active AND deleted_at IS NULL",
    .types = {POLY_PG_UUID_LIST},
};

static poly_result create(poly_pg_transaction *transaction, struct application *application)
{
    const sync_plan *plan = application->plan;
    poly_arena *arena = application->arena;
    size_t count = plan->created_count;
    const char **ids = poly_arena_alloc(arena, 3 * (count + 1) * sizeof(*ids));
    const char **names = ids + count, **sort_texts = names + count;
    poly_pg_rows rows;
    poly_result result;

    for (size_t i = 0; i < count; i++) {
        ids[i] = poly_arena_printf(arena, "%lld", (long long)plan->created[i]->ruz_id);
        names[i] = plan->created[i]->full_name;
        sort_texts[i] = teacher_sort_text(names[i], NULL, arena);
    }
    result = poly_pg_transaction_query(transaction, &create_teachers,
                                       POLY_PG_VALUES(poly_pg_text_list(ids, count), poly_pg_text_list(names, count),
                                                      poly_pg_text_list(sort_texts, count)),
                                       arena, &rows);
    application->changes.created = (int64_t)rows.affected;
    return result;
}

static poly_result update(poly_pg_transaction *transaction, struct application *application)
{
    const sync_plan *plan = application->plan;
    poly_arena *arena = application->arena;
    size_t count = plan->updated_count;
    const char **ids = poly_arena_alloc(arena, 2 * (count + 1) * sizeof(*ids));
    const char **sort_texts = ids + count;
    poly_pg_rows rows;
    poly_result result;

    for (size_t i = 0; i < count; i++) {
        ids[i] = plan->updated[i]->id;
        sort_texts[i] = teacher_sort_text(plan->updated_names[i], NULL, arena);
    }
    result = poly_pg_transaction_query(transaction, &update_teachers,
                                       POLY_PG_VALUES(poly_pg_uuid_list(ids, count),
                                                      poly_pg_text_list(plan->updated_names, count),
                                                      poly_pg_text_list(sort_texts, count)),
                                       arena, &rows);
    application->changes.updated = (int64_t)rows.affected;
    return result;
}

static poly_result set_each(poly_pg_transaction *transaction, poly_arena *arena, const poly_statement *statement,
                            const char *const *ids, size_t count, int64_t *changed)
{
    poly_pg_rows rows;
    poly_result result;

    if (count == 0)
        return POLY_OK;
    result =
        poly_pg_transaction_query(transaction, statement, POLY_PG_VALUES(poly_pg_uuid_list(ids, count)), arena, &rows);
    *changed = (int64_t)rows.affected;
    return result;
}

static poly_result record(poly_pg_transaction *transaction, struct application *application)
{
    const sync_changes *changes = &application->changes;

    if (changes->created + changes->updated + changes->removed == 0)
        return POLY_OK;
    return poly_audit_add(&application->audit, transaction, "teachers_synced", NULL,
                          (const poly_field[]){poly_int_field("created", changes->created),
                                               poly_int_field("updated", changes->updated),
                                               poly_int_field("removed", changes->removed),
                                               {.kind = POLY_FIELD_END}});
}

/* Teachers are counted last: who deletes one locks that one first and then the count, for which all wait meanwhile. */
static poly_result apply(poly_pg_transaction *transaction, void *context)
{
    struct application *application = context;
    const sync_plan *plan = application->plan;
    poly_arena *arena = application->arena;
    int64_t marked;
    poly_result result = store_sync_hold(transaction, arena, application->fence);

    application->changes = (sync_changes){0};
    poly_audit_restart(&application->audit);
    if (result == POLY_OK)
        result = set_each(transaction, arena, &teachers_found, plan->found, plan->found_count, &marked);
    if (result == POLY_OK)
        result = set_each(transaction, arena, &teachers_missing, plan->missing, plan->missing_count, &marked);
    if (result == POLY_OK)
        result = set_each(transaction, arena, &disable_teachers, plan->removed, plan->removed_count,
                          &application->changes.removed);
    if (result == POLY_OK && plan->updated_count)
        result = update(transaction, application);
    if (result == POLY_OK && plan->created_count)
        result = create(transaction, application);
    if (result == POLY_OK)
        result = record(transaction, application);
    return result;
}

poly_result store_apply_plan(poly_pg *pg, poly_arena *arena, int64_t fence, const sync_plan *plan, sync_changes *out)
{
    struct application application = {.arena = arena, .fence = fence, .plan = plan};
    poly_result result;

    *out = (sync_changes){0};
    if (plan->created_count + plan->updated_count + plan->found_count + plan->missing_count + plan->removed_count == 0)
        return POLY_OK;
    poly_audit_begin_alone(&application.audit, arena, "teacher-sync");
    result = poly_pg_in_transaction(pg, apply, &application);
    if (result != POLY_OK)
        return result;
    poly_audit_log(&application.audit);
    *out = application.changes;
    return POLY_OK;
}

/* --- sso-svc --- */

static const poly_statement tell_all = {
    .name = "tell_all",
    .sql = "UPDATE teachers SET sso_pending = true WHERE deleted_at IS NULL AND NOT sso_pending",
};

static poly_result mark_all(poly_pg_transaction *transaction, void *context)
{
    const struct application *application = context;
    poly_pg_rows rows;
    poly_result result = store_sync_hold(transaction, application->arena, application->fence);

    if (result == POLY_OK)
        result = poly_pg_transaction_query(transaction, &tell_all, POLY_PG_NO_VALUES, application->arena, &rows);
    return result;
}

poly_result store_tell_all(poly_pg *pg, poly_arena *arena, int64_t fence)
{
    struct application application = {.arena = arena, .fence = fence};

    return poly_pg_in_transaction(pg, mark_all, &application);
}

static const poly_statement untold_teachers = {
    .name = "untold_teachers",
    .sql = "SELECT id, full_name, coalesce(ruz_teacher_id, 0), is_active, sso_reactivate FROM teachers"
           " WHERE sso_pending AND deleted_at IS NULL AND id > $1 ORDER BY id LIMIT $2",
    .use = POLY_PG_SLOW_READ,
    .types = {POLY_PG_UUID, POLY_PG_INT},
};

/* Whom an administrator of sso-svc has disabled stays so, unless the teacher comes back. */
static poly_sso_activity activity_of(bool is_active, bool reactivate)
{
    if (!is_active)
        return POLY_SSO_INACTIVE;
    return reactivate ? POLY_SSO_ACTIVE : POLY_SSO_AS_IT_IS;
}

poly_result store_untold_teachers(poly_pg *pg, poly_arena *arena, const char *after, int64_t limit,
                                  poly_sso_provision **items, size_t *count)
{
    poly_pg_rows rows;
    poly_result result =
        poly_pg_query(pg, &untold_teachers, POLY_PG_VALUES(poly_pg_uuid(after), poly_pg_int(limit)), arena, &rows);

    if (result != POLY_OK)
        return result;
    *items = poly_arena_alloc(arena, (rows.count + 1) * sizeof(**items));
    *count = rows.count;
    for (size_t i = 0; i < rows.count; i++)
        (*items)[i] = (poly_sso_provision){
            .entity_id = poly_pg_get_text(&rows, i, 0),
            .full_name = poly_pg_get_text(&rows, i, 1),
            .ruz_teacher_id = poly_pg_get_int(&rows, i, 2),
            .activity = activity_of(poly_pg_get_bool(&rows, i, 3), poly_pg_get_bool(&rows, i, 4)),
        };
    return POLY_OK;
}

struct telling {
    poly_arena *arena;
    int64_t fence;
    const char **ids;
    const char **usernames;
    const char **sort_texts;
    size_t count;
};

static const poly_statement told_teachers = {
    .name = "told_teachers",
    .sql = "UPDATE teachers t SET username = n.username, sort_text = n.sort_text, sso_pending = false,"
           " sso_reactivate = false FROM unnest($1, $2, $3) AS n (id, username, sort_text)"
           " WHERE t.id = n.id AND t.deleted_at IS NULL",
    .types = {POLY_PG_UUID_LIST, POLY_PG_TEXT_LIST, POLY_PG_TEXT_LIST},
};
static const poly_statement told_too_late = {
    .name = "told_too_late",
    .sql = "SELECT id FROM teachers WHERE id = ANY ($1) AND deleted_at IS NOT NULL",
    .types = {POLY_PG_UUID_LIST},
};

/* The removal of these may have come before the user was made. */
static poly_result remove_late_ones(poly_pg_transaction *transaction, const struct telling *telling)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_transaction_query(transaction, &told_too_late,
                                                   POLY_PG_VALUES(poly_pg_uuid_list(telling->ids, telling->count)),
                                                   telling->arena, &rows);

    for (size_t i = 0; result == POLY_OK && i < rows.count; i++) {
        const char *id = poly_pg_get_text(&rows, i, 0);

        result = poly_account_remove(transaction, telling->arena, id, id);
    }
    return result;
}

static poly_result write_told(poly_pg_transaction *transaction, void *context)
{
    const struct telling *telling = context;
    poly_pg_rows rows;
    poly_result result = store_sync_hold(transaction, telling->arena, telling->fence);

    if (result == POLY_OK)
        result = poly_pg_transaction_query(transaction, &told_teachers,
                                           POLY_PG_VALUES(poly_pg_uuid_list(telling->ids, telling->count),
                                                          poly_pg_text_list(telling->usernames, telling->count),
                                                          poly_pg_text_list(telling->sort_texts, telling->count)),
                                           telling->arena, &rows);
    if (result == POLY_OK && rows.affected < telling->count)
        result = remove_late_ones(transaction, telling);
    return result;
}

poly_result store_told_teachers(poly_pg *pg, poly_arena *arena, int64_t fence, const poly_sso_user *users, size_t count)
{
    const char **texts = poly_arena_alloc(arena, 3 * (count + 1) * sizeof(*texts));
    struct telling telling = {.arena = arena,
                              .fence = fence,
                              .ids = texts,
                              .usernames = texts + count,
                              .sort_texts = texts + 2 * count,
                              .count = count};

    for (size_t i = 0; i < count; i++) {
        telling.ids[i] = users[i].entity_id;
        telling.usernames[i] = users[i].username;
        telling.sort_texts[i] = teacher_sort_text(users[i].full_name, users[i].username, arena);
    }
    return count ? poly_pg_in_transaction(pg, write_told, &telling) : POLY_OK;
}
