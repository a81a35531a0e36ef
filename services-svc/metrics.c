/* SPDX-License-Identifier: MIT */
#include "metrics.h"

static const char *const launch_names[LAUNCH_OUTCOMES] = {
    [LAUNCH_EXCHANGED] = "exchanged", [LAUNCH_REPEATED] = "repeated", [LAUNCH_SPENT] = "spent",
    [LAUNCH_REFUSED] = "refused",     [LAUNCH_FAILED] = "failed",
};

void metrics_init(services_metrics *metrics)
{
    for (size_t i = 0; i < LAUNCH_OUTCOMES; i++)
        metrics->launches[i] = poly_counter_get("services_launches_total", "Exchanges of launch tokens, by outcome.",
                                                (const poly_label[]){{"outcome", launch_names[i]}, {NULL, NULL}});
    metrics->swept_files =
        poly_counter_get("services_swept_files_total", "Files without an application that have been removed.", NULL);
}
