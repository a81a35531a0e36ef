/* SPDX-License-Identifier: MIT */
/*
 * schedule-svc: the only gateway to RUZ. Requests go to a handler (routes.c), the handler to the cache, the cache to
 * RUZ where it must (loading.c, ruz.c). Behind them the directory is kept for search, the hot timetables are kept
 * fresh, and what has been seen is kept on disk.
 */
#include "poly/daemon.h"

#include "handlers.h"
#include "service.h"

/* Made from openapi.yaml. */
extern const char openapi_json[];
extern const size_t openapi_json_size;

static schedule_config config;

int main(int argc, char **argv)
{
    const poly_daemon schedule_svc = {
        .name = "schedule-svc",
        .summary = "the university's timetable, cached",
        .default_listen = SCHEDULE_DEFAULT_LISTEN,
        .variables = schedule_variables,
        .config = &config,
        .routes = schedule_routes,
        .openapi_json = openapi_json,
        .openapi_size = openapi_json_size,
        .start = service_start,
        .attach = service_attach,
        .stop = service_stop,
        .release = service_release,
    };

    poly_memory_economise();
    return poly_daemon_main(&schedule_svc, argc, argv);
}
