/* SPDX-License-Identifier: MIT */
/* Users made, changed and deleted by administrators, and deleted by the services whose they are. */
#include "handlers.h"

#include <string.h>

#include "poly/random.h"
#include "poly/write.h"

#include "caller.h"
#include "problems.h"
#include "rules.h"
#include "service.h"
#include "store.h"

static void write_user(poly_write *write, const sso_user *user)
{
    poly_json_writer writer;

    poly_json_writer_init(&writer, &write->body);
    user_write(&writer, NULL, user);
}

static void write_status(poly_write *write, const char *status)
{
    poly_json_writer writer;

    poly_json_writer_init(&writer, &write->body);
    poly_json_begin_object(&writer, NULL);
    poly_json_put_text(&writer, "status", status);
    poly_json_end_object(&writer);
}

/* False when the failure has been answered. */
static bool is_hashed(poly_request *request, poly_result result)
{
    if (result == POLY_OVERLOADED)
        poly_fail(request, &problem_hashing_overloaded);
    else if (result != POLY_OK)
        poly_fail_dependency(request, result, "password hashing");
    return result == POLY_OK;
}

/* Hashes `password`, if there is one. False when the failure has been answered. */
static bool hash_password(poly_request *request, const char *password, const char **hash)
{
    const sso_service *service = poly_request_context(request);

    *hash = NULL;
    return !password ||
           is_hashed(request, password_hasher_hash(service->hasher, password, poly_request_arena(request), hash));
}

/* --- POST /api/users/ --- */

struct creation {
    sso_user user;
    const char *password_hash;
};

static poly_result create_user(poly_pg_transaction *transaction, poly_write *write, void *context)
{
    struct creation *creation = context;
    sso_user *user = &creation->user;
    poly_result result = store_lock_usernames(transaction, write->arena);

    if (result == POLY_OK)
        result = store_insert_user(transaction, write->arena, user, creation->password_hash);
    if (result == POLY_CONFLICT)
        write->problem = &problem_username_taken;
    if (result != POLY_OK)
        return result;
    write->status = 201;
    write_user(write, user);
    return poly_audit_add(&write->audit, transaction, "user_created", user->id,
                          (const poly_field[]){poly_text_field("username", user->username),
                                               poly_text_field("app", poly_app_name(user->app)),
                                               poly_text_field("role", poly_role_name(user->role)),
                                               {.kind = POLY_FIELD_END}});
}

/* A blank one is none. */
static void read_name_and_password(poly_request *request, const poly_json *body, sso_user *user, const char **password)
{
    const sso_service *service = poly_request_context(request);
    const field_fault *fault =
        rule_username(poly_json_get(body, "username"), poly_request_arena(request), &user->username);

    rule_note(request, fault || user->username ? fault : &fault_username_required);
    fault = rule_password(poly_json_get(body, "password"), service->breached, user->username, password);
    rule_note(request, fault || *password ? fault : &fault_password_required);
}

static bool read_creation(poly_request *request, const poly_json *body, sso_user *user, const char **password)
{
    int app, role;

    if (!rule_object(request, body))
        return false;
    app = poly_body_choice_required(request, body, "app", app_names);
    role = poly_body_choice(request, body, "role", role_names);
    read_name_and_password(request, body, user, password);
    rule_note(request, rule_full_name(poly_json_get(body, "full_name"), poly_request_arena(request), &user->full_name));
    if (poly_request_refused(request))
        return false;
    user->app = (poly_app)app;
    user->role = POLY_ROLE_ADMIN;
    if (role < 0 || role == POLY_ROLE_ADMIN)
        return true;
    poly_fail(request, &problem_role_not_admin);
    return false;
}

