/* SPDX-License-Identifier: MIT */
/*
 * What CAS and the record-book site send. The first byte says what it is to be, so that the seeds are that byte and the
 * text behind it: 'f' a page with a login form, 'p' a page with a profile, 'x' the XML about a ticket, 'g' the record
 * book's JSON, 'c' lines of Set-Cookie, 'r' a redirect's reference.
 */
#include "main-svc/cas_answer.h"
#include "main-svc/cas_page.h"
#include "main-svc/cookie_jar.h"
#include "main-svc/record_book.h"
#include "main-svc/site_path.h"

#include "poly/strbuf.h"
#include "poly/text.h"

#include <stdlib.h>
#include <string.h>

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_student(const student_profile *student)
{
    const char *const values[] = {student->id,          student->email,        student->name,
                                  student->study_group, student->faculty_abbr, student->grade_book_number};

    require(*student->id);
    for (size_t i = 0; i < POLY_LENGTH(values); i++) {
        require(poly_text_is_utf8(values[i], strlen(values[i])));
        for (const char *at = values[i]; *at; at++)
            require((unsigned char)*at >= ' ');
    }
}

/* What is posted has each field once and no byte that a form's body must not have. */
static void check_form(const login_form *form, poly_arena *arena)
{
    poly_slice filled = login_form_fill(form, "имя&", "p=+%", arena);
    size_t fields = 1;

    for (size_t i = 0; i < filled.size; i++) {
        require(filled.data[i] > ' ' && filled.data[i] <= '~');
        fields += filled.data[i] == '&';
    }
    require(fields == form->hidden_count + 2 && filled.data[filled.size] == '\0');
}

static void check_book(const record_book *book, poly_arena *arena)
{
    gradebook grouped;
    size_t entries = 0;

    gradebook_group(book->entries, book->count, arena, &grouped);
    for (size_t y = 0; y < grouped.count; y++) {
        require(grouped.years[y].count > 0 && *grouped.years[y].label);
        for (size_t i = 0; i < grouped.years[y].count; i++)
            require((grouped.years[y].entries[i]->semester + 1) / 2 == (grouped.years[y].entries[0]->semester + 1) / 2);
        entries += grouped.years[y].count;
    }
    require(entries == book->count);
}

static void take_cookies(const char *text, poly_arena *arena)
{
    cookie_jar jar = {.count = 0};
    const char *field;
    bool fits = true;

    while (fits && *text) {
        size_t size = strcspn(text, "\n");

        fits = cookie_jar_take(&jar, poly_arena_strndup(arena, text, size), arena);
        text += size + (text[size] ? 1 : 0);
    }
    field = cookie_jar_field(&jar, arena);
    require(!fits || (jar.count == 0) == !field);
    require(!fits || !field || strlen(field) < COOKIE_JAR_BYTES + 64);
    require(!field || !strpbrk(field, "\r\n"));
}

static void check_reference(const char *reference, poly_arena *arena)
{
    const char *path = site_path_resolve("https://cas.example", "/cas/page?x=1", reference, arena);

    if (!path)
        return;
    require(*path == '/' && strlen(path) <= 8192);
    for (const char *at = path; *at; at++)
        require(*at > ' ' && *at <= '~' && *at != '#');
    require(!strstr(path, "/../") || (strchr(path, '?') && strchr(path, '?') < strstr(path, "/../")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    poly_arena *arena = poly_arena_create(0);
    poly_slice text = {(const char *)data + (size > 0), size ? size - 1 : 0};
    student_profile student;
    login_form form;
    record_book book;
    const char *code;

    switch (size ? data[0] : 0) {
    case 'f':
        if (login_form_find(text, arena, &form))
            check_form(&form, arena);
        break;
    case 'p':
        if (cas_page_read_profile(text, arena, &student))
            check_student(&student);
        break;
    case 'x':
        if (cas_answer_read(text, arena, &student, &code) == POLY_OK)
            check_student(&student);
        break;
    case 'g':
        if (record_book_read(text, arena, &book) == POLY_OK)
            check_book(&book, arena);
        break;
    case 'c':
        take_cookies(poly_arena_strndup(arena, text.data, text.size), arena);
        break;
    case 'r':
        check_reference(poly_arena_strndup(arena, text.data, text.size), arena);
        break;
    default:
        break;
    }
    poly_arena_destroy(&arena);
    return 0;
}
