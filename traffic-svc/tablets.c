/* SPDX-License-Identifier: MIT */
/* Kiosks as administrators see them, and by the PINs that people type. */
#include "handlers.h"

#include <string.h>

#include "poly/text.h"
#include "poly/write.h"

#include "caller.h"
#include "pin_lookup.h"
#include "problems.h"
#include "reading.h"
#include "service.h"
#include "store.h"

enum { PAGE_SIZE = 50, PAGE_SIZE_MAX = 200, SEARCH_MAX = 200 };

#define LIST_MAX   ((size_t)4 << 20)
#define ANSWER_MAX (32 * 1024)

/* --- read --- */

/* As search compares it; NULL of NULL. */
static const char *folded(poly_arena *arena, const char *text)
{
    const char *copy;
    poly_strbuf buffer;

    if (!text)
        return NULL;
    poly_strbuf_init(&buffer, 16 * (PLACE_NAME_MAX + SEARCH_MAX));
    poly_text_fold(text, strlen(text), &buffer);
    copy = poly_arena_strdup(arena, poly_strbuf_text(&buffer));
    poly_strbuf_release(&buffer);
    return copy;
}

/* The database hears of a kiosk that comes a moment later. */
static void look_here(const traffic_service *service, tablet_info *tablet)
{
    tablet->is_online |= presence_is_online(service->presence, tablet->id);
}

static void respond_tablet(poly_request *request, int status, const tablet_info *tablet, tablet_view view)
{
    poly_json_writer writer;
    poly_strbuf body;

    poly_strbuf_init(&body, ANSWER_MAX);
    poly_json_writer_init(&writer, &body);
    tablet_write(&writer, NULL, tablet, view);
    poly_respond_json(request, status, &body);
}

static void respond_list(poly_request *request, poly_page page, tablet_list *list)
{
    const traffic_service *service = poly_request_context(request);
    poly_json_writer writer;
    poly_strbuf body;

    poly_strbuf_init(&body, LIST_MAX);
    poly_json_writer_init(&writer, &body);
    poly_json_begin_object(&writer, NULL);
    poly_json_begin_array(&writer, "items");
    for (size_t i = 0; i < list->count; i++) {
        look_here(service, &list->items[i]);
        tablet_write(&writer, NULL, &list->items[i], TABLET_ADMIN);
    }
    poly_json_end_array(&writer);
    poly_json_put_page(&writer, page, list->total);
    poly_json_end_object(&writer);
    poly_respond_json(request, 200, &body);
}

/* GET /api/tablets/?search=&page=&page_size=. */
void get_tablets(poly_request *request)
{
    const traffic_service *service = poly_request_context(request);
    const char *search = poly_query_text(request, "search", SEARCH_MAX);
    poly_page page = poly_query_page(request, PAGE_SIZE, PAGE_SIZE_MAX);
    tablet_list list;
    poly_result result;

    if (poly_request_refused(request))
        return;
    result = store_list_tablets(service->pg, poly_request_arena(request), folded(poly_request_arena(request), search),
                                page.page_size, (page.page - 1) * page.page_size, &list);
    if (answer_failure(request, result, NULL))
        respond_list(request, page, &list);
}

/* GET /api/tablets/by-reg-pin?pin=: the kiosk that waits to be registered. */
void get_tablet_by_reg_pin(poly_request *request)
{
    const char *pin = read_pin(request);
    tablet_info tablet;

    if (poly_request_refused(request) || !pin_lookup(request, "registration", pin, &tablet))
        return;
    look_here(poly_request_context(request), &tablet);
    respond_tablet(request, 200, &tablet, TABLET_ADMIN);
}

