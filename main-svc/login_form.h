/* SPDX-License-Identifier: MIT */
/*
 * A site's login form: what a page says about it, and what is posted back. Pure.
 */
#ifndef MAIN_LOGIN_FORM_H
#define MAIN_LOGIN_FORM_H

#include "poly/arena.h"

#define LOGIN_FORM_FIELDS 24

typedef struct login_field {
    const char *name;
    const char *value;
} login_field;

/* Text is in the arena. */
typedef struct login_form {
    const char *action;        /* "" for the page itself */
    const char *username_name; /* of the field that the user's name goes into */
    const char *password_name;
    login_field hidden[LOGIN_FORM_FIELDS]; /* in the page's order */
    size_t hidden_count;
} login_form;

/*
 * The first form of the page that has a field for a name and one for a password. False when there is none, or it has
 * more hidden fields than fit. Comments, scripts and other forms are passed over.
 */
bool login_form_find(poly_slice page, poly_arena *arena, login_form *form) POLY_MUST_CHECK;
/* The value of a hidden field; NULL if there is none. */
const char *login_form_hidden(const login_form *form, const char *name);

/* The form filled in, as application/x-www-form-urlencoded, in the arena, which then holds the password. */
poly_slice login_form_fill(const login_form *form, const char *username, const char *password, poly_arena *arena);

#endif
