/* SPDX-License-Identifier: MIT */
#include "metrics.h"

static const char *const way_names[LOGIN_WAYS] = {[LOGIN_BY_FORM] = "form", [LOGIN_BY_TICKET] = "ticket"};
static const char *const login_names[LOGIN_OUTCOMES] = {
    [LOGIN_OK] = "ok",
    [LOGIN_WRONG] = "wrong",
    [LOGIN_STATE] = "state",
    [LOGIN_THROTTLED] = "throttled",
    [LOGIN_BAD_PAGE] = "bad_page",
    [LOGIN_FAILED] = "failed",
};
static const char *const gradebook_names[GRADEBOOK_OUTCOMES] = {
    [GRADEBOOK_OK] = "ok",           [GRADEBOOK_NO_PASSWORD] = "no_password",
    [GRADEBOOK_REFUSED] = "refused", [GRADEBOOK_BAD_PAGE] = "bad_page",
    [GRADEBOOK_FAILED] = "failed",
};

const char *login_way_name(login_way way)
{
    return way_names[way];
}

static void get_logins(main_metrics *metrics)
{
    for (size_t way = 0; way < LOGIN_WAYS; way++)
        for (size_t i = 0; i < LOGIN_OUTCOMES; i++)
            metrics->logins[way][i] = poly_counter_get(
                "main_logins_total", "Logins of students, by way and outcome.",
                (const poly_label[]){{"way", way_names[way]}, {"outcome", login_names[i]}, {NULL, NULL}});
}

void metrics_init(main_metrics *metrics)
{
    get_logins(metrics);
    for (size_t i = 0; i < GRADEBOOK_OUTCOMES; i++)
        metrics->gradebooks[i] = poly_counter_get("main_gradebooks_total", "Record books asked for, by outcome.",
                                                  (const poly_label[]){{"outcome", gradebook_names[i]}, {NULL, NULL}});
    metrics->launch_tokens = poly_counter_get("main_launch_tokens_total", "Launch tokens issued.", NULL);
    metrics->passwords = poly_gauge_get("main_kept_passwords", "Passwords kept for the record book.", NULL);
    metrics->schedule_bytes = poly_gauge_get("main_schedule_cache_bytes", "Bytes of kept timetable answers.", NULL);
}
