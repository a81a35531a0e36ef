/* SPDX-License-Identifier: MIT */
#include "config/variables.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "poly/text.h"

#define LETTERS_AND_DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
#define DIGITS             "0123456789"
#define QUOTED_MAX         200u

/* --- showing a value --- */

/* The password of "scheme://user:password@host", {NULL, 0} if there is none. */
static poly_slice password_of(const char *text)
{
    const char *authority = strstr(text, "://");
    const char *colon, *at;
    size_t size;

    if (!authority)
        return (poly_slice){0};
    authority += 3;
    size = strcspn(authority, "/?#");
    at = memrchr(authority, '@', size);
    colon = at ? memchr(authority, ':', (size_t)(at - authority)) : NULL;
    if (!colon)
        return (poly_slice){0};
    return (poly_slice){.data = colon + 1, .size = (size_t)(at - colon - 1)};
}

void config_quote(const char *text, poly_strbuf *out)
{
    poly_slice password = password_of(text);
    size_t size = strlen(text), at = 0;

    poly_strbuf_append_char(out, '"');
    while (at < size && at < QUOTED_MAX) {
        size_t before = at;
        uint32_t code_point;

        if (password.size && text + at == password.data) {
            poly_strbuf_append_text(out, "***");
            at += password.size;
            continue;
        }
        code_point = poly_text_next(text, size, &at);
        if (code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0) || code_point == 0xFFFD)
            poly_strbuf_append_char(out, '?');
        else
            poly_strbuf_append(out, text + before, at - before);
    }
    poly_strbuf_append_text(out, at < size ? "…\"" : "\"");
}

static bool refuse(const poly_config_variable *variable, const char *text, const char *expected, poly_strbuf *faults)
{
    poly_strbuf quoted;

    poly_strbuf_init(&quoted, 4 * QUOTED_MAX);
    config_quote(text, &quoted);
    config_fault(variable->name, faults, "%s is not %s", poly_strbuf_text(&quoted), expected);
    poly_strbuf_release(&quoted);
    return false;
}

/* --- the types --- */

/* Digits with at most one sign before them, which strtoll alone does not insist on. */
static bool parse_int(const char *text, int64_t *out)
{
    const char *digits = text + (text[0] == '-');
    char *end;

    if (!digits[0] || strspn(digits, DIGITS) != strlen(digits))
        return false;
    errno = 0;
    *out = strtoll(text, &end, 10);
    return errno == 0 && *end == '\0';
}

static bool set_int(const poly_config_variable *variable, const char *text, int64_t *member, poly_strbuf *faults)
{
    char expected[96];
    int64_t value;

    if (parse_int(text, &value) && value >= variable->min && value <= variable->max) {
        *member = value;
        return true;
    }
    snprintf(expected, sizeof(expected), "a whole number from %" PRId64 " to %" PRId64, variable->min, variable->max);
    return refuse(variable, text, expected, faults);
}

static bool set_bool(const poly_config_variable *variable, const char *text, bool *member, poly_strbuf *faults)
{
    static const char *const words[] = {"false", "true", "0", "1", "no", "yes", "off", "on"};

    for (size_t i = 0; i < POLY_LENGTH(words); i++) {
        if (strcasecmp(text, words[i]) == 0) {
            *member = i % 2 == 1;
            return true;
        }
    }
    return refuse(variable, text, "true or false", faults);
}

/* 1 to 5 digits up to 65535, to the end of the text. */
static bool is_port(const char *text, bool zero_allowed)
{
    int64_t port;

    return strlen(text) <= 5 && text[0] != '-' && parse_int(text, &port) && port <= 65535 && (zero_allowed || port > 0);
}

/* Past a host name, an IPv4 address or "[v6]"; NULL if there is none. */
static const char *skip_host(const char *text)
{
    size_t size;

    if (text[0] != '[') {
        size = strspn(text, LETTERS_AND_DIGITS "-._");
        return size && size <= 255 ? text + size : NULL;
    }
    size = strspn(text + 1, "0123456789abcdefABCDEF:.");
    return size >= 2 && text[1 + size] == ']' ? text + size + 2 : NULL;
}

