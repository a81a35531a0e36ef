/* SPDX-License-Identifier: MIT */
#include "attendance_sheet.h"

#include <string.h>

#include "poly/httpc.h"
#include "poly/text.h"
#include "poly/time.h"

enum { COLUMNS = 6, FILE_SUBJECT_MAX = 80 };

static const char *const titles[] = {[POLY_RUSSIAN] = "Посещаемость", [POLY_ENGLISH] = "Attendance"};
static const char *const columns[][COLUMNS] = {
    [POLY_RUSSIAN] = {"№", "Студент", "Идентификатор", "Статус", "Время (Москва)", "Отмечен"},
    [POLY_ENGLISH] = {"No.", "Student", "Student id", "Status", "Time (Moscow)", "Marked"},
};
static const unsigned widths[COLUMNS] = {6, 40, 24, 18, 20, 16};
static const char *const statuses[][4] = {
    [POLY_RUSSIAN] = {[ATTENDANCE_PRESENT] = "присутствовал",
                      [ATTENDANCE_LATE] = "опоздал",
                      [ATTENDANCE_EXCUSED] = "уважительная причина",
                      [ATTENDANCE_ABSENT] = "отсутствовал"},
    [POLY_ENGLISH] = {[ATTENDANCE_PRESENT] = "present",
                      [ATTENDANCE_LATE] = "late",
                      [ATTENDANCE_EXCUSED] = "excused",
                      [ATTENDANCE_ABSENT] = "absent"},
};

static const char *source_of(const attendance_entry *entry, poly_language language)
{
    bool by_hand = strcmp(entry->source, "manual") == 0;

    if (language == POLY_ENGLISH)
        return by_hand ? "by hand" : "by QR code";
    return by_hand ? "вручную" : "по QR-коду";
}

/* "2026-11-28 10:15:00": what spreadsheets sort as people do. */
static const char *moscow_time(const char *rfc3339, poly_arena *arena)
{
    char day[POLY_DATE_SIZE];
    int64_t at, second;

    if (!rfc3339 || !poly_time_parse_rfc3339(rfc3339, &at))
        return "";
    poly_date_format(poly_date_in_moscow(at), day);
    second = (at + POLY_MOSCOW_OFFSET_SECONDS) % 86400;
    return poly_arena_printf(arena, "%s %02d:%02d:%02d", day, (int)(second / 3600), (int)(second / 60 % 60),
                             (int)(second % 60));
}

poly_sheet attendance_sheet(const attendance_entry *entries, size_t count, poly_language language, poly_arena *arena)
{
    const char **cells = poly_arena_alloc(arena, (count + 1) * COLUMNS * sizeof(*cells));

    for (size_t i = 0; i < count; i++) {
        const char **row = cells + i * COLUMNS;

        row[0] = poly_arena_printf(arena, "%zu", i + 1);
        row[1] = entries[i].student_name;
        row[2] = entries[i].student_external_id;
        row[3] = statuses[language][entries[i].status];
        row[4] = moscow_time(entries[i].marked_at, arena);
        row[5] = source_of(&entries[i], language);
    }
    return (poly_sheet){.title = titles[language],
                        .columns = columns[language],
                        .widths = widths,
                        .column_count = COLUMNS,
                        .cells = cells,
                        .row_count = count};
}

/* --- the file's name --- */

/* What some file system does not take becomes a space. */
static const char *safe_subject(const char *discipline, poly_arena *arena)
{
    size_t size = strlen(discipline), characters = 0;
    poly_strbuf safe, squeezed;
    const char *text;

    poly_strbuf_init(&safe, 4096);
    poly_strbuf_init(&squeezed, 4096);
    for (size_t at = 0; at < size && characters < FILE_SUBJECT_MAX; characters++) {
        uint32_t code_point = poly_text_next(discipline, size, &at);
        bool unsafe = code_point < ' ' || (code_point < 0x80 && strchr("\"\\/:*?<>|\x7f", (int)code_point));

        poly_text_append(&safe, unsafe ? ' ' : code_point);
    }
    poly_text_squeeze(poly_strbuf_text(&safe), safe.size, &squeezed);
    text = poly_arena_strndup(arena, poly_strbuf_text(&squeezed), squeezed.size);
    poly_strbuf_release(&squeezed);
    poly_strbuf_release(&safe);
    return text;
}

const char *attendance_file(const lesson_session *session, const char *extension, poly_language language,
                            poly_arena *arena)
{
    const char *day = moscow_time(session->started_at, arena), *text;
    const char *name = poly_arena_printf(arena, "%s, %s, %.10s.%s", titles[language],
                                         safe_subject(session->discipline, arena), day, extension);
    poly_strbuf encoded;

    poly_strbuf_init(&encoded, 8192);
    poly_url_encode(name, &encoded);
    text = poly_arena_printf(arena, "attachment; filename=\"attendance-%.10s.%s\"; filename*=UTF-8''%s", day, extension,
                             poly_strbuf_text(&encoded));
    poly_strbuf_release(&encoded);
    return text;
}
