/* SPDX-License-Identifier: MIT */
#include "poly/login_attempt.h"

unsigned poly_login_attempt_begin(poly_login_attempt *attempt, poly_throttle *accounts, poly_throttle *networks,
                                  const char *account, const char *address, poly_arena *arena)
{
    const char *network = poly_throttle_network(address, arena);
    unsigned wait;

    *attempt = (poly_login_attempt){
        .accounts = accounts,
        .networks = networks,
        .account_key = poly_slice_of(poly_arena_printf(arena, "%s %s", account, network)),
        .network_key = poly_slice_of(network),
    };
    wait = poly_throttle_enter(accounts, attempt->account_key);
    if (wait)
        return wait;
    wait = poly_throttle_enter(networks, attempt->network_key);
    if (wait)
        poly_throttle_refund(accounts, attempt->account_key);
    return wait;
}

void poly_login_attempt_give_back(const poly_login_attempt *attempt)
{
    poly_throttle_refund(attempt->networks, attempt->network_key);
    poly_throttle_refund(attempt->accounts, attempt->account_key);
}

void poly_login_attempt_succeeded(const poly_login_attempt *attempt)
{
    poly_throttle_refund(attempt->networks, attempt->network_key);
    poly_throttle_reset(attempt->accounts, attempt->account_key);
}