/* POST /api/users/ {username, password, full_name, app, role?}: an administrator of an app. */
void post_user(poly_request *request)
{
    const sso_service *service = poly_request_context(request);
    poly_write_options options = {.scope = caller_of(request)->actor, .idempotent = true};
    struct creation creation = {.user.is_active = true};
    char id[POLY_UUID_SIZE];
    const char *password;
    const poly_json *body;

    if (poly_request_json(request, &body) != POLY_OK || !read_creation(request, body, &creation.user, &password) ||
        !hash_password(request, password, &creation.password_hash) ||
        !is_hashed(request, password_hasher_digest(service->hasher, request, &options.body_digest)))
        return;
    poly_uuid_make(id);
    creation.user.id = id;
    poly_write_respond(request, service->pg, &options, create_user, &creation);
}

/* --- PATCH /api/users/{id} --- */

struct change {
    const char *id;
    user_changes changes;
};

static poly_result find_user(poly_pg_transaction *transaction, poly_write *write, const char *id, sso_user *user)
{
    poly_result result = store_lock_user(transaction, write->arena, id, user);

    if (result == POLY_NOT_FOUND)
        write->problem = &problem_user_unknown;
    return result;
}

/*
 * The user, who is about to lose the account, unless that would leave nobody to administer. The administrators are
 * locked first, so that two of them who disable each other do so one after the other.
 */
static poly_result find_dispensable_user(poly_pg_transaction *transaction, poly_write *write, const char *id,
                                         sso_user *user)
{
    int64_t admins;
    poly_result result = store_lock_admins(transaction, write->arena, &admins);

    if (result == POLY_OK)
        result = find_user(transaction, write, id, user);
    if (result != POLY_OK)
        return result;
    if (user->app != POLY_APP_SSO || user->role != POLY_ROLE_ADMIN || !user->is_active || admins > 1)
        return POLY_OK;
    write->problem = &problem_last_admin;
    return POLY_CONFLICT;
}

static poly_result audit_change(poly_pg_transaction *transaction, poly_write *write, const char *user_id,
                                const user_changes *changes)
{
    const char *is_active = !changes->is_active ? "kept" : *changes->is_active ? "true" : "false";

    return poly_audit_add(&write->audit, transaction, "user_changed", user_id,
                          (const poly_field[]){poly_bool_field("full_name", changes->full_name != NULL),
                                               poly_bool_field("password", changes->password_hash != NULL),
                                               poly_text_field("is_active", is_active),
                                               {.kind = POLY_FIELD_END}});
}

static poly_result change_user(poly_pg_transaction *transaction, poly_write *write, void *context)
{
    const struct change *change = context;
    const user_changes *changes = &change->changes;
    bool disables = changes->is_active && !*changes->is_active;
    sso_user user;
    poly_result result = disables ? find_dispensable_user(transaction, write, change->id, &user)
                                  : find_user(transaction, write, change->id, &user);

    if (result == POLY_OK)
        result = store_change_user(transaction, write->arena, &user, changes);
    if (result == POLY_OK && (changes->password_hash || disables))
        result = store_end_sessions(transaction, write->arena, user.id, disables ? "disabled" : "password_changed");
    if (result != POLY_OK)
        return result;
    write_user(write, &user);
    return audit_change(transaction, write, user.id, changes); /* not as it was typed: in capitals, say */
}

/* The username, which the password must not be. False when it has been answered. */
static bool read_username(poly_request *request, const char *id, const char **username)
{
    const sso_service *service = poly_request_context(request);
    sso_user user;
    poly_result result = store_user_by_id(service->pg, poly_request_arena(request), id, &user);

    if (result == POLY_NOT_FOUND)
        poly_fail(request, &problem_user_unknown);
    else if (result != POLY_OK)
        poly_fail_dependency(request, result, "postgresql");
    else
        *username = user.username;
    return result == POLY_OK;
}

static bool read_change(poly_request *request, struct change *change, const char **password)
{
    const sso_service *service = poly_request_context(request);
    poly_arena *arena = poly_request_arena(request);
    const char *username = NULL;
    const poly_json *body;

    if (poly_request_json(request, &body) != POLY_OK || !rule_object(request, body))
        return false;
    if (poly_body_has(body, "password") && !read_username(request, change->id, &username))
        return false;
    if (poly_body_has(body, "full_name"))
        rule_note(request, rule_full_name(poly_json_get(body, "full_name"), arena, &change->changes.full_name));
    rule_note(request, rule_password(poly_json_get(body, "password"), service->breached, username, password));
    rule_note(request, rule_is_active(poly_json_get(body, "is_active"), arena, &change->changes.is_active));
    return !poly_request_refused(request);
}

