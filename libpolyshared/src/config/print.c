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
        [POLY_CONFIG_SECRET] = "secret, at least 32 bytes",
        [POLY_CONFIG_CHOICE] = "one of ",
    };

    poly_strbuf_append_text(out, names[variable->type]);
    if (variable->type == POLY_CONFIG_CHOICE)
        poly_strbuf_append_text(out, variable->choices);
    if (variable->type == POLY_CONFIG_INT)
        poly_strbuf_printf(out, " from %" PRId64 " to %" PRId64, variable->min, variable->max);
}

static void print_default(const poly_config_variable *variable, poly_strbuf *out)
{
    if (!variable->fallback)
        poly_strbuf_append_text(out, "; required");
    else if (!variable->fallback[0])
        poly_strbuf_append_text(out, "; default none");
    else
        poly_strbuf_printf(out, "; default %s", variable->type == POLY_CONFIG_SECRET ? "built in" : variable->fallback);
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
    else if (variable->type == POLY_CONFIG_SECRET)
        poly_strbuf_append_text(out, source == CONFIG_FILE ? "***, from its file" : "***");
    else
        config_quote(text, out);
    poly_strbuf_append_char(out, '\n');
    poly_strbuf_release(&faults);
}

static void print_all(const poly_config_variable *variables, poly_strbuf *out)
{
    for (const poly_config_variable *variable = variables; variable->name; variable++) {
        poly_strbuf_printf(out, "%s%s\n    %s\n    ", variable->name,
                           variable->type == POLY_CONFIG_SECRET ? ", or a file's name in its _FILE form" : "",
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
