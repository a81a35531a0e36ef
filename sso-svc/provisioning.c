/* SPDX-License-Identifier: MIT */
#include "provisioning.h"

#include <string.h>

#include "poly/random.h"
#include "poly/text.h"

#include "problems.h"
#include "text_set.h"
#include "username.h"

size_t provision_read(const poly_json *body, poly_arena *arena, provision_item *item,
                      const field_fault *faults[PROVISION_FAULTS_MAX])
{
    const field_fault *const found[PROVISION_FAULTS_MAX] = {
        rule_full_name(poly_json_get(body, "full_name"), arena, &item->full_name),
        rule_entity_id(poly_json_get(body, "entity_id"), &item->entity_id),
        rule_username(poly_json_get(body, "username"), arena, &item->username),
        rule_ruz_teacher_id(poly_json_get(body, "ruz_teacher_id"), &item->ruz_teacher_id),
        rule_is_active(poly_json_get(body, "is_active"), arena, &item->is_active),
    };
    size_t count = 0;

    for (size_t i = 0; i < PROVISION_FAULTS_MAX; i++)
        if (found[i])
            faults[count++] = found[i];
    if (count) {
        item->outcome = PROVISION_REFUSED;
        item->fault = faults[0];
    }
    return count;
}

static void refuse(provision_item *item, const poly_problem *problem)
{
    item->outcome = PROVISION_REFUSED;
    item->problem = problem;
}

void provision_refuse_duplicates(provision_item *items, size_t count, poly_arena *arena)
{
    text_set seen;

    text_set_init(&seen, arena);
    for (size_t i = 0; i < count; i++) {
        provision_item *item = &items[i];
        const char *teacher = poly_arena_printf(arena, "teacher %lld", (long long)item->ruz_teacher_id);

        if (item->outcome == PROVISION_REFUSED)
            continue;
        if (!text_set_add(&seen, poly_arena_printf(arena, "entity %s", item->entity_id)) ||
            (item->ruz_teacher_id && !text_set_add(&seen, teacher)))
            refuse(item, &problem_duplicate_item);
    }
}

void provision_refuse_twins(provision_item *items, size_t count, poly_arena *arena)
{
    text_set seen;

    text_set_init(&seen, arena);
    for (size_t i = 0; i < count; i++)
        if (items[i].outcome != PROVISION_REFUSED && !text_set_add(&seen, items[i].user.id))
            refuse(&items[i], &problem_duplicate_item);
}

/* --- what is to be done --- */

static void create(provision_item *item, poly_app app, poly_role role, poly_arena *arena)
{
    char id[POLY_UUID_SIZE];

    poly_uuid_make(id);
    item->outcome = PROVISION_CREATED;
    item->user = (sso_user){
        .id = poly_arena_strdup(arena, id),
        .username = item->username,
        .full_name = item->full_name,
        .app = app,
        .role = role,
        .entity_id = item->entity_id,
        .ruz_teacher_id = item->ruz_teacher_id,
        .is_active = item->is_active ? *item->is_active : true,
    };
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* The user as the item wants it; true if that changes something. */
static bool apply(const provision_item *item, sso_user *user)
{
    const sso_user before = *user;

    user->full_name = item->full_name;
    user->entity_id = item->entity_id;
    if (item->username)
        user->username = item->username;
    if (item->ruz_teacher_id)
        user->ruz_teacher_id = item->ruz_teacher_id;
    if (item->is_active)
        user->is_active = *item->is_active;
    return item->password_hash || !same_text(before.full_name, user->full_name) ||
           !same_text(before.entity_id, user->entity_id) || !same_text(before.username, user->username) ||
           before.ruz_teacher_id != user->ruz_teacher_id || before.is_active != user->is_active;
}

static void update(provision_item *item, const provision_match *match)
{
    item->user = match->user;
    item->outcome = apply(item, &item->user) ? PROVISION_UPDATED : PROVISION_UNCHANGED;
    item->ends_sessions = item->password_hash || (match->user.is_active && !item->user.is_active);
}

void provision_decide(provision_item *item, const provision_match *match, poly_app app, poly_role role,
                      poly_arena *arena)
{
    const char *owner = match->username_owner;

    if (item->outcome == PROVISION_REFUSED)
        return;
    if (match->is_ambiguous)
        refuse(item, &problem_entity_conflict);
    else if (match->is_found && match->user.role != role)
        refuse(item, &problem_entity_other_role);
    else if (owner && !(match->is_found && strcmp(owner, match->user.id) == 0))
        refuse(item, &problem_username_of_other);
    else if (match->is_found)
        update(item, match);
    else
        create(item, app, role, arena);
}

/* --- names --- */

const char *provision_stem(const char *full_name, poly_arena *arena)
{
    char base[USERNAME_BASE_SIZE];
    size_t size;

    username_base(full_name, base);
    size = strlen(base);
    while (size && base[size - 1] >= '0' && base[size - 1] <= '9')
        size--;
    return poly_arena_strndup(arena, base, size);
}

static bool wants(const provision_item *item)
{
    return item->outcome == PROVISION_CREATED || item->outcome == PROVISION_UPDATED;
}

/* Names that were asked for go first; of two items that ask for the same one, the second is refused. */
static void take_chosen(provision_item *items, size_t count, text_set *used)
{
    for (size_t i = 0; i < count; i++)
        if (wants(&items[i]) && items[i].username && !text_set_add(used, items[i].username))
            refuse(&items[i], &problem_username_of_other);
}

static void make_name(provision_item *item, text_set *used, poly_arena *arena)
{
    char base[USERNAME_BASE_SIZE], name[USERNAME_SIZE];
    unsigned number = 1;

    username_base(item->full_name, base);
    do
        username_with_suffix(base, number++, name);
    while (text_set_has(used, name));
    item->user.username = poly_arena_strdup(arena, name);
    text_set_add(used, item->user.username);
}

void provision_name(provision_item *items, size_t count, const char *const *taken, size_t taken_count,
                    poly_arena *arena)
{
    text_set used;

    text_set_init(&used, arena);
    take_chosen(items, count, &used);
    for (size_t i = 0; i < taken_count; i++)
        text_set_add(&used, taken[i]);
    for (size_t i = 0; i < count; i++)
        if (items[i].outcome == PROVISION_CREATED && !items[i].user.username)
            make_name(&items[i], &used, arena);
}

void provision_refuse_own_names(provision_item *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        provision_item *item = &items[i];

        if (item->password && item->outcome != PROVISION_REFUSED &&
            poly_text_equal_folded(item->password, item->user.username)) {
            item->outcome = PROVISION_REFUSED;
            item->fault = &fault_password_is_username;
        }
    }
}
