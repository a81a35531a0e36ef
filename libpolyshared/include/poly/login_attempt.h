/* SPDX-License-Identifier: MIT */
/*
 * A login that is tried, as throttles count it: against the account as seen from one network, so that nobody can lock
 * out somebody else, and against the network, so that nobody tries one password on every account. Any thread.
 */
#ifndef POLY_LOGIN_ATTEMPT_H
#define POLY_LOGIN_ATTEMPT_H

#include "poly/throttle.h"

typedef struct poly_login_attempt {
    poly_throttle *accounts;
    poly_throttle *networks;
    poly_slice account_key; /* of the arena */
    poly_slice network_key;
} poly_login_attempt;

/*
 * Counts it before the password is looked at, so that many at once gain nothing. `account` is the name in the form in
 * which all its spellings are one. 0: it may be tried. Else the seconds until the next one may; what one of the two
 * throttles turns away is no attempt to the other: else one account could lock out a whole network.
 */
unsigned poly_login_attempt_begin(poly_login_attempt *attempt, poly_throttle *accounts, poly_throttle *networks,
                                  const char *account, const char *address, poly_arena *arena);
/* Nobody said that the password is wrong: it was no attempt at guessing. */
void poly_login_attempt_give_back(const poly_login_attempt *attempt);
/* It was right: the account's earlier ones are forgotten, those of others from the network are not. */
void poly_login_attempt_succeeded(const poly_login_attempt *attempt);

#endif
