/* SPDX-License-Identifier: MIT */
#include "login_form.h"

#include <string.h>
#include <strings.h>

#include "html_scan.h"

/* Tags of a page; a login page has a few hundred. */
#define MAX_TAGS 20000

struct search {
    html_scan scan;
    poly_arena *arena;
    login_form *form;
    bool inside;   /* a form */
    bool overfull; /* it has more hidden fields than fit */
};

static void begin_form(struct search *search, const html_tag *tag)
{
    const char *action = html_attribute(tag, "action", search->arena);

    *search->form = (login_form){.action = action ? action : ""};
    search->inside = true;
    search->overfull = false;
}

static bool is_complete(const login_form *form)
{
    return form->username_name && form->password_name;
}

static void take_hidden(struct search *search, const html_tag *tag, const char *name)
{
    login_form *form = search->form;
    const char *value = html_attribute(tag, "value", search->arena);

    if (form->hidden_count == LOGIN_FORM_FIELDS) {
        search->overfull = true;
        return;
    }
    form->hidden[form->hidden_count++] = (login_field){name, value ? value : ""};
}

static void take_input(struct search *search, const html_tag *tag)
{
    const char *name = html_attribute(tag, "name", search->arena);
    const char *type = html_attribute(tag, "type", search->arena);
    login_form *form = search->form;

    if (!name || !*name)
        return;
    type = type && *type ? type : "text";
    if (strcasecmp(type, "hidden") == 0)
        take_hidden(search, tag, name);
    else if (strcasecmp(type, "password") == 0 && !form->password_name)
        form->password_name = name;
    else if ((strcasecmp(type, "text") == 0 || strcasecmp(type, "email") == 0) && !form->username_name)
        form->username_name = name;
}

bool login_form_find(poly_slice page, poly_arena *arena, login_form *form)
{
    struct search search = {.arena = arena, .form = form};
    unsigned tags = 0;
    html_tag tag;

    html_scan_init(&search.scan, page);
    *form = (login_form){.action = ""};
    while (tags++ < MAX_TAGS && html_scan_next(&search.scan, &tag)) {
        if (html_tag_is(&tag, "form"))
            begin_form(&search, &tag);
        else if (search.inside && html_tag_is(&tag, "input"))
            take_input(&search, &tag);
        else if (tag.closes && poly_slice_equal_nocase(tag.name, "form")) {
            if (is_complete(form))
                break;
            search.inside = false;
        }
    }
    return is_complete(form) && !search.overfull;
}

const char *login_form_hidden(const login_form *form, const char *name)
{
    for (size_t i = 0; i < form->hidden_count; i++)
        if (strcmp(form->hidden[i].name, name) == 0)
            return form->hidden[i].value;
    return NULL;
}

/* --- filling in: straight into the arena, since buffers that grow leave copies behind --- */

static char *put_encoded(char *at, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";

    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._*", c)) {
            *at++ = (char)c;
        } else if (c == ' ') {
            *at++ = '+';
        } else {
            *at++ = '%';
            *at++ = digits[c >> 4];
            *at++ = digits[c & 15];
        }
    }
    return at;
}

static char *put_pair(char *at, const char *name, const char *value)
{
    at = put_encoded(at, name);
    *at++ = '=';
    at = put_encoded(at, value);
    *at++ = '&';
    return at;
}

static size_t room_for(const char *name, const char *value)
{
    return 3 * (strlen(name) + strlen(value)) + 2;
}

poly_slice login_form_fill(const login_form *form, const char *username, const char *password, poly_arena *arena)
{
    size_t room = room_for(form->username_name, username) + room_for(form->password_name, password);
    char *filled, *at;

    for (size_t i = 0; i < form->hidden_count; i++)
        room += room_for(form->hidden[i].name, form->hidden[i].value);
    at = filled = poly_arena_alloc(arena, room + 1);
    at = put_pair(at, form->username_name, username);
    at = put_pair(at, form->password_name, password);
    for (size_t i = 0; i < form->hidden_count; i++)
        at = put_pair(at, form->hidden[i].name, form->hidden[i].value);
    at[-1] = '\0';
    return (poly_slice){filled, (size_t)(at - filled) - 1};
}
