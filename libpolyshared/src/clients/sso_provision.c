/* SPDX-License-Identifier: MIT */
/* Users that the services have made, brought up to date and removed. */
#include "clients/sso_call.h"

#include <assert.h>
#include <string.h>

#define ONE_MAX       ((size_t)64 << 10)
#define BATCH_MAX     ((size_t)4 << 20) /* as sso-svc has it */
#define BATCH_MS      30000
#define ITEMS_ON_LOOP 64

/* --- asking --- */

static void put_if(poly_json_writer *writer, const char *name, const char *text)
{
    if (text)
        poly_json_put_text(writer, name, text);
}

static void write_provision(poly_json_writer *writer, const poly_sso_provision *provision)
{
    poly_json_begin_object(writer, NULL);
    poly_json_put_text(writer, "entity_id", provision->entity_id);
    poly_json_put_text(writer, "full_name", provision->full_name);
    put_if(writer, "username", provision->username);
    put_if(writer, "password", provision->password);
    if (provision->ruz_teacher_id)
        poly_json_put_int(writer, "ruz_teacher_id", provision->ruz_teacher_id);
    if (provision->activity != POLY_SSO_AS_IT_IS)
        poly_json_put_bool(writer, "is_active", provision->activity == POLY_SSO_ACTIVE);
    poly_json_end_object(writer);
}

static poly_result provision_at(poly_sso_client *client, poly_sso_call *call, const char *path,
                                const poly_sso_provision *provision, poly_sso_user *user)
{
    poly_json_writer writer;
    poly_strbuf body;
    poly_result result;

    poly_strbuf_init(&body, ONE_MAX);
    poly_json_writer_init(&writer, &body);
    write_provision(&writer, provision);
    result = sso_ask(
        client, call,
        &(struct sso_question){
            .method = POLY_POST, .path = path, .body = &body, .read = user ? sso_read_user : NULL, .out = user});
    poly_strbuf_release(&body);
    return result;
}

poly_result poly_sso_provision_staff(poly_sso_client *client, poly_sso_call *call, const poly_sso_provision *provision,
                                     poly_sso_user *user)
{
    return provision_at(client, call, "/api/provision/services/staff", provision, user);
}

poly_result poly_sso_provision_executor(poly_sso_client *client, poly_sso_call *call,
                                        const poly_sso_provision *provision, poly_sso_user *user)
{
    return provision_at(client, call, "/api/provision/services/executor", provision, user);
}

poly_result poly_sso_provision_teacher(poly_sso_client *client, poly_sso_call *call,
                                       const poly_sso_provision *provision, poly_sso_user *user)
{
    return provision_at(client, call, "/api/provision/traffic/teacher", provision, user);
}

/* --- a batch --- */

struct batch {
    const poly_sso_provision *provisions;
    size_t count;
    poly_strbuf body;
    poly_sso_outcome *outcomes;
};

static void write_batch(void *argument)
{
    struct batch *batch = argument;
    poly_json_writer writer;

    poly_json_writer_init(&writer, &batch->body);
    poly_json_begin_object(&writer, NULL);
    poly_json_begin_array(&writer, "items");
    for (size_t i = 0; i < batch->count; i++)
        write_provision(&writer, &batch->provisions[i]);
    poly_json_end_array(&writer);
    poly_json_end_object(&writer);
}

static bool parse_kind(const char *name, poly_sso_outcome_kind *out)
{
    static const char *const names[] = {
        [POLY_SSO_FAILED] = "failed",
        [POLY_SSO_CREATED] = "created",
        [POLY_SSO_UPDATED] = "updated",
        [POLY_SSO_UNCHANGED] = "unchanged",
    };

    for (size_t i = 0; i < POLY_LENGTH(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            *out = (poly_sso_outcome_kind)i;
            return true;
        }
    }
    return false;
}

static poly_result read_outcome(const poly_json *object, poly_arena *arena, poly_sso_outcome *outcome)
{
    if (!parse_kind(poly_json_text(poly_json_get(object, "status"), ""), &outcome->kind))
        return POLY_BAD_ANSWER;
    if (outcome->kind != POLY_SSO_FAILED)
        return sso_read_user(poly_json_get(object, "user"), arena, &outcome->user);
    if (!sso_read_text(object, "code", false, arena, &outcome->code) ||
        !sso_read_text(object, "detail", false, arena, &outcome->detail))
        return POLY_BAD_ANSWER;
    return POLY_OK;
}

static poly_result read_batch(const poly_json *document, poly_arena *arena, void *out)
{
    struct batch *batch = out;
    const poly_json *items = poly_json_get(document, "items");
    poly_sso_outcome *outcome = batch->outcomes;
    poly_result result = POLY_OK;

    if (poly_json_type_of(items) != POLY_JSON_ARRAY || poly_json_count(items) != batch->count)
        return POLY_BAD_ANSWER;
    for (const poly_json *item = poly_json_first(items); item && result == POLY_OK; item = poly_json_next(item))
        result = read_outcome(item, arena, outcome++);
    return result;
}

static poly_result write_where_it_fits(struct batch *batch)
{
    poly_result result = POLY_OK;

    if (batch->count > ITEMS_ON_LOOP)
        result = poly_offload(write_batch, batch);
    else
        write_batch(batch);
    return result == POLY_OVERLOADED ? POLY_UNAVAILABLE : result;
}

poly_result poly_sso_provision_teachers(poly_sso_client *client, poly_sso_call *call,
                                        const poly_sso_provision *provisions, size_t count,
                                        const poly_sso_outcome **outcomes)
{
    struct batch batch = {.provisions = provisions, .count = count};
    poly_result result;

    assert(count <= POLY_SSO_BATCH_MAX);
    batch.outcomes = poly_arena_alloc_zero(call->arena, count + 1, sizeof(*batch.outcomes));
    poly_strbuf_init(&batch.body, BATCH_MAX);
    result = write_where_it_fits(&batch);
    if (result == POLY_OK)
        result = sso_ask(client, call,
                         &(struct sso_question){.method = POLY_POST,
                                                .path = "/api/provision/traffic/teachers:batch",
                                                .body = &batch.body,
                                                .deadline_ms = BATCH_MS,
                                                .read = read_batch,
                                                .out = &batch});
    poly_strbuf_release(&batch.body);
    *outcomes = batch.outcomes;
    return result;
}

/* --- removing --- */

poly_result poly_sso_delete_by_entity(poly_sso_client *client, poly_sso_call *call, poly_app app, const char *entity_id)
{
    const char *path = poly_arena_printf(call->arena, "/api/users/by-entity/%s?app=%s",
                                         sso_encode(call->arena, entity_id), poly_app_name(app));

    return sso_ask(client, call, &(struct sso_question){.method = POLY_DELETE, .path = path});
}
