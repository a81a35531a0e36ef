/* SPDX-License-Identifier: MIT */
/*
 * How many retries an upstream is asked to bear, as a share of the calls made lately: every call earns a fraction
 * of a retry, every retry costs one, and what is saved up is capped, so that a long quiet past pays for no storm.
 * Plain state; the caller holds a lock when several threads share it.
 */
#ifndef POLY_HTTPC_RETRY_BUDGET_H
#define POLY_HTTPC_RETRY_BUDGET_H

#include "poly/base.h"

/* Retries that may be saved up, which is also what a fresh budget holds. */
#define POLY_RETRY_BUDGET_SAVINGS 10

typedef struct poly_retry_budget {
    unsigned earned_per_call; /* hundredths of a retry */
    unsigned savings;         /* hundredths of a retry */
} poly_retry_budget;

void poly_retry_budget_init(poly_retry_budget *budget, unsigned percent);
void poly_retry_budget_earn(poly_retry_budget *budget);
/* False, and nothing is spent, when less than a whole retry is left. */
bool poly_retry_budget_spend(poly_retry_budget *budget) POLY_MUST_CHECK;

#endif
