/* SPDX-License-Identifier: MIT */
/*
 * A workbook of one sheet, by libxlsxwriter. It writes to a named file and keeps its parts in temporary ones: both are
 * in memory here, so that it works where no directory may be written to.
 */
#include "poly/sheet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "poly/arena.h"
#include "poly/text.h"

#define TITLE_MAX    31
#define CELL_MAX     32767 /* characters */
#define TITLE_NEVERS "[]:*?/\\'"
#define PIECE        65536

struct book {
    const poly_sheet *sheet;
    poly_arena *arena;
    lxw_workbook *workbook;
    lxw_worksheet *worksheet;
    lxw_error fault; /* the first */
};

static void note(struct book *book, lxw_error fault)
{
    if (book->fault == LXW_NO_ERROR)
        book->fault = fault;
}

/* --- text --- */

/* Up to `max` characters without those in `never` and what XML 1.0 cannot hold. */
static const char *clean(poly_arena *arena, const char *text, size_t max, const char *never)
{
    size_t size = strlen(text), count = 0;
    poly_strbuf out;
    const char *cleaned;

    poly_strbuf_init(&out, size + 1);
    for (size_t at = 0; at < size && count < max;) {
        uint32_t code_point = poly_text_next(text, size, &at);

        if ((code_point < ' ' && !strchr("\t\n", (int)code_point)) || (code_point & ~1u) == 0xFFFE ||
            (code_point < 0x7f && strchr(never, (int)code_point)))
            continue;
        poly_text_append(&out, code_point);
        count++;
    }
    cleaned = poly_arena_strdup(arena, poly_strbuf_text(&out));
    poly_strbuf_release(&out);
    return cleaned;
}

static const char *title_of(const struct book *book)
{
    const char *title = clean(book->arena, book->sheet->title, TITLE_MAX, TITLE_NEVERS);

    return *title ? title : "1";
}

static const char *text_of(const struct book *book, const char *cell)
{
    const char *inert = poly_sheet_is_formula(cell) ? poly_arena_printf(book->arena, "'%s", cell) : cell;

    return clean(book->arena, inert, CELL_MAX, "");
}

/* --- the sheet --- */

static void write_row(struct book *book, size_t row, const char *const *cells, lxw_format *format)
{
    for (size_t i = 0; i < book->sheet->column_count; i++)
        if (cells[i] && *cells[i])
            note(book, worksheet_write_string(book->worksheet, (lxw_row_t)row, (lxw_col_t)i, text_of(book, cells[i]),
                                              format));
}

static void set_widths(struct book *book)
{
    for (size_t i = 0; book->sheet->widths && i < book->sheet->column_count; i++)
        note(book, worksheet_set_column(book->worksheet, (lxw_col_t)i, (lxw_col_t)i, book->sheet->widths[i], NULL));
}

static void write_sheet(struct book *book)
{
    const poly_sheet *sheet = book->sheet;
    lxw_format *bold = workbook_add_format(book->workbook);

    format_set_bold(bold);
    worksheet_freeze_panes(book->worksheet, 1, 0);
    set_widths(book);
    write_row(book, 0, sheet->columns, bold);
    for (size_t i = 0; i < sheet->row_count && book->fault == LXW_NO_ERROR; i++)
        write_row(book, i + 1, sheet->cells + i * sheet->column_count, NULL);
}

/* --- the file --- */

static poly_result write_book(const poly_sheet *sheet, const char *path)
{
    static char parts_in[] = "/dev/shm";
    /* Rows leave the heap as soon as they are written. */
    lxw_workbook_options options = {.constant_memory = LXW_TRUE, .tmpdir = parts_in};
    struct book book = {.sheet = sheet, .arena = poly_arena_create(0)};

    book.workbook = workbook_new_opt(path, &options);
    if (book.workbook) {
        book.worksheet = workbook_add_worksheet(book.workbook, title_of(&book));
        if (book.worksheet)
            write_sheet(&book);
        note(&book, workbook_close(book.workbook));
    }
    poly_arena_destroy(&book.arena);
    return book.workbook && book.worksheet && book.fault == LXW_NO_ERROR ? POLY_OK : POLY_IO;
}

static poly_result read_back(int fd, poly_strbuf *out)
{
    char piece[PIECE];
    ssize_t size;

    for (off_t at = 0; (size = pread(fd, piece, sizeof(piece), at)) != 0; at += size) {
        if (size < 0)
            return POLY_IO;
        poly_strbuf_append(out, piece, (size_t)size);
    }
    return POLY_OK;
}

poly_result poly_sheet_xlsx(const poly_sheet *sheet, poly_strbuf *out)
{
    char path[64];
    int fd = memfd_create("xlsx", MFD_CLOEXEC);
    poly_result result;

    if (fd < 0)
        return POLY_IO;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    result = write_book(sheet, path);
    if (result == POLY_OK)
        result = read_back(fd, out);
    close(fd);
    return result;
}