/* A path's id that is no UUID is nobody's. */
static bool read_id(poly_request *request, const char **id)
{
    *id = poly_request_param(request, "id");
    if (poly_uuid_is_valid(*id))
        return true;
    poly_fail(request, &problem_user_unknown);
    return false;
}

/* PATCH /api/users/{id} {full_name?, password?, is_active?}. */
void patch_user(poly_request *request)
{
    const sso_service *service = poly_request_context(request);
    struct change change = {0};
    const char *password = NULL;

    if (read_id(request, &change.id) && read_change(request, &change, &password) &&
        hash_password(request, password, &change.changes.password_hash))
        poly_write_respond(request, service->pg, &(poly_write_options){.scope = caller_of(request)->actor}, change_user,
                           &change);
}

/* --- DELETE /api/users/{id} --- */

static poly_result audit_deletion(poly_pg_transaction *transaction, poly_write *write, const sso_user *user)
{
    return poly_audit_add(&write->audit, transaction, "user_deleted", user->id,
                          (const poly_field[]){poly_text_field("username", user->username),
                                               poly_text_field("app", poly_app_name(user->app)),
                                               poly_text_field("entity_id", user->entity_id),
                                               {.kind = POLY_FIELD_END}});
}

static poly_result remove_user(poly_pg_transaction *transaction, poly_write *write, void *context)
{
    const char *id = context;
    sso_user user;
    poly_result result = find_dispensable_user(transaction, write, id, &user);

    if (result == POLY_OK)
        result = store_delete_user(transaction, write->arena, id);
    if (result != POLY_OK)
        return result;
    write_status(write, "deleted");
    return audit_deletion(transaction, write, &user);
}

void delete_user(poly_request *request)
{
    const sso_service *service = poly_request_context(request);
    const char *id;

    if (read_id(request, &id))
        poly_write_respond(request, service->pg, &(poly_write_options){.scope = caller_of(request)->actor}, remove_user,
                           (void *)id);
}

/* --- DELETE /api/users/by-entity/{entity_id}?app= --- */

struct removal {
    poly_app app;
    const char *entity_id;
};

/* That there is none is an answer too: whoever deletes twice has what he wanted. */
static poly_result remove_by_entity(poly_pg_transaction *transaction, poly_write *write, void *context)
{
    const struct removal *removal = context;
    sso_user user;
    poly_result result = store_delete_by_entity(transaction, write->arena, removal->app, removal->entity_id, &user);

    if (result != POLY_OK && result != POLY_NOT_FOUND)
        return result;
    write_status(write, result == POLY_OK ? "deleted" : "not_found");
    return result == POLY_OK ? audit_deletion(transaction, write, &user) : POLY_OK;
}

void delete_user_by_entity(poly_request *request)
{
    const sso_service *service = poly_request_context(request);
    const sso_caller *caller = caller_of(request);
    struct removal removal = {.entity_id = poly_request_param(request, "entity_id"), .app = caller->app};
    int app = poly_query_choice(request, "app", app_names);

    if (poly_request_refused(request))
        return;
    if (app < 0 && !caller->service) {
        poly_request_fault(request, "app", "required",
                           (poly_message){"Параметр «app» обязателен.", "The parameter \"app\" is required."});
        (void)poly_request_refused(request);
        return;
    }
    if (app >= 0)
        removal.app = (poly_app)app;
    if (caller_may_touch(caller, removal.app))
        poly_write_respond(request, service->pg, &(poly_write_options){.scope = caller->actor}, remove_by_entity,
                           &removal);
    else
        poly_fail(request, &problem_app_forbidden);
}
