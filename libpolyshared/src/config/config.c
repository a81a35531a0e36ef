/* SPDX-License-Identifier: MIT */
#include "poly/config.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "config/variables.h"

poly_arena *config_memory(void)
{
    static poly_arena *memory;

    if (!memory)
        memory = poly_arena_create(0);
    return memory;
}

void config_fault(const char *name, poly_strbuf *faults, const char *format, ...)
{
    va_list arguments;

    poly_strbuf_printf(faults, "%s ", name);
    va_start(arguments, format);
    poly_strbuf_vprintf(faults, format, arguments);
    va_end(arguments);
    poly_strbuf_append_char(faults, '\n');
}

/* An empty text or list is a value; for the other types, as for whatever is required, empty means not set. */
static bool is_given(const poly_config_variable *variable, const char *text)
{
    if (text && text[0])
        return true;
    return text && variable->fallback && (variable->type == POLY_CONFIG_TEXT || variable->type == POLY_CONFIG_LIST);
}

/* Even a variable at fault gets a value, so that whoever looks at the struct before the faults finds no NULL. */
static void set_empty(const poly_config_variable *variable, void *member)
{
    static const char *const no_items[] = {NULL};
    static const char *const nothing = "";

    if (variable->type == POLY_CONFIG_INT)
        memset(member, 0, sizeof(int64_t));
    else if (variable->type == POLY_CONFIG_BOOL)
        *(bool *)member = false;
    else if (variable->type == POLY_CONFIG_LIST)
        *(const char *const **)member = no_items;
    else
        *(const char **)member = nothing;
}

static void load_one(const poly_config_variable *variable, void *config, bool placeholders, poly_strbuf *faults)
{
    void *member = (char *)config + variable->offset;
    const char *text;

    set_empty(variable, member);
    if (config_find(variable, &text, faults) == CONFIG_FAULTY)
        return;
    if (!is_given(variable, text))
        text = variable->fallback;
    if (!text)
        config_fault(variable->name, faults, "is required: %s", variable->help);
    else if (text[0]) /* an empty default means "none" for every type */
        config_value_parse(variable, text, placeholders, member, faults);
}

bool poly_config_load(const poly_config_variable *variables, const char *default_listen, void *config,
                      poly_strbuf *faults)
{
    poly_config_variable common_variables[CONFIG_COMMON_COUNT];
    poly_common_config *common = config;
    size_t before = faults->size;
    bool development;

    config_common_variables(default_listen, common_variables);
    for (const poly_config_variable *variable = common_variables; variable->name; variable++)
        load_one(variable, config, false, faults);
    config_check_common(common, faults);
    development = strcmp(common->environment, "development") == 0;
    for (const poly_config_variable *variable = variables; variable->name; variable++)
        load_one(variable, config, development, faults);
    return faults->size == before && !faults->overflowed;
}
