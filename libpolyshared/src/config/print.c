/* SPDX-License-Identifier: MIT */
#include "poly/config.h"

#include <inttypes.h>

#include "config/variables.h"

#define FAULTS_MAX 4096

static void print_type(const poly_config_variable *variable, poly_strbuf *out)
{
    static const char *const names[] = {
        [POLY_CONFIG_TEXT] = "text",
        [POLY_CONFIG_INT] = "whole number",
        [POLY_CONFIG_BOOL] = "true or false",
        [POLY_CONFIG_URL] = "URL",
        [POLY_CONFIG_ADDRESS] = "address",
        [POLY_CONFIG_LIST] = "list, comma-separated",
        [POLY_CONFIG_SECRET] = "secret",
        [POLY_CONFIG_CHOICE] = "one of ",
        [POLY_CONFIG_DATABASE] = "PostgreSQL URI",
    };

    poly_strbuf_append_text(out, names[variable->type]);
    if (variable->type == POLY_CONFIG_CHOICE)
        poly_strbuf_append_text(out, variable->choices);
    if (variable->type == POLY_CONFIG_SECRET)
        poly_strbuf_printf(out, ", at least %" PRId64 " bytes", config_secret_shortest(variable));
    if (variable->type == POLY_CONFIG_INT)
        poly_strbuf_printf(out, " from %" PRId64 " to %" PRId64, variable->min, variable->max);
}

/* A value that is set, without what must not be seen. */
static void print_value(const poly_config_variable *variable, const char *text, poly_strbuf *out)
{
    if (variable->type == POLY_CONFIG_SECRET)
        poly_strbuf_append_text(out, "***");
    else if (variable->type == POLY_CONFIG_DATABASE)
        config_database_show(text, out);
    else
        config_quote(text, out);
}

static void print_default(const poly_config_variable *variable, poly_strbuf *out)
{
    if (!variable->fallback)
        poly_strbuf_append_text(out, "; required");
    else if (!variable->fallback[0])
        poly_strbuf_append_text(out, "; default none");
    else
        poly_strbuf_printf(out, "; default %s", config_has_file_form(variable) ? "built in" : variable->fallback);
}

static void print_present(const poly_config_variable *variable, poly_strbuf *out)
{
    poly_strbuf faults;
    const char *text;
    config_source source;

    poly_strbuf_init(&faults, FAULTS_MAX);
    source = config_find(variable, &text, &faults);
    poly_strbuf_append_text(out, "; now ");
    if (source == CONFIG_FAULTY)
        poly_strbuf_append_text(out, "unusable");
    else if (!text || !text[0])
        poly_strbuf_append_text(out, source == CONFIG_UNSET ? "unset" : "empty");
    else
        print_value(variable, text, out);
    if (source == CONFIG_FILE && text && text[0])
        poly_strbuf_append_text(out, ", from its file");
    poly_strbuf_append_char(out, '\n');
    poly_strbuf_release(&faults);
}

static void print_all(const poly_config_variable *variables, poly_strbuf *out)
{
    for (const poly_config_variable *variable = variables; variable->name; variable++) {
        poly_strbuf_printf(out, "%s%s\n    %s\n    ", variable->name,
                           config_has_file_form(variable) ? ", or a file's name in its _FILE form" : "",
                           variable->help);
        print_type(variable, out);
        print_default(variable, out);
        print_present(variable, out);
    }
}

void poly_config_print(const poly_config_variable *variables, const char *default_listen, poly_strbuf *out)
{
    poly_config_variable common[CONFIG_COMMON_COUNT];

    config_common_variables(default_listen, common);
    print_all(common, out);
    print_all(variables, out);
}
