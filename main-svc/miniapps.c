/* SPDX-License-Identifier: MIT */
#include "miniapps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "poly/arena.h"
#include "poly/json.h"
#include "poly/random.h"

enum { MAX_FILE = 256 * 1024, MAX_APPS = 64, MAX_ID = 32, MAX_TEXT = 1024 };

typedef struct miniapp {
    const char *id;
    const char *name;
    const char *description;
    const char *icon;
    const char *url;
    const char *color;
} miniapp;

struct miniapps {
    poly_arena *arena;
    miniapp apps[MAX_APPS];
    size_t count;
    poly_blob *json;
    char etag[POLY_DIGEST_SIZE];
};

/* --- rules --- */

/* The audiences of other tokens are no app's. */
static bool is_id(const char *id)
{
    size_t size = strlen(id);

    return size >= 1 && size <= MAX_ID && strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789_-") == size &&
           strcmp(id, "main") != 0 && strcmp(id, "sso") != 0;
}

static bool is_url(const char *url)
{
    return strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0;
}

static bool is_color(const char *color)
{
    return !*color || (strlen(color) == 7 && *color == '#' && strspn(color + 1, "0123456789abcdefABCDEF") == 6);
}

static const char *fault_of(const miniapps *apps, const miniapp *app)
{
    if (!is_id(app->id))
        return "\"id\" is not 1 to 32 of [a-z0-9_-], or one of \"main\" and \"sso\"";
    if (miniapps_find(apps, app->id))
        return "\"id\" is there twice";
    if (!*app->name)
        return "\"name\" is missing";
    if (!is_url(app->url))
        return "\"url\" is no http:// or https:// address";
    if (!is_color(app->color))
        return "\"color\" is not #rrggbb";
    return NULL;
}

static bool add(miniapps *apps, const miniapp *app, poly_strbuf *fault)
{
    const char *reason = fault_of(apps, app);

    if (reason)
        poly_strbuf_printf(fault, "mini-app %zu: %s", apps->count + 1, reason);
    else
        apps->apps[apps->count++] = *app;
    return !reason;
}

/* --- where they come from --- */

static bool add_by_urls(miniapps *apps, const char *services_url, const char *traffic_url, poly_strbuf *fault)
{
    const miniapp services = {"services", "Заявки",     "Заявления и обращения в подразделения университета",
                              "services", services_url, "#0f7b43"};
    const miniapp traffic = {"traffic", "Посещаемость", "Отметка на занятии по коду на экране аудитории",
                             "traffic", traffic_url,    "#1f5fa8"};

    return (!*services_url || add(apps, &services, fault)) && (!*traffic_url || add(apps, &traffic, fault));
}

static const char *member(const miniapps *apps, const poly_json *object, const char *name)
{
    const char *text = poly_json_text(poly_json_get(object, name), "");

    return strlen(text) <= MAX_TEXT ? poly_arena_strdup(apps->arena, text) : "";
}

static bool add_from_document(miniapps *apps, const poly_json *document, poly_strbuf *fault)
{
    if (poly_json_type_of(document) != POLY_JSON_ARRAY || poly_json_count(document) > MAX_APPS) {
        poly_strbuf_printf(fault, "not an array of at most %d mini-apps", MAX_APPS);
        return false;
    }
    for (const poly_json *each = poly_json_first(document); each; each = poly_json_next(each)) {
        const miniapp app = {
            .id = member(apps, each, "id"),
            .name = member(apps, each, "name"),
            .description = member(apps, each, "description"),
            .icon = member(apps, each, "icon"),
            .url = member(apps, each, "url"),
            .color = member(apps, each, "color"),
        };

        if (!add(apps, &app, fault))
            return false;
    }
    return true;
}

static bool read_file(const char *path, char *text, size_t room, size_t *size, poly_strbuf *fault)
{
    FILE *file = fopen(path, "re");
    bool whole;

    if (!file) {
        poly_strbuf_append_text(fault, strerror(errno));
        return false;
    }
    *size = fread(text, 1, room, file);
    whole = !ferror(file) && *size < room;
    fclose(file);
    if (!whole)
        poly_strbuf_append_text(fault, "it cannot be read, or is too large");
    return whole;
}

static bool add_from_file(miniapps *apps, const char *path, poly_strbuf *fault)
{
    const poly_json_limits limits = {.max_size = MAX_FILE};
    char *text = poly_alloc(MAX_FILE);
    poly_json_error error;
    poly_json *document = NULL;
    size_t size;
    bool done = false;

    poly_strbuf_printf(fault, "MINIAPPS_FILE \"%s\": ", path);
    if (!read_file(path, text, MAX_FILE, &size, fault))
        goto out;
    if (poly_json_parse(text, size, &limits, &document, &error) != POLY_OK) {
        poly_strbuf_printf(fault, "no JSON: %s at byte %zu", error.reason, error.offset);
        goto out;
    }
    done = add_from_document(apps, document, fault);
out:
    poly_json_destroy(&document);
    free(text);
    return done;
}

/* --- what clients get --- */

static void render(miniapps *apps)
{
    poly_json_writer writer;
    poly_strbuf out;

    poly_strbuf_init(&out, (size_t)MAX_APPS * MAX_TEXT * 16);
    poly_json_writer_init(&writer, &out);
    poly_json_begin_array(&writer, NULL);
    for (const miniapp *app = apps->apps; app < apps->apps + apps->count; app++) {
        poly_json_begin_object(&writer, NULL);
        poly_json_put_text(&writer, "id", app->id);
        poly_json_put_text(&writer, "name", app->name);
        poly_json_put_text(&writer, "description", app->description);
        poly_json_put_text(&writer, "icon", app->icon);
        poly_json_put_text(&writer, "url", app->url);
        poly_json_put_text(&writer, "color", app->color);
        poly_json_end_object(&writer);
    }
    poly_json_end_array(&writer);
    apps->json = poly_blob_from_strbuf(&out);
    poly_digest(apps->json->data, apps->json->size, apps->etag);
}

miniapps *miniapps_load(const char *file, const char *services_url, const char *traffic_url, poly_strbuf *fault)
{
    miniapps *apps = poly_alloc_zero(1, sizeof(*apps));
    bool loaded;

    apps->arena = poly_arena_create(0);
    loaded = *file ? add_from_file(apps, file, fault) : add_by_urls(apps, services_url, traffic_url, fault);
    if (!loaded) {
        miniapps_destroy(&apps);
        return NULL;
    }
    poly_strbuf_clear(fault);
    render(apps);
    return apps;
}

void miniapps_destroy(miniapps **apps)
{
    if (!*apps)
        return;
    poly_blob_unref(&(*apps)->json);
    poly_arena_destroy(&(*apps)->arena);
    free(*apps);
    *apps = NULL;
}

poly_blob *miniapps_json(const miniapps *apps)
{
    return apps->json;
}

const char *miniapps_etag(const miniapps *apps)
{
    return apps->etag;
}

const char *miniapps_find(const miniapps *apps, const char *id)
{
    for (size_t i = 0; i < apps->count; i++)
        if (strcmp(apps->apps[i].id, id) == 0)
            return apps->apps[i].id;
    return NULL;
}
