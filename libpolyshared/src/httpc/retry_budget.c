/* SPDX-License-Identifier: MIT */
#include "httpc/retry_budget.h"

enum { ONE_RETRY = 100, MAX_SAVINGS = POLY_RETRY_BUDGET_SAVINGS * ONE_RETRY };

void poly_retry_budget_init(poly_retry_budget *budget, unsigned percent)
{
    budget->earned_per_call = percent < MAX_SAVINGS ? percent : MAX_SAVINGS;
    budget->savings = MAX_SAVINGS;
}

void poly_retry_budget_earn(poly_retry_budget *budget)
{
    budget->savings += budget->earned_per_call;
    if (budget->savings > MAX_SAVINGS)
        budget->savings = MAX_SAVINGS;
}

bool poly_retry_budget_spend(poly_retry_budget *budget)
{
    if (budget->savings < ONE_RETRY)
        return false;
    budget->savings -= ONE_RETRY;
    return true;
}
