/* SPDX-License-Identifier: MIT */
#include "pg/verdict.h"

#include <string.h>

/* The first row whose beginning matches. */
static const struct {
    const char *beginning;
    poly_pg_verdict verdict;
} meanings[] = {
    {"23505", {.result = POLY_CONFLICT}}, /* unique_violation */
    {"23P01", {.result = POLY_CONFLICT}}, /* exclusion_violation */
    {"23503", {.result = POLY_CONFLICT}}, /* foreign_key_violation */
    {"23", {.result = POLY_INVALID}},
    {"22", {.result = POLY_INVALID}},
    {"40001", {.result = POLY_UNAVAILABLE, .is_retryable = true}}, /* serialization_failure */
    {"40P01", {.result = POLY_UNAVAILABLE, .is_retryable = true}}, /* deadlock_detected */
    {"57014", {.result = POLY_TIMEOUT}},                           /* query_canceled: statement_timeout */
    {"55P03", {.result = POLY_TIMEOUT}},                           /* lock_not_available */
    {"57P", {.result = POLY_UNAVAILABLE, .ends_connection = true}},
    {"08", {.result = POLY_UNAVAILABLE, .ends_connection = true}},
    {"25006", {.result = POLY_UNAVAILABLE, .ends_connection = true}}, /* read_only_sql_transaction: a standby */
    {"25P03", {.result = POLY_UNAVAILABLE, .ends_connection = true}}, /* idle_in_transaction_session_timeout */
    {"53", {.result = POLY_UNAVAILABLE}},                             /* no room: memory, disk, connections */
};

poly_pg_verdict poly_pg_judge(const char *sqlstate)
{
    if (!sqlstate)
        return (poly_pg_verdict){.result = POLY_UNAVAILABLE, .ends_connection = true};
    for (size_t i = 0; i < POLY_LENGTH(meanings); i++)
        if (strncmp(sqlstate, meanings[i].beginning, strlen(meanings[i].beginning)) == 0)
            return meanings[i].verdict;
    return (poly_pg_verdict){.result = POLY_REJECTED};
}

bool poly_pg_is_unprepared(const char *sqlstate)
{
    return sqlstate && strcmp(sqlstate, "26000") == 0;
}

bool poly_pg_is_outdated(const char *sqlstate)
{
    return sqlstate && strcmp(sqlstate, "0A000") == 0;
}