static bool is_url(const char *text)
{
    const char *at = text;
    size_t port_size;
    char port[6] = "";

    if (strncasecmp(at, "http://", 7) == 0)
        at += 7;
    else if (strncasecmp(at, "https://", 8) == 0)
        at += 8;
    else
        return false;
    at = skip_host(at);
    if (!at)
        return false;
    if (*at == ':') {
        port_size = strspn(++at, DIGITS);
        if (port_size >= sizeof(port))
            return false;
        memcpy(port, at, port_size);
        at += port_size;
        if (!is_port(port, false))
            return false;
    }
    return (!*at || *at == '/' || *at == '?') && strspn(at, LETTERS_AND_DIGITS "-._~%!$&'()*+,;=:@/?") == strlen(at);
}

static bool set_url(const poly_config_variable *variable, const char *text, const char **member, poly_strbuf *faults)
{
    size_t size = strlen(text);

    if (!is_url(text))
        return refuse(variable, text, "a URL that begins with http:// or https://", faults);
    while (text[size - 1] == '/')
        size--;
    *member = poly_arena_strndup(config_memory(), text, size);
    return true;
}

static bool is_address(const char *text)
{
    const char *port;

    if (strncmp(text, "fd:", 3) == 0)
        return is_port(text + 3, true);
    port = text[0] == ':' ? text : skip_host(text);
    return port && port[0] == ':' && is_port(port + 1, true);
}

static bool set_address(const poly_config_variable *variable, const char *text, const char **member,
                        poly_strbuf *faults)
{
    if (!is_address(text))
        return refuse(variable, text, "host:port, [v6]:port, :port or fd:N", faults);
    *member = text;
    return true;
}

static void set_list(const char *text, const char *const **member)
{
    size_t most = 2, count = 0;
    const char **items;

    for (const char *at = text; *at; at++)
        most += *at == ',';
    items = poly_arena_alloc(config_memory(), most * sizeof(*items));
    while (*text) {
        size_t size = strcspn(text, ",");
        size_t blank = strspn(text, " \t\r\n");
        size_t end = size;

        while (end > blank && strchr(" \t\r\n", text[end - 1]))
            end--;
        if (end > blank)
            items[count++] = poly_arena_strndup(config_memory(), text + blank, end - blank);
        text += size + (text[size] == ',');
    }
    items[count] = NULL;
    *member = items;
}

static bool set_choice(const poly_config_variable *variable, const char *text, const char **member, poly_strbuf *faults)
{
    size_t size = strlen(text);
    char expected[256];

    for (const char *choice = variable->choices; *choice;) {
        size_t choice_size = strcspn(choice, "|");

        if (choice_size == size && memcmp(choice, text, size) == 0) {
            *member = text;
            return true;
        }
        choice += choice_size + (choice[choice_size] == '|');
    }
    snprintf(expected, sizeof(expected), "one of %s", variable->choices);
    return refuse(variable, text, expected, faults);
}

/* `fault` is NULL, or what makes `text` unfit, which is not shown. */
static bool set_confidential(const poly_config_variable *variable, const char *text, const char *fault,
                             const char **member, poly_strbuf *faults)
{
    if (fault) {
        config_fault(variable->name, faults, "%s", fault);
        return false;
    }
    *member = text;
    return true;
}

bool config_value_parse(const poly_config_variable *variable, const char *text, bool placeholders, void *member,
                        poly_strbuf *faults)
{
    switch (variable->type) {
    case POLY_CONFIG_INT:
        return set_int(variable, text, member, faults);
    case POLY_CONFIG_BOOL:
        return set_bool(variable, text, member, faults);
    case POLY_CONFIG_URL:
        return set_url(variable, text, member, faults);
    case POLY_CONFIG_ADDRESS:
        return set_address(variable, text, member, faults);
    case POLY_CONFIG_LIST:
        set_list(text, member);
        return true;
    case POLY_CONFIG_SECRET:
        return set_confidential(variable, text, config_secret_fault(variable, text, placeholders), member, faults);
    case POLY_CONFIG_DATABASE:
        return set_confidential(variable, text, config_database_fault(text), member, faults);
    case POLY_CONFIG_CHOICE:
        return set_choice(variable, text, member, faults);
    case POLY_CONFIG_TEXT:
        break;
    }
    *(const char **)member = text;
    return true;
}
