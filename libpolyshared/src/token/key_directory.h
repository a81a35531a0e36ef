/* SPDX-License-Identifier: MIT */
/* What the signer needs of a key directory beside its public part. */
#ifndef POLY_TOKEN_KEY_DIRECTORY_H
#define POLY_TOKEN_KEY_DIRECTORY_H

#include "token/key_set.h"

/* The key that signs at `now`; a reference. */
token_key *token_key_directory_signing(poly_key_directory *directory, int64_t now) __attribute__((returns_nonnull));

#endif
