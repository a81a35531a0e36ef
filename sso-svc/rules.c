/* SPDX-License-Identifier: MIT */
#include "rules.h"

#include <string.h>

#include "poly/text.h"

#include "password_policy.h"
#include "user.h"
#include "username.h"

/* --- what is said --- */

const field_fault fault_username_required = {
    "username", "required", {"Поле «username» обязательно.", "The field \"username\" is required."}};
const field_fault fault_username = {
    "username",
    "username",
    {"Логин: от 3 до 64 знаков — латинские буквы, цифры, точка, дефис, подчёркивание; первый знак — буква или цифра.",
     "The username has 3 to 64 characters: Latin letters, digits, dots, hyphens, underscores; the first is a letter or "
     "a digit."}};
const field_fault fault_password_required = {
    "password", "required", {"Поле «password» обязательно.", "The field \"password\" is required."}};

static const field_fault full_name_required = {
    "full_name", "required", {"Поле «full_name» обязательно.", "The field \"full_name\" is required."}};
static const field_fault full_name_wrong = {
    "full_name", "full_name", {"Имя — текст не длиннее 200 знаков.", "The name is text of at most 200 characters."}};
static const field_fault entity_id_required = {
    "entity_id", "required", {"Поле «entity_id» обязательно.", "The field \"entity_id\" is required."}};
static const field_fault entity_id_wrong = {"entity_id",
                                            "entity_id",
                                            {"«entity_id» — от 1 до 128 печатных знаков ASCII без пробелов.",
                                             "\"entity_id\" has 1 to 128 printable ASCII characters without spaces."}};
static const field_fault ruz_teacher_id_wrong = {"ruz_teacher_id",
                                                 "integer",
                                                 {"«ruz_teacher_id» — целое число от 1 до 2147483647.",
                                                  "\"ruz_teacher_id\" is a whole number from 1 to 2147483647."}};
static const field_fault is_active_wrong = {
    "is_active", "boolean", {"«is_active» — true или false.", "\"is_active\" is true or false."}};
static const field_fault password_wrong = {"password", "text", {"«password» — текст.", "\"password\" is text."}};
const field_fault fault_password_is_username = {
    "password", "is_username", {"Пароль совпадает с логином.", "The password is the username."}};
static const field_fault password_faults[] = {
    [PASSWORD_TOO_SHORT] = {"password",
                            "too_short",
                            {"Пароль короче 8 знаков.", "The password has fewer than 8 characters."}},
    [PASSWORD_TOO_LONG] = {"password",
                           "too_long",
                           {"Пароль длиннее 128 знаков.", "The password has more than 128 characters."}},
    [PASSWORD_BREACHED] = {"password",
                           "breached",
                           {"Этот пароль есть в списках украденных паролей. Придумайте другой.",
                            "This password is in lists of stolen passwords. Think of another one."}},
};

void rule_note(poly_request *request, const field_fault *fault)
{
    if (fault)
        poly_request_fault(request, fault->field, fault->code, fault->message);
}

/* --- the rules --- */

static bool is_absent(const poly_json *value)
{
    poly_json_type type = poly_json_type_of(value);

    return type == POLY_JSON_ABSENT || type == POLY_JSON_NULL;
}

static bool is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '\0';
}

bool rule_object(poly_request *request, const poly_json *body)
{
    if (poly_json_type_of(body) == POLY_JSON_OBJECT)
        return true;
    poly_request_fault(request, "", "object",
                       (poly_message){"Нужен объект JSON: {…}.", "A JSON object is expected: {…}."});
    return !poly_request_refused(request);
}

const field_fault *rule_full_name(const poly_json *value, poly_arena *arena, const char **out)
{
    const char *typed = poly_json_text(value, NULL);
    poly_strbuf squeezed;

    *out = NULL;
    if (is_absent(value))
        return &full_name_required;
    if (!typed)
        return &full_name_wrong;
    poly_strbuf_init(&squeezed, POLY_TOKEN_MAX_SIZE);
    poly_text_squeeze(typed, strlen(typed), &squeezed);
    if (!squeezed.overflowed)
        *out = poly_arena_strdup(arena, poly_strbuf_text(&squeezed));
    poly_strbuf_release(&squeezed);
    if (*out && !**out)
        return &full_name_required;
    return *out && !poly_text_has_control(*out, "") && poly_text_count(*out) <= FULL_NAME_MAX ? NULL : &full_name_wrong;
}

const field_fault *rule_entity_id(const poly_json *value, const char **out)
{
    *out = poly_json_text(value, NULL);
    if (is_absent(value))
        return &entity_id_required;
    return *out && entity_id_is_valid(*out) ? NULL : &entity_id_wrong;
}

const field_fault *rule_username(const poly_json *value, poly_arena *arena, const char **out)
{
    const char *typed = poly_json_text(value, NULL);
    char normal[USERNAME_SIZE];

    *out = NULL;
    if (is_absent(value) || (typed && is_blank(typed)))
        return NULL;
    if (!typed || !username_normalise(typed, normal))
        return &fault_username;
    *out = poly_arena_strdup(arena, normal);
    return NULL;
}

const field_fault *rule_ruz_teacher_id(const poly_json *value, int64_t *out)
{
    *out = 0;
    if (is_absent(value) || poly_json_int(value, 1, RUZ_ID_MAX, out))
        return NULL;
    return &ruz_teacher_id_wrong;
}

const field_fault *rule_is_active(const poly_json *value, poly_arena *arena, const bool **out)
{
    bool truth;
    bool *kept;

    *out = NULL;
    if (is_absent(value))
        return NULL;
    if (!poly_json_bool(value, &truth))
        return &is_active_wrong;
    kept = poly_arena_alloc(arena, sizeof(*kept));
    *kept = truth;
    *out = kept;
    return NULL;
}

const field_fault *rule_password(const poly_json *value, const breached_passwords *breached, const char *username,
                                 const char **out)
{
    password_fault fault;

    *out = poly_json_text(value, NULL);
    if (is_absent(value) || (*out && !**out)) {
        *out = NULL;
        return NULL;
    }
    if (!*out)
        return &password_wrong;
    fault = password_judge(breached, *out, username ? username : "");
    if (fault == PASSWORD_IS_USERNAME)
        return &fault_password_is_username;
    return fault == PASSWORD_FINE ? NULL : &password_faults[fault];
}
