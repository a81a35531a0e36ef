/* SPDX-License-Identifier: MIT */
#include "ical.h"

#include "poly/random.h"

#include <string.h>

#define MAX_LINE_OCTETS 75 /* without the line break: RFC 5545, section 3.1 */
#define MAX_LINE_BYTES  (1u << 20)

/* Content lines are put together in `line` and folded into `out`. */
typedef struct ical_writer {
    poly_strbuf *out;
    poly_strbuf line;
} ical_writer;

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

/* Folds between characters, never inside one. */
static void end_line(ical_writer *writer)
{
    const char *text = poly_strbuf_text(&writer->line);
    size_t left = writer->line.size, room = MAX_LINE_OCTETS;

    while (left > room) {
        size_t cut = room;

        while (cut > 0 && is_continuation(text[cut]))
            cut--;
        if (cut == 0) /* no UTF-8: a fold somewhere is better than none */
            cut = room;
        poly_strbuf_append(writer->out, text, cut);
        poly_strbuf_append_text(writer->out, "\r\n ");
        text += cut;
        left -= cut;
        room = MAX_LINE_OCTETS - 1; /* the space counts */
    }
    poly_strbuf_append(writer->out, text, left);
    poly_strbuf_append_text(writer->out, "\r\n");
    if (!writer->line.overflowed)
        poly_strbuf_clear(&writer->line);
}

static void put_line(ical_writer *writer, const char *line)
{
    poly_strbuf_append_text(&writer->line, line);
    end_line(writer);
}

/* A TEXT value: RFC 5545, section 3.3.11. It has no place for control characters. */
static void add_text(ical_writer *writer, const char *text)
{
    while (*text) {
        size_t plain = 0;

        while ((unsigned char)text[plain] >= 0x20 && text[plain] != 0x7f && !strchr("\\,;", text[plain]))
            plain++;
        poly_strbuf_append(&writer->line, text, plain);
        text += plain;
        if (!*text)
            return;
        if (*text == '\n')
            poly_strbuf_append_text(&writer->line, "\\n");
        else if (*text == '\t')
            poly_strbuf_append_char(&writer->line, ' ');
        else if (strchr("\\,;", *text))
            poly_strbuf_printf(&writer->line, "\\%c", *text);
        text++;
    }
}

static void put_text(ical_writer *writer, const char *property, const char *text)
{
    poly_strbuf_append_text(&writer->line, property);
    add_text(writer, text);
    end_line(writer);
}

/* A URI value is not escaped, but has to be ASCII. */
static void put_link(ical_writer *writer, const char *property, const char *link)
{
    poly_strbuf_append_text(&writer->line, property);
    for (; *link; link++) {
        unsigned char byte = (unsigned char)*link;

        if (byte > 0x20 && byte < 0x7f)
            poly_strbuf_append_char(&writer->line, (char)byte);
        else
            poly_strbuf_printf(&writer->line, "%%%02X", byte);
    }
    end_line(writer);
}

static void put_local_time(ical_writer *writer, const char *property, poly_date date, int minutes)
{
    poly_strbuf_printf(&writer->line, "%s;TZID=Europe/Moscow:%04d%02d%02dT%02d%02d00", property, date.year, date.month,
                       date.day, minutes / 60, minutes % 60);
    end_line(writer);
}

static void put_stamp(ical_writer *writer, int64_t stamp)
{
    char text[POLY_RFC3339_SIZE];

    poly_time_format_rfc3339(stamp, text);
    poly_strbuf_append_text(&writer->line, "DTSTAMP:");
    for (const char *at = text; *at; at++) {
        if (*at != '-' && *at != ':')
            poly_strbuf_append_char(&writer->line, *at);
    }
    end_line(writer);
}

/* The offset has been the same since 2014-10-26, and no timetable here is older. */
static void put_time_zone(ical_writer *writer)
{
    static const char *const lines[] = {
        "BEGIN:VTIMEZONE",  "TZID:Europe/Moscow", "BEGIN:STANDARD", "DTSTART:20141026T020000", "TZOFFSETFROM:+0400",
        "TZOFFSETTO:+0300", "TZNAME:MSK",         "END:STANDARD",   "END:VTIMEZONE",
    };

    for (size_t i = 0; i < POLY_LENGTH(lines); i++)
        put_line(writer, lines[i]);
}

static bool same_event(const poly_lesson *a, const poly_lesson *b)
{
    return a->time_start == b->time_start && strcmp(a->type_name, b->type_name) == 0 &&
           strcmp(a->subject, b->subject) == 0;
}

static void put_uid(ical_writer *writer, const ical_calendar *calendar, const poly_day *day, size_t at)
{
    const poly_lesson *lesson = &day->lessons[at];
    char date[POLY_DATE_SIZE], digest[POLY_DIGEST_SIZE];
    unsigned ordinal = 0;

    for (size_t i = 0; i < at; i++)
        ordinal += same_event(&day->lessons[i], lesson);
    poly_date_format(day->date, date);
    poly_strbuf_printf(&writer->line, "%s/%lld/%s/%d/%u/%s/%s", timetable_kind_name(calendar->kind),
                       (long long)calendar->id, date, lesson->time_start, ordinal, lesson->type_name, lesson->subject);
    poly_digest(poly_strbuf_text(&writer->line), writer->line.size, digest);
    poly_strbuf_clear(&writer->line);
    poly_strbuf_printf(&writer->line, "UID:%s@schedule-svc", digest);
    end_line(writer);
}

