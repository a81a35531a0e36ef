/* SPDX-License-Identifier: MIT */
#include "poly/sheet.h"

#include <string.h>

bool poly_sheet_is_formula(const char *text)
{
    return *text && strchr("=+-@\t\r\n", *text);
}

void poly_csv_append_mark(poly_strbuf *out)
{
    poly_strbuf_append_text(out, "\xEF\xBB\xBF");
}

/*
 * Where semicolons or tabs part the cells, quotes in the middle of one are no quotes: what stands behind such a mark
 * begins a cell there.
 */
static bool begins_formula(const char *rest)
{
    return poly_sheet_is_formula(rest + strspn(rest, "\""));
}

static void append_quoted(poly_strbuf *out, const char *text)
{
    poly_strbuf_append_text(out, poly_sheet_is_formula(text) ? "\"'" : "\"");
    for (; *text; text++) {
        poly_strbuf_append_char(out, *text);
        if (*text == '"')
            poly_strbuf_append_char(out, '"');
        else if (strchr(";\t\n", *text) && begins_formula(text + 1))
            poly_strbuf_append_char(out, '\'');
    }
    poly_strbuf_append_char(out, '"');
}

static void append_cell(poly_strbuf *out, const char *text)
{
    if (poly_sheet_is_formula(text) || strpbrk(text, "\",;\r\n\t"))
        append_quoted(out, text);
    else
        poly_strbuf_append_text(out, text);
}

void poly_csv_append_row(poly_strbuf *out, const char *const *cells, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i)
            poly_strbuf_append_char(out, ',');
        append_cell(out, cells[i] ? cells[i] : "");
    }
    poly_strbuf_append_text(out, "\r\n");
}

poly_result poly_sheet_csv(const poly_sheet *sheet, poly_strbuf *out)
{
    poly_csv_append_mark(out);
    poly_csv_append_row(out, sheet->columns, sheet->column_count);
    for (size_t i = 0; i < sheet->row_count; i++)
        poly_csv_append_row(out, sheet->cells + i * sheet->column_count, sheet->column_count);
    return POLY_OK;
}
