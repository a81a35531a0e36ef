/* SPDX-License-Identifier: MIT */
/* Signs many tokens with a daemon's own keys: those that it has never seen, for a load, or those of many students. */
#include "../arguments.h"

#include <string.h>

#include "poly/random.h"
#include "poly/token.h"

static const char usage_text[] =
    "usage: mint KEYS_DIRECTORY COUNT\n"
    "Prints COUNT headers \"Authorization: Bearer …\", a line each: access tokens of sso-svc for teachers who do not\n"
    "exist, signed with the key of the directory that signs at present, and valid for a day.\n"
    "       mint KEYS_DIRECTORY COUNT launch AUDIENCE SECONDS [FIRST]\n"
    "Prints COUNT launch tokens of main-svc, a line each, valid for SECONDS, for the students stud<FIRST>, and so "
    "on.\n";

enum { LIFE_SECONDS = 86400, COUNT_MAX = 10000000 };

static void print_token(const poly_token_issuer *issuer, unsigned number, poly_arena *arena)
{
    char user_id[POLY_UUID_SIZE];
    const char *token;
    poly_access_token claims = {
        .base = {.audience = {"traffic"}},
        .user_id = user_id,
        .username = poly_arena_printf(arena, "teacher%u", number),
        .full_name = "Иванов Иван Иванович",
        .app = POLY_APP_TRAFFIC,
        .role = POLY_ROLE_TEACHER,
        .entity_id = poly_arena_printf(arena, "%u", number),
        .auth_source = POLY_AUTH_SSO,
    };

    poly_uuid_make(user_id);
    if (poly_token_sign_access(issuer, &claims, LIFE_SECONDS, arena, &token) != POLY_OK)
        refuse("cannot sign with the keys in", issuer->name);
    printf("Authorization: Bearer %s\n", token);
}

static void print_launch_token(const poly_token_issuer *issuer, unsigned number, char **options, poly_arena *arena)
{
    const char *token;
    poly_launch_token claims = {
        .base = {.audience = {options[0]}},
        .student_id = poly_arena_printf(arena, "stud%u", number),
        .student_name = poly_arena_printf(arena, "Студент %u", number),
        .student_email = poly_arena_printf(arena, "stud%u@edu.example", number),
    };

    if (poly_token_sign_launch(issuer, &claims, (unsigned)parse_number("no life", options[1], 1, LIFE_SECONDS), arena,
                               &token) != POLY_OK)
        refuse("cannot sign with the keys in", issuer->name);
    puts(token);
}

int main(int argc, char **argv)
{
    bool launches = argc >= 6 && argc <= 7 && strcmp(argv[3], "launch") == 0;
    poly_token_issuer issuer = {.name = launches ? "main-svc" : "sso-svc"};
    poly_strbuf fault;
    poly_arena *arena;
    unsigned count, first;

    if (argc != 3 && !launches) {
        fputs(usage_text, stderr);
        return 2;
    }
    count = (unsigned)parse_number("no count", argv[2], 1, COUNT_MAX);
    first = argc == 7 ? (unsigned)parse_number("no number", argv[6], 0, COUNT_MAX) : 0;
    poly_strbuf_init(&fault, 4096);
    if (poly_key_directory_open(argv[1], false, &issuer.keys, &fault) != POLY_OK)
        refuse(poly_strbuf_text(&fault), argv[1]);
    arena = poly_arena_create(4096);
    for (unsigned i = 0; i < count; i++) {
        if (launches)
            print_launch_token(&issuer, first + i, argv + 4, arena);
        else
            print_token(&issuer, i, arena);
        poly_arena_reset(arena);
    }
    poly_arena_destroy(&arena);
    poly_key_directory_close(&issuer.keys);
    poly_strbuf_release(&fault);
    return ferror(stdout) || fflush(stdout) != 0;
}
