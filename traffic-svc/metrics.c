/* SPDX-License-Identifier: MIT */
#include "metrics.h"

static const char *const mark_names[MARK_OUTCOMES] = {
    [MARK_MADE] = "made",       [MARK_REPEATED] = "repeated", [MARK_STALE] = "stale",
    [MARK_REFUSED] = "refused", [MARK_CLOSED] = "closed",     [MARK_FAILED] = "failed",
};

void metrics_init(traffic_metrics *metrics)
{
    for (size_t i = 0; i < MARK_OUTCOMES; i++)
        metrics->marks[i] = poly_counter_get("traffic_marks_total", "Marks that students asked for, by outcome.",
                                             (const poly_label[]){{"outcome", mark_names[i]}, {NULL, NULL}});
    metrics->claims = poly_counter_get("traffic_claims_total", "Scans kept while a student signs in.", NULL);
    metrics->sessions_started =
        poly_counter_get("traffic_sessions_started_total", "Sessions that teachers started.", NULL);
    metrics->pins_unknown = poly_counter_get("traffic_pins_unknown_total", "PINs that are no kiosk's.", NULL);
    metrics->kiosks = poly_gauge_get("traffic_kiosks", "Kiosks connected to this replica.", NULL);
}
