/* SPDX-License-Identifier: MIT */
#include "base/die.h"
#include "config/variables.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#define HOW_TO_WRITE                                                                                            \
    "; it looks like postgresql://user:password@host:5432/database, with @ : / ? # % in a password as %40 %3A " \
    "%2F %3F %23 %25"

/* --- checking --- */

static const char *find_authority(const char *text)
{
    static const char *const schemes[] = {"postgresql://", "postgres://"};

    for (size_t i = 0; i < POLY_LENGTH(schemes); i++)
        if (strncmp(text, schemes[i], strlen(schemes[i])) == 0)
            return text + strlen(schemes[i]);
    return NULL;
}

static bool has_blank(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text <= ' ' || *text == 0x7F)
            return true;
    return false;
}

/* "5432", or one for each host, any of them empty. */
static bool are_ports(const char *text)
{
    while (*text) {
        size_t size = strcspn(text, ",");
        unsigned long port = strtoul(text, NULL, 10);

        if (size && (size > 5 || strspn(text, "0123456789") != size || port == 0 || port > 65535))
            return false;
        text += size + (text[size] == ',');
    }
    return true;
}

static bool has_good_ports(const PQconninfoOption *options)
{
    for (; options->keyword; options++)
        if (options->val && strcmp(options->keyword, "port") == 0)
            return are_ports(options->val);
    return true;
}

/*
 * libpq takes a password with an unescaped '/' for a host and a port, and one with a '@' for the beginning of a host's
 * name: it would look these up, and show them.
 */
static const char *fault_of_parts(const char *text)
{
    char *reason = NULL;
    PQconninfoOption *options = PQconninfoParse(text, &reason);
    bool good_ports = options && has_good_ports(options);
    const char *at = strchr(text, '@');

    if (!options && (!reason || strstr(reason, "out of memory")))
        poly_die("out of memory");
    PQfreemem(reason);
    if (!options)
        return "has parts that libpq does not understand" HOW_TO_WRITE;
    PQconninfoFree(options);
    if (!good_ports)
        return "has a port that is no number from 1 to 65535" HOW_TO_WRITE;
    if (at && strchr(at + 1, '@'))
        return "has more than one @" HOW_TO_WRITE;
    return NULL;
}

const char *config_database_fault(const char *text)
{
    if (!find_authority(text))
        return "does not begin with postgresql:// or postgres://" HOW_TO_WRITE;
    if (has_blank(text))
        return "has a space or a control character in it";
    return fault_of_parts(text);
}

/* --- showing --- */

static void show_user(const char *user, size_t size, poly_strbuf *out)
{
    const char *colon = memchr(user, ':', size);

    poly_strbuf_append(out, user, colon ? (size_t)(colon - user) : size);
    poly_strbuf_append_text(out, colon ? ":***@" : "@");
}

/* A name that is written with %XX may be any. */
static bool is_hidden(const char *name, size_t size)
{
    return memchr(name, '%', size) || memmem(name, size, "password", strlen("password"));
}

static void show_parameters(const char *text, poly_strbuf *out)
{
    while (*text) {
        size_t size = strcspn(text, "&");
        const char *equals = memchr(text, '=', size);
        bool hidden = equals && is_hidden(text, (size_t)(equals - text));

        poly_strbuf_append(out, text, hidden ? (size_t)(equals - text) + 1 : size);
        if (hidden)
            poly_strbuf_append_text(out, "***");
        text += size;
        if (*text)
            poly_strbuf_append_char(out, *text++);
    }
}

void config_database_show(const char *text, poly_strbuf *out)
{
    const char *authority = find_authority(text);
    const char *at, *question;
    poly_strbuf shown;

    if (config_database_fault(text)) {
        poly_strbuf_append_text(out, "\"***\"");
        return;
    }
    poly_strbuf_init(&shown, 2 * strlen(text) + 16);
    poly_strbuf_append(&shown, text, (size_t)(authority - text));
    at = authority + strcspn(authority, "@/");
    if (*at == '@') {
        show_user(authority, (size_t)(at - authority), &shown);
        authority = at + 1;
    }
    question = authority + strcspn(authority, "?");
    poly_strbuf_append(&shown, authority, (size_t)(question - authority));
    show_parameters(question, &shown);
    config_quote(poly_strbuf_text(&shown), out);
    poly_strbuf_release(&shown);
}
