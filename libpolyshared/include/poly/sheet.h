/* SPDX-License-Identifier: MIT */
/*
 * Tables for spreadsheets: CSV (RFC 4180) and XLSX (ECMA-376, Office Open XML). A cell that a spreadsheet might take
 * for a formula, whatever a person has put into it, is made inert by an apostrophe before it. Any thread.
 */
#ifndef POLY_SHEET_H
#define POLY_SHEET_H

#include "poly/strbuf.h"

/* Whether a spreadsheet might take the text for a formula: it begins with = + - @, a tab or a line's end. */
bool poly_sheet_is_formula(const char *text);

/*
 * CSV in UTF-8, piece by piece, for what is streamed. The mark comes first: without it spreadsheets take the bytes for
 * some other encoding. A row ends with CR LF; a NULL cell is empty.
 */
void poly_csv_append_mark(poly_strbuf *out);
void poly_csv_append_row(poly_strbuf *out, const char *const *cells, size_t count);

typedef struct poly_sheet {
    const char *title;          /* of the tab; what a title must not have is left out of it */
    const char *const *columns; /* the first row, which stays in sight */
    const unsigned *widths;     /* of the columns, in characters; NULL: as the spreadsheet has them */
    size_t column_count;
    const char *const *cells; /* row by row, column_count each; NULL is empty */
    size_t row_count;
} poly_sheet;

/* Always POLY_OK; overflow of `out` says that it was too large. */
poly_result poly_sheet_csv(const poly_sheet *sheet, poly_strbuf *out) POLY_MUST_CHECK;
/* POLY_IO: there is no room in /dev/shm, or a row or text beyond what a sheet may have. It blocks: off the loops. */
poly_result poly_sheet_xlsx(const poly_sheet *sheet, poly_strbuf *out) POLY_MUST_CHECK;

#define POLY_CSV_TYPE  "text/csv; charset=utf-8"
#define POLY_XLSX_TYPE "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

#endif
