/* SPDX-License-Identifier: MIT */
#include "http/values.h"
#include "http/connection.h"
#include "poly/text.h"

#include <string.h>

#define SHOWN_MAX   64
#define CHOICES_MAX 1024

void poly_request_fault(poly_request *request, const char *field, const char *code, poly_message message)
{
    struct request_fault *fault = poly_arena_alloc_zero(request->arena, 1, sizeof(*fault));

    fault->field = field;
    fault->code = code;
    fault->message = poly_request_say(request, message);
    *request->faults_end = fault;
    request->faults_end = &fault->next;
}

/* --- what a fault says --- */

static const struct {
    poly_message name; /* with its article, in front of the name */
    const char *is_required;
} places[] = {
    [VALUE_PARAMETER] = {{"Параметр", "The parameter"}, "обязателен"},
    [VALUE_FIELD] = {{"Поле", "The field"}, "обязательно"},
};

/* "Поле «name»", `The field "name"`. */
static poly_message subject_of(const struct value *value)
{
    poly_arena *arena = value->request->arena;
    poly_message name = places[value->place].name;

    return (poly_message){
        poly_arena_printf(arena, "%s «%s»", name.ru, value->name),
        poly_arena_printf(arena, "%s \"%s\"", name.en, value->name),
    };
}

/* Short enough to be shown, cut between characters. */
static const char *shorten(const struct value *value, const char *sent)
{
    size_t size = strlen(sent);

    if (size <= SHOWN_MAX)
        return sent;
    size = SHOWN_MAX;
    while (size && ((unsigned char)sent[size] & 0xc0) == 0x80)
        size--;
    return poly_arena_printf(value->request->arena, "%.*s…", (int)size, sent);
}

void value_fault_required(const struct value *value)
{
    poly_arena *arena = value->request->arena;
    poly_message subject = subject_of(value);

    poly_request_fault(value->request, value->name, "required",
                       (poly_message){
                           poly_arena_printf(arena, "%s %s.", subject.ru, places[value->place].is_required),
                           poly_arena_printf(arena, "%s is required.", subject.en),
                       });
}

/* `wanted` stands behind "нужно" and "must be". */
void value_fault_type(const struct value *value, const char *code, const char *sent, poly_message wanted)
{
    poly_arena *arena = value->request->arena;
    poly_message subject = subject_of(value);

    sent = shorten(value, sent);
    poly_request_fault(value->request, value->name, code,
                       (poly_message){
                           poly_arena_printf(arena, "%s: вместо «%s» нужно %s.", subject.ru, sent, wanted.ru),
                           poly_arena_printf(arena, "%s must be %s, not \"%s\".", subject.en, wanted.en, sent),
                       });
}

void value_fault_int(const struct value *value, const char *sent, int64_t min, int64_t max)
{
    poly_arena *arena = value->request->arena;
    long long from = min, to = max;

    value_fault_type(value, "integer", sent,
                     (poly_message){
                         poly_arena_printf(arena, "целое число от %lld до %lld", from, to),
                         poly_arena_printf(arena, "a whole number from %lld to %lld", from, to),
                     });
}

/* `is_not` says what it is not, and then how it is written. */
static void fault_form(const struct value *value, const char *code, const char *sent, poly_message is_not)
{
    poly_arena *arena = value->request->arena;
    poly_message subject = subject_of(value);

    sent = shorten(value, sent);
    poly_request_fault(value->request, value->name, code,
                       (poly_message){
                           poly_arena_printf(arena, "%s: «%s» — не %s.", subject.ru, sent, is_not.ru),
                           poly_arena_printf(arena, "%s: \"%s\" is not %s.", subject.en, sent, is_not.en),
                       });
}

void value_fault_date(const struct value *value, const char *sent)
{
    fault_form(value, "date", sent,
               (poly_message){"дата. Укажите существующий день в виде ГГГГ-ММ-ДД, например 2026-09-01",
                              "a date. Give an existing day as YYYY-MM-DD, such as 2026-09-01"});
}

void value_fault_clock(const struct value *value, const char *sent)
{
    fault_form(value, "time", sent,
               (poly_message){"время. Укажите часы и минуты в виде ЧЧ:ММ, например 10:00",
                              "a time. Give hours and minutes as HH:MM, such as 10:00"});
}

void value_fault_time(const struct value *value, const char *sent)
{
    fault_form(value, "time", sent,
               (poly_message){"момент времени. Укажите его в виде 2026-09-01T10:00:00+03:00 или день в виде 2026-09-01",
                              "a time. Give it as 2026-09-01T10:00:00+03:00, or a day as 2026-09-01"});
}

static void fault_too_long(const struct value *value, size_t max_characters)
{
    poly_arena *arena = value->request->arena;
    poly_message subject = subject_of(value);

    poly_request_fault(value->request, value->name, "too_long",
                       (poly_message){
                           poly_arena_printf(arena, "%s длиннее %zu знаков.", subject.ru, max_characters),
                           poly_arena_printf(arena, "%s is over %zu characters.", subject.en, max_characters),
                       });
}

static void fault_choice(const struct value *value, const char *sent, const char *const *choices)
{
    poly_arena *arena = value->request->arena;
    const char *names;
    poly_strbuf list;

    poly_strbuf_init(&list, CHOICES_MAX);
    for (size_t i = 0; choices[i]; i++)
        poly_strbuf_printf(&list, "%s%s", i ? ", " : "", choices[i]);
    names = poly_arena_strdup(arena, poly_strbuf_text(&list));
    poly_strbuf_release(&list);
    value_fault_type(value, "choice", sent,
                     (poly_message){
                         poly_arena_printf(arena, "одно из: %s", names),
                         poly_arena_printf(arena, "one of %s", names),
                     });
}

/* --- checks --- */

bool value_is_blank(const char *text)
{
    return !text || text[strspn(text, " \t\r\n")] == '\0';
}

const char *value_text(const struct value *value, const char *text, size_t max_characters, bool required)
{
    if (value_is_blank(text)) {
        if (required)
            value_fault_required(value);
        return NULL;
    }
    if (poly_text_count(text) <= max_characters)
        return text;
    fault_too_long(value, max_characters);
    return NULL;
}

int value_choice(const struct value *value, const char *text, const char *const *choices, bool required)
{
    if (value_is_blank(text)) {
        if (required)
            value_fault_required(value);
        return -1;
    }
    for (int i = 0; choices[i]; i++)
        if (strcmp(choices[i], text) == 0)
            return i;
    fault_choice(value, text, choices);
    return -1;
}
