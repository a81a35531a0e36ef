/* SPDX-License-Identifier: MIT */
#include "poly/arena.h"
#include "json/scan.h"
#include "json/walk.h"

#include <assert.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_MAX_SIZE  ((size_t)1 << 20)
#define FEWEST_MAX_VALUES ((size_t)10000)
#define BYTES_PER_VALUE   8

/* Up to here comparing each with each beats sorting. */
#define SMALL_OBJECT 16

/* --- memory --- */

/*
 * A document lies in an arena and goes with it: cJSON would otherwise ask for thousands of little pieces, and give each
 * back by itself. What stands before the root says which arena that is.
 */
struct preamble {
    _Alignas(16) poly_arena *arena;
};

#define ARENA_FIRST_MIN ((size_t)4 << 10)
#define ARENA_FIRST_MAX ((size_t)64 << 10)

/* During a parse, which never waits. */
static _Thread_local struct {
    poly_arena *arena;
    bool has_root; /* cJSON's first allocation */
} building;

static void *allocate(size_t size)
{
    struct preamble *preamble;

    if (building.has_root)
        return poly_arena_alloc(building.arena, size);
    preamble = poly_arena_alloc(building.arena, sizeof(*preamble) + size);
    preamble->arena = building.arena;
    building.has_root = true;
    return preamble + 1;
}

static void release_nothing(void *memory)
{
    (void)memory;
}

static void set_allocator(void)
{
    cJSON_InitHooks(&(cJSON_Hooks){.malloc_fn = allocate, .free_fn = release_nothing});
}

static cJSON *parse_into(poly_arena *arena, poly_slice text)
{
    cJSON *root;

    building.arena = arena;
    building.has_root = false;
    root = cJSON_ParseWithLength(text.data, text.size);
    building.arena = NULL;
    return root;
}

static poly_arena *arena_of(poly_json *document)
{
    return ((struct preamble *)(void *)document - 1)->arena;
}

/* --- duplicate names --- */

struct member {
    const cJSON *node;
    size_t index;
};

static int compare_members(const void *a, const void *b)
{
    const struct member *left = a, *right = b;
    int order = strcmp(left->node->string, right->node->string);

    if (order != 0)
        return order;
    return left->index < right->index ? -1 : 1;
}

static const cJSON *sorted_duplicate(const cJSON *object, size_t count)
{
    struct member *members = poly_alloc(count * sizeof(*members));
    const cJSON *duplicate = NULL;
    size_t index = 0;

    for (const cJSON *node = object->child; node; node = node->next, index++)
        members[index] = (struct member){.node = node, .index = index};
    qsort(members, count, sizeof(*members), compare_members);
    for (size_t i = 1; i < count && !duplicate; i++) {
        if (strcmp(members[i - 1].node->string, members[i].node->string) == 0)
            duplicate = members[i].node;
    }
    free(members);
    return duplicate;
}

static const cJSON *compared_duplicate(const cJSON *object)
{
    for (const cJSON *node = object->child; node; node = node->next) {
        for (const cJSON *earlier = object->child; earlier != node; earlier = earlier->next) {
            if (strcmp(earlier->string, node->string) == 0)
                return node;
        }
    }
    return NULL;
}

static const cJSON *find_duplicate(const cJSON *root)
{
    poly_json_walk walk = {.depth = 0};
    const cJSON *duplicate = NULL;

    for (const cJSON *node = root; node && !duplicate; node = poly_json_walk_next(&walk, node)) {
        size_t count;

        if (!cJSON_IsObject(node))
            continue;
        count = poly_json_count((const poly_json *)node);
        duplicate = count <= SMALL_OBJECT ? compared_duplicate(node) : sorted_duplicate(node, count);
    }
    return duplicate;
}

/* How many names stand in the text before `member`'s. */
static size_t name_number(const cJSON *root, const cJSON *member)
{
    poly_json_walk walk = {.depth = 0};
    size_t number = 0;

    for (const cJSON *node = root; node != member; node = poly_json_walk_next(&walk, node))
        number += node->string ? 1 : 0;
    return number;
}

/* --- parsing --- */

