/* SPDX-License-Identifier: MIT */
/*
 * What a user's fields must be, and what to say when one is not. Each rule reads one member of a JSON body: NULL when
 * it is fine, with the value in the arena. An absent member and null are the same.
 */
#ifndef SSO_RULES_H
#define SSO_RULES_H

#include "poly/arena.h"
#include "poly/http.h"

#include "breached_passwords.h"

typedef struct field_fault {
    const char *field;
    const char *code;
    poly_message message;
} field_fault;

/* Absent is a fault. White space is folded. */
const field_fault *rule_full_name(const poly_json *value, poly_arena *arena, const char **out) POLY_MUST_CHECK;
const field_fault *rule_entity_id(const poly_json *value, const char **out) POLY_MUST_CHECK;

/* Absent is NULL, or 0, and so is a blank username or an empty password. The username is in its normal form. */
const field_fault *rule_username(const poly_json *value, poly_arena *arena, const char **out) POLY_MUST_CHECK;
const field_fault *rule_ruz_teacher_id(const poly_json *value, int64_t *out) POLY_MUST_CHECK;
const field_fault *rule_is_active(const poly_json *value, poly_arena *arena, const bool **out) POLY_MUST_CHECK;
/* `username`, which may be NULL, is what the password must not be. */
const field_fault *rule_password(const poly_json *value, const breached_passwords *breached, const char *username,
                                 const char **out) POLY_MUST_CHECK;

extern const field_fault fault_username_required;
extern const field_fault fault_username;
extern const field_fault fault_password_required;
extern const field_fault fault_password_is_username;

/* False when it has been answered: a body that is no object has one fault, not one for each member. */
bool rule_object(poly_request *request, const poly_json *body) POLY_MUST_CHECK;

/* Notes a fault of the request, if there is one. */
void rule_note(poly_request *request, const field_fault *fault);

#endif