static void put_summary(ical_writer *writer, const poly_lesson *lesson)
{
    const char *subject = *lesson->subject ? lesson->subject : lesson->type_name;

    poly_strbuf_append_text(&writer->line, "SUMMARY:");
    if (*lesson->type_abbr) {
        add_text(writer, lesson->type_abbr);
        poly_strbuf_append_text(&writer->line, ": ");
    }
    add_text(writer, *subject ? subject : "Занятие");
    end_line(writer);
}

static void put_location(ical_writer *writer, const poly_lesson *lesson)
{
    if (!lesson->room_count)
        return;
    poly_strbuf_append_text(&writer->line, "LOCATION:");
    for (size_t i = 0; i < lesson->room_count; i++) {
        const poly_room *room = &lesson->rooms[i];

        add_text(writer, i ? "; " : "");
        add_text(writer, room->name);
        add_text(writer, *room->building_name ? ", " : "");
        add_text(writer, room->building_name);
    }
    end_line(writer);
}

/* A line of the description, behind those there are already. */
static void begin_note(ical_writer *writer, bool *first, const char *label)
{
    add_text(writer, *first ? "" : "\n");
    add_text(writer, label);
    *first = false;
}

static void put_description(ical_writer *writer, const poly_lesson *lesson)
{
    const struct {
        const char *label, *text;
    } notes[] = {{"", lesson->additional_info}, {"Вебинар: ", lesson->webinar_url}, {"Курс: ", lesson->lms_url}};
    bool first = true;

    poly_strbuf_append_text(&writer->line, "DESCRIPTION:");
    if (*lesson->type_name)
        begin_note(writer, &first, lesson->type_name);
    for (size_t i = 0; i < lesson->teacher_count; i++) {
        if (i == 0)
            begin_note(writer, &first, lesson->teacher_count > 1 ? "Преподаватели: " : "Преподаватель: ");
        add_text(writer, i ? ", " : "");
        add_text(writer, lesson->teachers[i].full_name);
    }
    for (size_t i = 0; i < lesson->group_count; i++) {
        if (i == 0)
            begin_note(writer, &first, lesson->group_count > 1 ? "Группы: " : "Группа: ");
        add_text(writer, i ? ", " : "");
        add_text(writer, lesson->groups[i].name);
    }
    for (size_t i = 0; i < POLY_LENGTH(notes); i++) {
        if (*notes[i].text) {
            begin_note(writer, &first, notes[i].label);
            add_text(writer, notes[i].text);
        }
    }
    if (first)
        poly_strbuf_clear(&writer->line);
    else
        end_line(writer);
}

static void put_event(ical_writer *writer, const ical_calendar *calendar, const poly_day *day, size_t at)
{
    const poly_lesson *lesson = &day->lessons[at];

    put_line(writer, "BEGIN:VEVENT");
    put_uid(writer, calendar, day, at);
    put_stamp(writer, calendar->stamp);
    put_local_time(writer, "DTSTART", day->date, lesson->time_start);
    put_local_time(writer, "DTEND", day->date, lesson->time_end);
    put_summary(writer, lesson);
    put_location(writer, lesson);
    put_description(writer, lesson);
    if (*lesson->type_name)
        put_text(writer, "CATEGORIES:", lesson->type_name);
    if (*lesson->lms_url || *lesson->webinar_url)
        put_link(writer, "URL:", *lesson->lms_url ? lesson->lms_url : lesson->webinar_url);
    put_line(writer, "END:VEVENT");
}

/* Old and new names of the same properties: clients know one or the other. */
static void put_head(ical_writer *writer, const ical_calendar *calendar)
{
    unsigned minutes = calendar->refresh_minutes ? calendar->refresh_minutes : 60;

    put_line(writer, "BEGIN:VCALENDAR");
    put_line(writer, "VERSION:2.0");
    put_line(writer, "PRODID:-//Poly//schedule-svc//RU");
    put_line(writer, "CALSCALE:GREGORIAN");
    put_text(writer, "NAME:", calendar->name);
    put_text(writer, "X-WR-CALNAME:", calendar->name);
    put_line(writer, "X-WR-TIMEZONE:Europe/Moscow");
    poly_strbuf_printf(&writer->line, "REFRESH-INTERVAL;VALUE=DURATION:PT%uM", minutes);
    end_line(writer);
    poly_strbuf_printf(&writer->line, "X-PUBLISHED-TTL:PT%uM", minutes);
    end_line(writer);
    put_time_zone(writer);
}

poly_result ical_write(const ical_calendar *calendar, poly_strbuf *out)
{
    ical_writer writer = {.out = out};
    bool complete;

    poly_strbuf_init(&writer.line, MAX_LINE_BYTES);
    put_head(&writer, calendar);
    for (size_t w = 0; w < calendar->week_count; w++) {
        const poly_week *week = calendar->weeks[w];

        for (size_t d = 0; week && d < week->day_count; d++) {
            for (size_t l = 0; l < week->days[d].lesson_count; l++)
                put_event(&writer, calendar, &week->days[d], l);
        }
    }
    put_line(&writer, "END:VCALENDAR");
    complete = !out->overflowed && !writer.line.overflowed;
    poly_strbuf_release(&writer.line);
    return complete ? POLY_OK : POLY_TOO_LARGE;
}