static poly_result build(poly_slice text, const poly_json_limits *limits, poly_arena *arena, cJSON **root,
                         poly_json_error *error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    const cJSON *duplicate;

    (void)pthread_once(&once, set_allocator);
    *root = parse_into(arena, text);
    if (!*root) {
        *error = (poly_json_error){.reason = "not understood", .offset = 0};
        return POLY_INVALID;
    }
    duplicate = find_duplicate(*root);
    if (!duplicate)
        return POLY_OK;
    return poly_json_scan(text, limits, name_number(*root, duplicate), error);
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* The nodes of a typical answer take some four times its text. */
static size_t first_block_for(size_t size)
{
    if (size > ARENA_FIRST_MAX / 4)
        return ARENA_FIRST_MAX;
    return larger(size * 4, ARENA_FIRST_MIN);
}

static poly_json_limits with_defaults(const poly_json_limits *limits)
{
    poly_json_limits all = limits ? *limits : (poly_json_limits){.max_size = 0};

    if (all.max_size == 0)
        all.max_size = DEFAULT_MAX_SIZE;
    if (all.max_depth == 0)
        all.max_depth = POLY_JSON_MAX_DEPTH;
    if (all.max_values == 0)
        all.max_values = larger(all.max_size / BYTES_PER_VALUE, FEWEST_MAX_VALUES);
    assert(all.max_depth <= POLY_JSON_MAX_DEPTH);
    return all;
}

poly_result poly_json_parse(const char *text, size_t size, const poly_json_limits *limits, poly_json **document,
                            poly_json_error *error)
{
    poly_json_limits all = with_defaults(limits);
    poly_slice slice = {.data = text, .size = size};
    poly_json_error unused;
    poly_arena *arena = NULL;
    cJSON *root = NULL;
    poly_result result;

    *document = NULL;
    if (!error)
        error = &unused;
    if (size > all.max_size) {
        *error = (poly_json_error){.reason = "document too large", .offset = all.max_size};
        return POLY_TOO_LARGE;
    }
    result = poly_json_scan(slice, &all, POLY_JSON_NO_NAME, error);
    if (result != POLY_OK)
        return result;
    arena = poly_arena_create(first_block_for(size));
    result = build(slice, &all, arena, &root, error);
    if (result != POLY_OK) {
        poly_arena_wipe(arena); /* nobody will know whether it held a secret */
        poly_arena_destroy(&arena);
        return result;
    }
    *document = (poly_json *)root;
    return POLY_OK;
}

void poly_json_destroy(poly_json **document)
{
    poly_arena *arena;

    if (!document || !*document)
        return;
    arena = arena_of(*document);
    poly_arena_destroy(&arena);
    *document = NULL;
}

void poly_json_wipe(poly_json **document)
{
    poly_arena *arena;

    if (!document || !*document)
        return;
    arena = arena_of(*document); /* which lies in what is wiped */
    poly_arena_wipe(arena);
    poly_arena_destroy(&arena);
    *document = NULL;
}

/* --- values --- */

static const cJSON *node_of(const poly_json *value)
{
    return (const cJSON *)value;
}

poly_json_type poly_json_type_of(const poly_json *value)
{
    if (!value)
        return POLY_JSON_ABSENT;
    switch (node_of(value)->type & 0xff) {
    case cJSON_NULL:
        return POLY_JSON_NULL;
    case cJSON_True:
    case cJSON_False:
        return POLY_JSON_BOOL;
    case cJSON_Number:
        return POLY_JSON_NUMBER;
    case cJSON_String:
        return POLY_JSON_STRING;
    case cJSON_Array:
        return POLY_JSON_ARRAY;
    case cJSON_Object:
        return POLY_JSON_OBJECT;
    default:
        return POLY_JSON_ABSENT;
    }
}

const poly_json *poly_json_get(const poly_json *object, const char *name)
{
    if (poly_json_type_of(object) != POLY_JSON_OBJECT)
        return NULL;
    for (const cJSON *node = node_of(object)->child; node; node = node->next) {
        if (strcmp(node->string, name) == 0)
            return (const poly_json *)node;
    }
    return NULL;
}

size_t poly_json_count(const poly_json *container)
{
    size_t count = 0;

    for (const poly_json *value = poly_json_first(container); value; value = poly_json_next(value))
        count++;
    return count;
}

const poly_json *poly_json_first(const poly_json *container)
{
    return container ? (const poly_json *)node_of(container)->child : NULL;
}

const poly_json *poly_json_next(const poly_json *value)
{
    return value ? (const poly_json *)node_of(value)->next : NULL;
}

const char *poly_json_name(const poly_json *member)
{
    return member ? node_of(member)->string : NULL;
}

const char *poly_json_text(const poly_json *value, const char *otherwise)
{
    return poly_json_type_of(value) == POLY_JSON_STRING ? node_of(value)->valuestring : otherwise;
}

bool poly_json_int(const poly_json *value, int64_t min, int64_t max, int64_t *out)
{
    const int64_t exact = (INT64_C(1) << 53) - 1; /* beyond it a double has been rounded */
    double number;

    assert(min >= -exact && max <= exact);
    if (!poly_json_number(value, &number) || number != trunc(number) || number < (double)min || number > (double)max)
        return false;
    *out = (int64_t)number;
    return true;
}

bool poly_json_number(const poly_json *value, double *out)
{
    if (poly_json_type_of(value) != POLY_JSON_NUMBER)
        return false;
    *out = node_of(value)->valuedouble;
    return true;
}

bool poly_json_bool(const poly_json *value, bool *out)
{
    if (poly_json_type_of(value) != POLY_JSON_BOOL)
        return false;
    *out = cJSON_IsTrue(node_of(value)) != 0;
    return true;
}
