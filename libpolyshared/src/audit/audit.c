/* SPDX-License-Identifier: MIT */
#include "poly/audit.h"

#include <assert.h>

#define DETAILS_MAX ((size_t)16 << 10)

/* Of the log's fields: those that every record has, and its details. */
enum { OWN_FIELDS = 4, DETAIL_FIELDS_MAX = 12 };

struct poly_audit_entry {
    poly_field fields[OWN_FIELDS + DETAIL_FIELDS_MAX + 1]; /* and the end */
    struct poly_audit_entry *next;
};

void poly_audit_begin_alone(poly_audit *audit, poly_arena *arena, const char *actor)
{
    *audit = (poly_audit){.arena = arena, .actor = actor};
}

void poly_audit_begin(poly_audit *audit, poly_request *request, const char *actor)
{
    *audit = (poly_audit){
        .arena = poly_request_arena(request),
        .actor = actor,
        .address = poly_request_address(request),
        .request_id = poly_request_id(request),
    };
}

void poly_audit_restart(poly_audit *audit)
{
    audit->first = audit->last = NULL;
}

/* --- the row --- */

static void put_detail(poly_json_writer *writer, const poly_field *detail)
{
    if (detail->kind == POLY_FIELD_TEXT)
        poly_json_put_text(writer, detail->name, detail->text);
    else if (detail->kind == POLY_FIELD_INT)
        poly_json_put_int(writer, detail->name, detail->number);
    else
        poly_json_put_bool(writer, detail->name, detail->truth);
}

static void write_details(const poly_field *details, poly_strbuf *out)
{
    poly_json_writer writer;

    poly_json_writer_init(&writer, out);
    poly_json_begin_object(&writer, NULL);
    for (; details && details->kind != POLY_FIELD_END; details++)
        put_detail(&writer, details);
    poly_json_end_object(&writer);
}

static const poly_statement insert_audit = {
    .name = "insert_audit",
    .sql = "INSERT INTO audit (event, actor, target, address, request_id, details) VALUES ($1, $2, $3, $4, $5, $6)",
    .types = {POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_JSON},
};

/* In the transaction, or alone if there is none. */
static poly_result insert(const poly_audit *audit, poly_pg *pg, poly_pg_transaction *transaction, const char *event,
                          const char *target, const poly_field *details)
{
    poly_strbuf text;
    poly_pg_rows rows;
    poly_result result = POLY_TOO_LARGE;

    poly_strbuf_init(&text, DETAILS_MAX);
    write_details(details, &text);
    if (!text.overflowed) {
        const poly_pg_value *values = POLY_PG_VALUES(
            poly_pg_text(event), poly_pg_text(audit->actor), poly_pg_text(target), poly_pg_text(audit->address),
            poly_pg_text(audit->request_id), poly_pg_json(poly_strbuf_text(&text)));

        result = transaction ? poly_pg_transaction_query(transaction, &insert_audit, values, audit->arena, &rows)
                             : poly_pg_query(pg, &insert_audit, values, audit->arena, &rows);
    }
    poly_strbuf_release(&text);
    return result;
}

/* --- the log --- */

static poly_field kept(const poly_audit *audit, const poly_field *field)
{
    poly_field copy = *field;

    if (field->kind == POLY_FIELD_TEXT && field->text)
        copy.text = poly_arena_strdup(audit->arena, field->text);
    return copy;
}

void poly_audit_note(poly_audit *audit, const char *event, const char *target, const poly_field *details)
{
    struct poly_audit_entry *entry = poly_arena_alloc_zero(audit->arena, 1, sizeof(*entry));
    const poly_field own[OWN_FIELDS] = {
        poly_text_field("event", event),
        poly_text_field("actor", audit->actor),
        poly_text_field("target", target),
        poly_text_field("address", audit->address),
    };
    size_t count = 0;

    for (size_t i = 0; i < POLY_LENGTH(own); i++)
        entry->fields[count++] = kept(audit, &own[i]);
    for (; details && details->kind != POLY_FIELD_END; details++) {
        assert(count < OWN_FIELDS + DETAIL_FIELDS_MAX);
        entry->fields[count++] = kept(audit, details);
    }
    if (audit->last)
        audit->last->next = entry;
    else
        audit->first = entry;
    audit->last = entry;
}

void poly_audit_log(poly_audit *audit)
{
    for (const struct poly_audit_entry *entry = audit->first; entry; entry = entry->next)
        poly_log_write(POLY_LOG_INFO, "audit", entry->fields);
    poly_audit_restart(audit);
}

/* --- both --- */

poly_result poly_audit_add(poly_audit *audit, poly_pg_transaction *transaction, const char *event, const char *target,
                           const poly_field *details)
{
    poly_result result = insert(audit, NULL, transaction, event, target, details);

    if (result == POLY_OK)
        poly_audit_note(audit, event, target, details);
    return result;
}

poly_result poly_audit_record(poly_audit *audit, poly_pg *pg, const char *event, const char *target,
                              const poly_field *details)
{
    poly_result result = insert(audit, pg, NULL, event, target, details);

    if (result == POLY_OK)
        poly_audit_note(audit, event, target, details);
    poly_audit_log(audit);
    return result;
}
