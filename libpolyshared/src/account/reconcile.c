/* SPDX-License-Identifier: MIT */
/*
 * Both sides compared: for what messages cannot know of, such as a user who was deleted at sso-svc by hand, or a backup
 * of one of the two databases that was put back. What differs becomes messages of the outbox.
 */
#include "account/accounts.h"

#include <stdlib.h>
#include <string.h>

#include "poly/log.h"
#include "poly/metrics.h"
#include "poly/time.h"

/* sso-svc's largest page. */
#define PAGE         500
#define ENTITIES_MAX 200000
/* Below this, what is no tenth of all may be removed too: a small university's ten are soon a tenth. */
#define REMOVALS_MIN 10
#define FIRST_AFTER  POLY_MILLISECONDS(3000)
#define LOOK_EVERY   POLY_MILLISECONDS(1000)

struct entity {
    const char *id;
    const char *role;
    const char *full_name;
    int64_t ruz_teacher_id;
    bool has_user;
};

/* One comparison; everything in it is in the arena but `entities`. */
struct comparison {
    poly_accounts *accounts;
    poly_arena *arena;
    struct entity *entities; /* in the order of their ids */
    size_t count;
    size_t room;
    int64_t users; /* with an entity */
    const char **orphans;
    size_t orphan_count;
    size_t orphan_room;
};

/* --- our side --- */

static struct entity *add_entity(struct comparison *comparison)
{
    if (comparison->count == comparison->room) {
        comparison->room = comparison->room ? 2 * comparison->room : PAGE;
        comparison->entities = poly_realloc(comparison->entities, comparison->room, sizeof(struct entity));
    }
    return &comparison->entities[comparison->count++];
}

static poly_result read_page_of_entities(struct comparison *comparison, const char *last, size_t *read)
{
    const poly_accounts_options *options = &comparison->accounts->options;
    poly_pg_rows rows;
    poly_result result = poly_pg_query(options->pg, options->list,
                                       POLY_PG_VALUES(poly_pg_uuid(last), poly_pg_int(PAGE)), comparison->arena, &rows);

    *read = result == POLY_OK ? rows.count : 0;
    for (size_t i = 0; i < *read; i++)
        *add_entity(comparison) = (struct entity){
            .id = poly_pg_get_text(&rows, i, 0),
            .role = poly_pg_get_text(&rows, i, 1),
            .full_name = poly_pg_get_text(&rows, i, 2),
            .ruz_teacher_id = poly_pg_get_int(&rows, i, 3),
        };
    return result;
}

static poly_result read_entities(struct comparison *comparison)
{
    const char *last = "00000000-0000-0000-0000-000000000000";
    size_t read = PAGE;
    poly_result result = POLY_OK;

    while (result == POLY_OK && read == PAGE) {
        result = read_page_of_entities(comparison, last, &read);
        if (read)
            last = comparison->entities[comparison->count - 1].id;
        if (comparison->count > ENTITIES_MAX)
            result = POLY_TOO_LARGE;
    }
    return result;
}

/* --- sso-svc's --- */

static int compare_ids(const void *key, const void *entity)
{
    return strcmp(key, ((const struct entity *)entity)->id);
}

static void note_orphan(struct comparison *comparison, const char *entity_id)
{
    if (comparison->orphan_count == comparison->orphan_room) {
        comparison->orphan_room = comparison->orphan_room ? 2 * comparison->orphan_room : PAGE;
        comparison->orphans = poly_realloc(comparison->orphans, comparison->orphan_room, sizeof(char *));
    }
    comparison->orphans[comparison->orphan_count++] = entity_id;
}

static void note_user(struct comparison *comparison, const poly_sso_user *user)
{
    struct entity *entity;

    if (!user->entity_id || user->role == POLY_ROLE_ADMIN)
        return;
    comparison->users++;
    entity = comparison->count
                 ? bsearch(user->entity_id, comparison->entities, comparison->count, sizeof(struct entity), compare_ids)
                 : NULL;
    if (entity)
        entity->has_user = true;
    else if (poly_uuid_is_valid(user->entity_id))
        note_orphan(comparison, user->entity_id);
}

static poly_result read_users(struct comparison *comparison)
{
    const poly_accounts_options *options = &comparison->accounts->options;
    poly_sso_call call = {.arena = comparison->arena};
    poly_sso_query query = {.app = options->app, .page_size = PAGE};
    poly_sso_users users = {.count = PAGE};
    poly_result result = POLY_OK;

    while (result == POLY_OK && users.count == PAGE) {
        query.page++;
        result = poly_sso_list_users(options->sso, &call, &query, &users);
        for (size_t i = 0; result == POLY_OK && i < users.count; i++)
            note_user(comparison, &users.items[i]);
    }
    return result;
}

/* --- what differs --- */

static const poly_statement promise_or_message = {
    .name = "account_awaited",
    .sql = "SELECT FROM outbox WHERE (topic = '" ACCOUNT_UNDO "' AND key = $1)"
           " OR (topic IN ('" ACCOUNT_REMOVE "', '" ACCOUNT_PROVISION "') AND payload->>'entity' = $1) LIMIT 1",
    .types = {POLY_PG_TEXT},
};

/* A dead message is one, too: it waits for a person. */
static poly_result has_message(const struct comparison *comparison, const char *entity_id, bool *has)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(comparison->accounts->options.pg, &promise_or_message,
                                       POLY_PG_VALUES(poly_pg_text(entity_id)), comparison->arena, &rows);

    *has = result == POLY_OK && rows.count > 0;
    return result;
}

struct repair {
    poly_arena *arena;
    const char *topic;
    const char *event;
    const char *entity_id;
    const char *payload;
    poly_audit audit;
};

