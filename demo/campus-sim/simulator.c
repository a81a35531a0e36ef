/* SPDX-License-Identifier: MIT */
#include "simulator.h"

#include "replay.h"

#include <stdlib.h>

static bool read_today(struct simulator *self, poly_strbuf *fault)
{
    if (*self->config->today == '\0')
        return true;
    if (poly_date_parse(self->config->today, &self->fixed_today) && campus_calendar_knows(self->fixed_today))
        return true;
    poly_strbuf_printf(fault, "TODAY is no date between %d and %d: \"%s\"", CAMPUS_FIRST_YEAR, CAMPUS_LAST_YEAR,
                       self->config->today);
    return false;
}

static bool read_recordings(struct simulator *self, poly_strbuf *fault)
{
    if (*self->config->replay_dir == '\0')
        return true;
    self->recordings = replay_load(self->config->replay_dir, RUZ_BASE, fault);
    return self->recordings != NULL;
}

void *simulator_start(poly_runtime *runtime, const void *config, poly_strbuf *fault)
{
    struct simulator *self = poly_alloc_zero(1, sizeof(*self));

    (void)runtime;
    self->config = config;
    if (!read_today(self, fault) || !read_recordings(self, fault)) {
        simulator_release(self);
        return NULL;
    }
    self->campus = campus_create((uint64_t)self->config->seed, self->config->term_always);
    self->faults = fault_table_create((uint64_t)self->config->seed);
    self->requests = request_log_create();
    self->overrides = answer_book_create();
    self->tickets = ticket_table_create();
    return self;
}

void simulator_release(void *context)
{
    struct simulator *self = context;

    ticket_table_destroy(&self->tickets);
    answer_book_destroy(&self->recordings);
    answer_book_destroy(&self->overrides);
    request_log_destroy(&self->requests);
    fault_table_destroy(&self->faults);
    campus_destroy(&self->campus);
    free(self);
}

poly_date simulator_today(const struct simulator *simulator)
{
    return simulator->fixed_today.year ? simulator->fixed_today : poly_date_in_moscow(poly_time_unix());
}
