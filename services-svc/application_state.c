/* SPDX-License-Identifier: MIT */
#include "application_state.h"

#include <string.h>

const char *const application_state_names[STATE_COUNT + 1] = {
    [STATE_PENDING] = "pending",
    [STATE_IN_PROGRESS] = "in_progress",
    [STATE_COMPLETED] = "completed",
    [STATE_REJECTED] = "rejected",
};

typedef enum step { STEP_ILLEGAL, STEP_FORWARD, STEP_REOPENING } step;

static const step steps[STATE_COUNT][STATE_COUNT] = {
    [STATE_PENDING] = {[STATE_IN_PROGRESS] = STEP_FORWARD},
    [STATE_IN_PROGRESS] = {[STATE_COMPLETED] = STEP_FORWARD, [STATE_REJECTED] = STEP_FORWARD},
    [STATE_COMPLETED] = {[STATE_PENDING] = STEP_REOPENING, [STATE_IN_PROGRESS] = STEP_REOPENING},
    [STATE_REJECTED] = {[STATE_PENDING] = STEP_REOPENING, [STATE_IN_PROGRESS] = STEP_REOPENING},
};

application_state application_state_of(const char *name)
{
    application_state state = STATE_PENDING;

    while (state < STATE_COUNT && strcmp(application_state_names[state], name) != 0)
        state++;
    return state;
}

bool application_state_is_over(application_state state)
{
    return state == STATE_COMPLETED || state == STATE_REJECTED;
}

bool application_state_may_follow(application_state from, application_state to, bool may_reopen)
{
    step next = steps[from][to];

    return next == STEP_FORWARD || (next == STEP_REOPENING && may_reopen);
}
