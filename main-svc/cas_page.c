/* SPDX-License-Identifier: MIT */
#include "cas_page.h"

#include <string.h>
#include <strings.h>

#include "html_scan.h"

/* A profile is a flat object of a few members. */
enum { MAX_TAGS = 20000, MAX_SCRIPTS = 16, MAX_PROFILE = 16 * 1024, MAX_DEPTH = 8, MAX_VALUES = 512 };

bool cas_page_find_form(poly_slice page, poly_arena *arena, login_form *form)
{
    const char *execution;

    if (!login_form_find(page, arena, form))
        return false;
    execution = login_form_hidden(form, "execution");
    return execution && *execution;
}

static bool is_json_script(const html_tag *tag, poly_arena *arena)
{
    const char *type = html_tag_is(tag, "script") ? html_attribute(tag, "type", arena) : NULL;

    return type && strcasecmp(type, "application/json") == 0;
}

static bool read_profile(poly_slice json, poly_arena *arena, student_profile *student)
{
    const poly_json_limits limits = {.max_size = MAX_PROFILE, .max_depth = MAX_DEPTH, .max_values = MAX_VALUES};
    poly_json *document;
    bool found;

    if (poly_json_parse(json.data, json.size, &limits, &document, NULL) != POLY_OK)
        return false;
    student_init(student);
    found = student_take_all(student, document, arena) && *student->id;
    poly_json_destroy(&document);
    return found;
}

bool cas_page_read_profile(poly_slice page, poly_arena *arena, student_profile *student)
{
    unsigned tags = 0, scripts = 0;
    html_scan scan;
    html_tag tag;

    html_scan_init(&scan, page);
    while (tags++ < MAX_TAGS && html_scan_next(&scan, &tag)) {
        if (!is_json_script(&tag, arena))
            continue;
        if (read_profile(tag.inside, arena, student))
            return true;
        if (++scripts == MAX_SCRIPTS)
            break;
    }
    return false;
}
