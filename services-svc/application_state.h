/* SPDX-License-Identifier: MIT */
/*
 * What becomes of an application: pending, in_progress, then completed or rejected; staff may reopen what is over.
 */
#ifndef SERVICES_APPLICATION_STATE_H
#define SERVICES_APPLICATION_STATE_H

#include "poly/base.h"

typedef enum application_state {
    STATE_PENDING,
    STATE_IN_PROGRESS,
    STATE_COMPLETED,
    STATE_REJECTED,
    STATE_COUNT,
} application_state;

/* Their names, by state, ended by NULL. */
extern const char *const application_state_names[STATE_COUNT + 1];

/* STATE_COUNT if it is none's name. */
application_state application_state_of(const char *name);
bool application_state_is_over(application_state state);

/* Whether one may follow the other; `may_reopen` for who may take up again what is over. A state does not follow
 * itself. */
bool application_state_may_follow(application_state from, application_state to, bool may_reopen);

#endif