static poly_result add_repair(poly_pg_transaction *transaction, void *context)
{
    struct repair *repair = context;
    int64_t id;
    poly_result result;

    poly_audit_restart(&repair->audit);
    result = poly_outbox_add(transaction, repair->topic, NULL, repair->payload, repair->arena, &id);
    if (result == POLY_OK)
        result = poly_audit_add(&repair->audit, transaction, repair->event, repair->entity_id, NULL);
    return result;
}

static poly_result order(const struct comparison *comparison, struct repair repair)
{
    poly_result result;

    repair.arena = comparison->arena;
    poly_audit_begin_alone(&repair.audit, repair.arena, "reconciler");
    result = poly_pg_in_transaction(comparison->accounts->options.pg, add_repair, &repair);
    if (result == POLY_OK) {
        poly_audit_log(&repair.audit);
        poly_counter_add(poly_counter_get("poly_account_repairs_total", "Differences to sso-svc, by what was ordered.",
                                          (const poly_label[]){{"topic", repair.topic}, {NULL, NULL}}),
                         1);
    }
    return result;
}

/*
 * A user who was listed had a promise or an entity before. So if the promise is gone and there is no entity now, in
 * this order, there will be none.
 */
static poly_result remove_orphan(const struct comparison *comparison, const char *entity_id)
{
    bool has, alive;
    poly_result result = has_message(comparison, entity_id, &has);

    if (result != POLY_OK || has)
        return result;
    result = account_is_alive(comparison->accounts, entity_id, comparison->arena, &alive);
    if (result != POLY_OK || alive)
        return result;
    return order(comparison,
                 (struct repair){.topic = ACCOUNT_REMOVE,
                                 .event = "orphaned_user_removed",
                                 .entity_id = entity_id,
                                 .payload = poly_arena_printf(comparison->arena, "{\"entity\":\"%s\"}", entity_id)});
}

static const char *describe(const struct comparison *comparison, const struct entity *entity)
{
    poly_json_writer writer;
    poly_strbuf text;
    const char *payload;

    poly_strbuf_init(&text, 8192);
    poly_json_writer_init(&writer, &text);
    poly_json_begin_object(&writer, NULL);
    poly_json_put_text(&writer, "entity", entity->id);
    poly_json_put_text(&writer, "role", entity->role);
    poly_json_put_text(&writer, "full_name", entity->full_name);
    if (entity->ruz_teacher_id)
        poly_json_put_int(&writer, "ruz_teacher_id", entity->ruz_teacher_id);
    poly_json_end_object(&writer);
    payload = poly_arena_strdup(comparison->arena, poly_strbuf_text(&text));
    poly_strbuf_release(&text);
    return payload;
}

static poly_result provision_missing(const struct comparison *comparison, const struct entity *entity)
{
    bool has;
    poly_result result = has_message(comparison, entity->id, &has);

    if (result != POLY_OK || has)
        return result;
    return order(comparison, (struct repair){.topic = ACCOUNT_PROVISION,
                                             .event = "missing_user_provisioned",
                                             .entity_id = entity->id,
                                             .payload = describe(comparison, entity)});
}

/* An empty or foreign database must not have everybody removed. */
static bool is_plausible(const struct comparison *comparison)
{
    if (comparison->orphan_count <= REMOVALS_MIN || comparison->orphan_count <= (size_t)comparison->users / 10)
        return true;
    poly_log(POLY_LOG_ERROR, "more users without an entity than can be true; none is removed",
             poly_int_field("without", (int64_t)comparison->orphan_count), poly_int_field("users", comparison->users));
    return false;
}

static poly_result repair_all(const struct comparison *comparison)
{
    poly_result result = POLY_OK;

    if (is_plausible(comparison))
        for (size_t i = 0; result == POLY_OK && i < comparison->orphan_count; i++)
            result = remove_orphan(comparison, comparison->orphans[i]);
    for (size_t i = 0; result == POLY_OK && i < comparison->count; i++)
        if (!comparison->entities[i].has_user)
            result = provision_missing(comparison, &comparison->entities[i]);
    return result;
}

/* --- again and again --- */

static poly_result compare(poly_accounts *accounts)
{
    struct comparison comparison = {.accounts = accounts, .arena = poly_arena_create(0)};
    poly_result result = read_entities(&comparison);

    if (result == POLY_OK)
        result = read_users(&comparison);
    if (result == POLY_OK)
        result = repair_all(&comparison);
    free(comparison.entities);
    free(comparison.orphans);
    poly_arena_destroy(&comparison.arena);
    return result;
}

/* Until the next comparison is due: the usual time, give or take a quarter, or sso-svc has come back. */
static poly_result wait_for_turn(poly_accounts *accounts)
{
    unsigned usual = accounts->options.reconcile_seconds * 1000;
    uint64_t ends = poly_time_monotonic() + POLY_MILLISECONDS(usual * 3 / 4 + poly_random_below(usual / 2 + 1));
    poly_result result = POLY_OK;

    while (result == POLY_OK && poly_time_monotonic() < ends && !atomic_exchange(&accounts->sso_came_back, false))
        result = poly_fiber_sleep(LOOK_EVERY);
    return result;
}

void account_reconcile(void *argument)
{
    poly_accounts *accounts = argument;
    poly_result result = poly_fiber_sleep(FIRST_AFTER);

    while (result != POLY_CANCELLED) {
        result = compare(accounts);
        if (result != POLY_OK && result != POLY_CANCELLED) {
            poly_log(POLY_LOG_WARNING, "users could not be compared",
                     poly_text_field("error", poly_result_name(result)));
            atomic_store(&accounts->sso_came_back, false);
        }
        if (result != POLY_CANCELLED)
            result = result == POLY_OK ? wait_for_turn(accounts) : poly_fiber_sleep(POLY_MILLISECONDS(10000));
    }
}
