/* SPDX-License-Identifier: MIT */
#include "metrics.h"

static const char *const mark_names[MARK_OUTCOMES] = {
    [MARK_MADE] = "made",       [MARK_REPEATED] = "repeated", [MARK_STALE] = "stale",
    [MARK_REFUSED] = "refused", [MARK_CLOSED] = "closed",     [MARK_FAILED] = "failed",
};

static const char *const sync_names[SYNC_RUN_OUTCOMES] = {
    [SYNC_RUN_OK] = "ok", [SYNC_RUN_REFUSED] = "refused", [SYNC_RUN_FAILED] = "failed"};

void metrics_init(traffic_metrics *metrics)
{
    for (size_t i = 0; i < MARK_OUTCOMES; i++)
        metrics->marks[i] = poly_counter_get("traffic_marks_total", "Marks that students asked for, by outcome.",
                                             (const poly_label[]){{"outcome", mark_names[i]}, {NULL, NULL}});
    for (size_t i = 0; i < SYNC_RUN_OUTCOMES; i++)
        metrics->syncs[i] = poly_counter_get("traffic_teacher_syncs_total", "Runs of the teacher sync, by outcome.",
                                             (const poly_label[]){{"outcome", sync_names[i]}, {NULL, NULL}});
    metrics->claims = poly_counter_get("traffic_claims_total", "Scans kept while a student signs in.", NULL);
    metrics->sessions_started =
        poly_counter_get("traffic_sessions_started_total", "Sessions that teachers started.", NULL);
    metrics->pins_unknown = poly_counter_get("traffic_pins_unknown_total", "PINs that are no kiosk's.", NULL);
    metrics->kiosks = poly_gauge_get("traffic_kiosks", "Kiosks connected to this replica.", NULL);
}