/* GET /api/tablets/by-display-pin?pin=: which room's kiosk it is. */
void get_tablet_by_display_pin(poly_request *request)
{
    const char *pin = read_pin(request);
    poly_json_writer writer;
    tablet_info tablet;
    poly_strbuf body;

    if (poly_request_refused(request) || !pin_lookup(request, "display", pin, &tablet))
        return;
    poly_strbuf_init(&body, ANSWER_MAX);
    poly_json_writer_init(&writer, &body);
    poly_json_begin_object(&writer, NULL);
    poly_json_put_text(&writer, "tablet_id", tablet.id);
    poly_json_put_text(&writer, "building_name", tablet.building_name);
    poly_json_put_text(&writer, "room_name", tablet.room_name);
    poly_json_end_object(&writer);
    poly_respond_json(request, 200, &body);
}

/* --- POST /api/tablets/{id}/register --- */

static poly_result register_tablet(poly_pg_transaction *transaction, poly_write *write, void *context)
{
    const tablet_info *place = context;
    tablet_info tablet;
    poly_json_writer writer;
    const char *names = poly_arena_printf(write->arena, "%s %s", place->building_name, place->room_name);
    poly_result result = store_register_tablet(transaction, write->arena, place, folded(write->arena, names));

    if (result == POLY_NOT_FOUND)
        write->problem = &problem_tablet_unknown;
    if (result == POLY_OK)
        result = store_lock_tablet(transaction, write->arena, place->id, &tablet);
    if (result == POLY_OK)
        result = store_note_change(transaction, write->arena, place->id);
    if (result != POLY_OK)
        return result;
    poly_json_writer_init(&writer, &write->body);
    tablet_write(&writer, NULL, &tablet, TABLET_ADMIN);
    return poly_audit_add(&write->audit, transaction, "tablet_registered", place->id,
                          (const poly_field[]){poly_int_field("building_id", place->building_id),
                                               poly_int_field("room_id", place->room_id),
                                               poly_text_field("room_name", place->room_name),
                                               {.kind = POLY_FIELD_END}});
}

/* POST /api/tablets/{id}/register {building_id, building_name, room_id, room_name}; again, it moves to another room. */
void post_tablet_register(poly_request *request)
{
    const traffic_service *service = poly_request_context(request);
    tablet_info place = {0};
    const poly_json *body;

    if (!read_path_id(request, "id", &problem_tablet_unknown, &place.id) ||
        poly_request_json(request, &body) != POLY_OK)
        return;
    place.building_id = poly_body_int_required(request, body, "building_id", 1, RUZ_ID_MAX);
    place.building_name = poly_body_text_required(request, body, "building_name", PLACE_NAME_MAX);
    place.room_id = poly_body_int_required(request, body, "room_id", 1, RUZ_ID_MAX);
    place.room_name = poly_body_text_required(request, body, "room_name", PLACE_NAME_MAX);
    if (!poly_request_refused(request) &&
        poly_write_respond(request, service->pg, &(poly_write_options){.scope = caller_of(request)->actor},
                           register_tablet, &place))
        change_feed_wake(service->feed);
}

/* --- DELETE /api/tablets/{id} --- */

static poly_result delete_tablet(poly_pg_transaction *transaction, poly_write *write, void *context)
{
    const char *id = context;
    poly_result result = store_delete_tablet(transaction, write->arena, id);

    if (result == POLY_NOT_FOUND)
        write->problem = &problem_tablet_unknown;
    if (result == POLY_OK)
        result = store_end_sessions_of_tablet(transaction, write->arena, id);
    if (result == POLY_OK)
        result = store_note_change(transaction, write->arena, id);
    if (result != POLY_OK)
        return result;
    write->status = 204;
    return poly_audit_add(&write->audit, transaction, "tablet_deleted", id, NULL);
}

/* Its sessions stay. */
void delete_tablet_by_id(poly_request *request)
{
    const traffic_service *service = poly_request_context(request);
    const char *id;

    if (read_path_id(request, "id", &problem_tablet_unknown, &id) &&
        poly_write_respond(request, service->pg, &(poly_write_options){.scope = caller_of(request)->actor},
                           delete_tablet, (void *)id))
        change_feed_wake(service->feed);
}
