/* SPDX-License-Identifier: MIT */
/*
 * A user as the rules and the answers see one. Strings live in the arena of the request that read them.
 */
#ifndef SSO_USER_H
#define SSO_USER_H

#include "poly/json.h"
#include "poly/token.h"

enum {
    FULL_NAME_MAX = 200, /* characters */
    ENTITY_ID_MAX = 128,
    TELEGRAM_USERNAME_MAX = 64,
};
#define RUZ_ID_MAX      INT32_MAX
#define TELEGRAM_ID_MAX INT64_C(9007199254740991)

typedef struct sso_user {
    const char *id;
    const char *username;
    const char *full_name;
    poly_app app;
    poly_role role;
    const char *entity_id;         /* NULL for none */
    int64_t ruz_teacher_id;        /* 0 for none */
    int64_t telegram_id;           /* 0 for none */
    const char *telegram_username; /* NULL for none */
    bool is_active;
    const char *created_at; /* RFC 3339 */
} sso_user;

/* For choices: in the order of poly_app and poly_role, NULL behind the last. */
enum { APP_COUNT = 3 };
extern const char *const app_names[];
extern const char *const role_names[];

/* Writes the user as answers have it. */
void user_write(poly_json_writer *writer, const char *name, const sso_user *user);

/* What lists are ordered by and search compares: name and username, folded. In the arena. */
const char *user_sort_text(const char *full_name, const char *username, poly_arena *arena);

/*
 * What a person typed into a search field, folded: the user is meant who has, for each of the words, one that begins
 * so.
 */
typedef struct user_search {
    const char *longest; /* the word that the fewest users have, as a rule */
    const char *const *others;
    size_t other_count;
    const char *const *starts; /* two or three of the words in each order: what the name may begin with */
    size_t start_count;
    const char *const *rest; /* those of the others that are not in `starts` */
    size_t rest_count;
} user_search;

/* NULL when there is no word in it. In the arena. */
const user_search *user_search_read(const char *typed, poly_arena *arena);

/* Printable ASCII without spaces, 1 to ENTITY_ID_MAX characters: a UUID as a rule. */
bool entity_id_is_valid(const char *text);

/* The user's access token claims, without the base but for its audience. */
poly_access_token user_claims(const sso_user *user, poly_auth_source source);

#endif
