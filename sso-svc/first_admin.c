/* SPDX-License-Identifier: MIT */
#include "first_admin.h"

#include <stdatomic.h>

#include "poly/audit.h"
#include "poly/log.h"
#include "poly/random.h"

#include "password_policy.h"
#include "store.h"
#include "username.h"

#define PAUSE POLY_SECONDS(2)

static poly_result check_admin(void *argument, poly_strbuf *detail)
{
    static const char *const details[] = {
        [ADMIN_UNKNOWN] = "it is not known yet whether there is an administrator",
        [ADMIN_NOT_CONFIGURED] =
            "there is no administrator: set SSO_ADMIN_USERNAME and SSO_ADMIN_PASSWORD to make the first one",
        [ADMIN_NAME_TAKEN] = "there is no administrator, and SSO_ADMIN_USERNAME is the name of another user",
    };
    const sso_service *service = argument;
    int now = atomic_load(&service->admin_state);

    if (now == ADMIN_THERE)
        return POLY_OK;
    poly_strbuf_append_text(detail, details[now]);
    return POLY_UNAVAILABLE;
}

struct making {
    sso_user user;
    const char *password_hash;
    poly_arena *arena;
    int64_t admins;
    poly_audit audit;
};

static poly_result make_admin(poly_pg_transaction *transaction, void *context)
{
    struct making *making = context;
    poly_result result = store_lock_usernames(transaction, making->arena);

    if (result == POLY_OK)
        result = store_lock_admins(transaction, making->arena, &making->admins);
    if (result != POLY_OK || making->admins > 0 || !making->password_hash)
        return result;
    poly_audit_begin_alone(&making->audit, making->arena, "service:sso");
    result = store_insert_user(transaction, making->arena, &making->user, making->password_hash);
    if (result == POLY_OK)
        result = poly_audit_add(&making->audit, transaction, "first_admin_created", making->user.id, NULL);
    return result;
}

/* False with a line in the log: what is configured makes no administrator. */
static bool read_configured(sso_service *service, struct making *making, char username[USERNAME_SIZE])
{
    const sso_config *config = service->config;

    if (!*config->admin_username || !*config->admin_password)
        return false;
    if (!username_normalise(config->admin_username, username)) {
        poly_log_plain(POLY_LOG_ERROR, "SSO_ADMIN_USERNAME is no valid username");
        return false;
    }
    if (password_judge(service->breached, config->admin_password, username) != PASSWORD_FINE)
        poly_log_plain(POLY_LOG_WARNING, "SSO_ADMIN_PASSWORD is one that users would not be allowed; change it");
    making->user = (sso_user){
        .username = username,
        .full_name = username,
        .app = POLY_APP_SSO,
        .role = POLY_ROLE_ADMIN,
        .is_active = true,
    };
    return true;
}

static admin_state state_after(const struct making *making, poly_result result)
{
    if (result == POLY_CONFLICT)
        return ADMIN_NAME_TAKEN;
    if (result != POLY_OK)
        return ADMIN_UNKNOWN;
    return making->admins == 0 && !making->password_hash ? ADMIN_NOT_CONFIGURED : ADMIN_THERE;
}

/* Says what is new, once. */
static void conclude(sso_service *service, const struct making *making, poly_result result)
{
    admin_state now = state_after(making, result);

    if (atomic_exchange(&service->admin_state, (int)now) == (int)now)
        return;
    if (now == ADMIN_NAME_TAKEN)
        poly_log(POLY_LOG_ERROR, "SSO_ADMIN_USERNAME is taken", poly_text_field("username", making->user.username));
    else if (now == ADMIN_NOT_CONFIGURED)
        poly_log_plain(POLY_LOG_ERROR,
                       "there is no administrator; set SSO_ADMIN_USERNAME and SSO_ADMIN_PASSWORD to make one");
}

static void ensure_admin(sso_service *service, poly_arena *arena)
{
    struct making making = {.arena = arena};
    char username[USERNAME_SIZE], id[POLY_UUID_SIZE];
    poly_result result = poly_pg_in_transaction(service->pg, make_admin, &making);

    if (result == POLY_OK && making.admins == 0 && read_configured(service, &making, username)) {
        poly_uuid_make(id);
        making.user.id = id;
        result = password_hasher_hash(service->hasher, service->config->admin_password, arena, &making.password_hash);
        if (result == POLY_OK)
            result = poly_pg_in_transaction(service->pg, make_admin, &making);
        if (result == POLY_OK)
            poly_audit_log(&making.audit);
    }
    conclude(service, &making, result);
}

static void run(void *argument)
{
    sso_service *service = argument;
    poly_arena *arena = poly_arena_create(0);

    do {
        poly_arena_reset(arena);
        ensure_admin(service, arena);
    } while (atomic_load(&service->admin_state) != ADMIN_THERE && poly_fiber_sleep(PAUSE) == POLY_OK);
    poly_arena_destroy(&arena);
}

void first_admin_start(sso_service *service, poly_server *server, poly_loop *loop)
{
    poly_server_add_check(server, "administrator", true, check_admin, service);
    poly_fiber_start(loop, "first admin", run, service);
}
