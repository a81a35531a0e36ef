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

static void append_cell(poly_strbuf *out, const char *text)
{
    const char *inert = poly_sheet_is_formula(text) ? "'" : "";

    if (!strpbrk(text, "\",;\r\n\t") && !*inert) {
        poly_strbuf_append_text(out, text);
        return;
    }
    poly_strbuf_append_char(out, '"');
    poly_strbuf_append_text(out, inert);
    while (*text) {
        size_t plain = strcspn(text, "\"");

        poly_strbuf_append(out, text, plain);
        text += plain;
        if (*text) {
            poly_strbuf_append_text(out, "\"\"");
            text++;
        }
    }
    poly_strbuf_append_char(out, '"');
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
