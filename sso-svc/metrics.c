/* SPDX-License-Identifier: MIT */
#include "metrics.h"

static const char *const login_names[LOGIN_OUTCOMES] = {
    [LOGIN_OK] = "ok",
    [LOGIN_WRONG] = "wrong",
    [LOGIN_OTHER_APP] = "other_app",
    [LOGIN_THROTTLED] = "throttled",
    [LOGIN_OVERLOADED] = "overloaded",
    [LOGIN_FAILED] = "failed",
};
static const char *const refresh_names[REFRESH_OUTCOMES] = {
    [REFRESH_ROTATED] = "rotated", [REFRESH_REPEATED] = "repeated", [REFRESH_REUSED] = "reused",
    [REFRESH_REFUSED] = "refused", [REFRESH_FAILED] = "failed",
};
static const char *const provision_names[PROVISION_OUTCOMES] = {
    [PROVISION_CREATED] = "created",
    [PROVISION_UPDATED] = "updated",
    [PROVISION_UNCHANGED] = "unchanged",
    [PROVISION_REFUSED] = "refused",
};

static void get_each(poly_counter **out, const char *name, const char *help, const char *const *outcomes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = poly_counter_get(name, help, (const poly_label[]){{"outcome", outcomes[i]}, {NULL, NULL}});
}

void metrics_init(sso_metrics *metrics)
{
    get_each(metrics->logins, "sso_logins_total", "Logins by password, by outcome.", login_names, LOGIN_OUTCOMES);
    get_each(metrics->refreshes, "sso_refreshes_total", "Uses of refresh tokens, by outcome.", refresh_names,
             REFRESH_OUTCOMES);
    get_each(metrics->provisions, "sso_provisions_total", "Users that services asked for, by outcome.", provision_names,
             PROVISION_OUTCOMES);
    metrics->telegram_tokens =
        poly_counter_get("sso_telegram_tokens_total", "Access tokens issued to linked Telegram accounts.", NULL);
}

const char *provision_outcome_name(provision_outcome outcome)
{
    return provision_names[outcome];
}
