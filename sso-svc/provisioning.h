/* SPDX-License-Identifier: MIT */
/*
 * Users that a service asks for, by the ids of the entities they stand for: made if there is none, brought up to date
 * if there is one. The same rules for one and for thousands: each step is one statement over all of them.
 */
#ifndef SSO_PROVISIONING_H
#define SSO_PROVISIONING_H

#include "metrics.h"
#include "rules.h"
#include "user.h"

typedef struct provision_item {
    /* what is asked for */
    const char *username; /* NULL: made from the name, or left as it is */
    const char *full_name;
    const char *entity_id;
    int64_t ruz_teacher_id;    /* 0: left as it is */
    const bool *is_active;     /* NULL: left as it is */
    const char *password;      /* NULL: left as it is */
    const char *password_hash; /* of a password that is not the user's already */

    /* what came of it */
    provision_outcome outcome;
    const field_fault *fault;    /* of PROVISION_REFUSED: a value breaks its rule; or: */
    const poly_problem *problem; /* it contradicts what is there */
    bool ends_sessions;
    sso_user user;
} provision_item;

/* Who is there already for an item. */
typedef struct provision_match {
    bool is_found;
    bool is_ambiguous;          /* the two ids belong to two users */
    const char *username_owner; /* the id of who has the username that is asked for; NULL for nobody */
    sso_user user;
} provision_match;

enum { PROVISION_FAULTS_MAX = 5 };

/* Reads an item; the number of faults, which are in `faults`. */
size_t provision_read(const poly_json *body, poly_arena *arena, provision_item *item,
                      const field_fault *faults[PROVISION_FAULTS_MAX]);

/* Refuses each item whose entity or teacher has come earlier in the list. */
void provision_refuse_duplicates(provision_item *items, size_t count, poly_arena *arena);

/* What is to be done for the item. A new user's id is made; a username that is to be made is still NULL. */
void provision_decide(provision_item *item, const provision_match *match, poly_app app, poly_role role,
                      poly_arena *arena);

/* The name without the number at its end, by which the store knows who has one like it. In the arena. */
const char *provision_stem(const char *full_name, poly_arena *arena);

/* Refuses each item whose user is one that an earlier item means by another id. */
void provision_refuse_twins(provision_item *items, size_t count, poly_arena *arena);

/* Refuses each item whose password is the username that its user has, or is given. */
void provision_refuse_own_names(provision_item *items, size_t count);

/* Gives each new user without a username one that is neither among `taken` nor another item's. */
void provision_name(provision_item *items, size_t count, const char *const *taken, size_t taken_count,
                    poly_arena *arena);

#endif
