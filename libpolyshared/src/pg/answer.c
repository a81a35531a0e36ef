/* SPDX-License-Identifier: MIT */
#include "pg/answer.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pg/verdict.h"
#include "poly/time.h"

/* --- from libpq --- */

static poly_slice cell_of(const PGresult *result, int row, int column, poly_arena *arena)
{
    size_t size;

    if (PQgetisnull(result, row, column))
        return (poly_slice){NULL, 0};
    size = (size_t)PQgetlength(result, row, column);
    return (poly_slice){poly_arena_strndup(arena, PQgetvalue(result, row, column), size), size};
}

static void read_rows(const PGresult *result, poly_arena *arena, poly_pg_rows *rows)
{
    int count = PQntuples(result);
    int columns = PQnfields(result);
    poly_slice *cells = poly_arena_alloc_zero(arena, (size_t)count * (size_t)columns + 1, sizeof(*cells));

    for (int row = 0; row < count; row++)
        for (int column = 0; column < columns; column++)
            cells[row * columns + column] = cell_of(result, row, column, arena);
    rows->count = (size_t)count;
    rows->columns = (size_t)columns;
    rows->cells = cells;
}

static uint64_t affected_by(const PGresult *result)
{
    return strtoull(PQcmdTuples((PGresult *)result), NULL, 10);
}

static void read_refusal(const PGresult *result, poly_pg_rows *rows)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *constraint = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);

    snprintf(rows->sqlstate, sizeof(rows->sqlstate), "%s", sqlstate ? sqlstate : "");
    snprintf(rows->constraint, sizeof(rows->constraint), "%s", constraint ? constraint : "");
    rows->retryable = poly_pg_judge(sqlstate).is_retryable;
}

void poly_pg_answer_read(const PGresult *result, poly_arena *arena, poly_pg_rows *rows)
{
    switch (PQresultStatus(result)) {
    case PGRES_TUPLES_OK:
        read_rows(result, arena, rows);
        rows->affected = affected_by(result);
        break;
    case PGRES_COMMAND_OK:
        rows->affected = affected_by(result);
        break;
    default:
        read_refusal(result, rows);
        break;
    }
}

/* --- for the daemon --- */

static const poly_slice *cell(const poly_pg_rows *rows, size_t row, size_t column)
{
    assert(row < rows->count && column < rows->columns);
    return &rows->cells[row * rows->columns + column];
}

bool poly_pg_is_null(const poly_pg_rows *rows, size_t row, size_t column)
{
    return !cell(rows, row, column)->data;
}

const char *poly_pg_get_text(const poly_pg_rows *rows, size_t row, size_t column)
{
    return cell(rows, row, column)->data;
}

int64_t poly_pg_get_int(const poly_pg_rows *rows, size_t row, size_t column)
{
    const char *text = poly_pg_get_text(rows, row, column);
    long long number;
    char *end;

    if (!text)
        return 0;
    number = strtoll(text, &end, 10);
    assert(end != text && *end == '\0');
    return number;
}

bool poly_pg_get_bool(const poly_pg_rows *rows, size_t row, size_t column)
{
    const char *text = poly_pg_get_text(rows, row, column);

    assert(!text || strcmp(text, "t") == 0 || strcmp(text, "f") == 0);
    return text && text[0] == 't';
}

/* ".5" is 500000 µs. `*text` moves behind it. */
static int64_t read_fraction(const char **text)
{
    const char *at = *text;
    int64_t microseconds = 0;

    if (*at != '.')
        return 0;
    at++;
    for (int64_t unit = 100000; *at >= '0' && *at <= '9'; at++, unit /= 10)
        microseconds += unit * (*at - '0');
    *text = at;
    return microseconds;
}

/* "2026-09-01 08:00:00.123456+00", as the server writes it with datestyle ISO and time zone UTC. */
static bool read_time(const char *text, int64_t *unix_microseconds)
{
    char whole[] = "YYYY-MM-DDTHH:MM:SSZ";
    size_t head = strlen("YYYY-MM-DD HH:MM:SS");
    int64_t microseconds;
    int64_t seconds;

    if (strnlen(text, head) < head || text[10] != ' ')
        return false;
    memcpy(whole, text, head);
    whole[10] = 'T';
    text += head;
    microseconds = read_fraction(&text);
    if (strcmp(text, "+00") != 0 || !poly_time_parse_rfc3339(whole, &seconds))
        return false;
    *unix_microseconds = seconds * 1000000 + microseconds;
    return true;
}

int64_t poly_pg_get_time(const poly_pg_rows *rows, size_t row, size_t column)
{
    const char *text = poly_pg_get_text(rows, row, column);
    int64_t unix_microseconds = 0;
    bool is_time = !text || read_time(text, &unix_microseconds);

    assert(is_time);
    return is_time ? unix_microseconds : 0;
}

const char *poly_pg_get_rfc3339(const poly_pg_rows *rows, size_t row, size_t column, poly_arena *arena)
{
    int64_t microseconds;
    char *text;

    if (poly_pg_is_null(rows, row, column))
        return NULL;
    microseconds = poly_pg_get_time(rows, row, column);
    text = poly_arena_alloc(arena, POLY_RFC3339_SIZE);
    poly_time_format_rfc3339((microseconds - (microseconds % 1000000 + 1000000) % 1000000) / 1000000, text);
    return text;
}

static unsigned hex_value(char digit)
{
    return digit <= '9' ? (unsigned)(digit - '0') : (unsigned)(digit - 'a') + 10;
}

poly_slice poly_pg_get_bytes(const poly_pg_rows *rows, size_t row, size_t column, poly_arena *arena)
{
    poly_slice hex = *cell(rows, row, column);
    size_t size;
    char *bytes;

    if (!hex.data)
        return hex;
    assert(hex.size >= 2 && hex.size % 2 == 0 && hex.data[0] == '\\' && hex.data[1] == 'x');
    size = hex.size / 2 - 1;
    bytes = poly_arena_alloc(arena, size + 1);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)(hex_value(hex.data[2 * i + 2]) << 4 | hex_value(hex.data[2 * i + 3]));
    bytes[size] = '\0';
    return (poly_slice){bytes, size};
}
