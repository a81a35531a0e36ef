/* SPDX-License-Identifier: MIT */
#include "ticket_table.h"

#include "poly/random.h"
#include "poly/time.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TICKETS        1024
#define TICKET_ENTROPY 24

struct ticket {
    char name[TICKET_SIZE]; /* "": none */
    char user[TICKET_USER_SIZE];
    char *service;
    uint64_t expires;
};

struct ticket_table {
    pthread_mutex_t lock;
    struct ticket tickets[TICKETS]; /* a ring */
    size_t next;
    unsigned issued;
};

ticket_table *ticket_table_create(void)
{
    ticket_table *table = poly_alloc_zero(1, sizeof(*table));

    pthread_mutex_init(&table->lock, NULL);
    return table;
}

static void forget(struct ticket *ticket)
{
    free(ticket->service);
    *ticket = (struct ticket){.name = ""};
}

void ticket_table_destroy(ticket_table **table)
{
    if (!*table)
        return;
    for (size_t i = 0; i < TICKETS; i++)
        forget(&(*table)->tickets[i]);
    pthread_mutex_destroy(&(*table)->lock);
    free(*table);
    *table = NULL;
}

void ticket_table_issue(ticket_table *table, const char *user, const char *service, char ticket[TICKET_SIZE])
{
    uint8_t bytes[TICKET_ENTROPY];
    char text[POLY_BASE64URL_SIZE(TICKET_ENTROPY)];
    struct ticket *place;

    poly_random_bytes(bytes, sizeof(bytes));
    poly_base64url_encode(bytes, sizeof(bytes), text);
    pthread_mutex_lock(&table->lock);
    snprintf(ticket, TICKET_SIZE, "ST-%u-%s", ++table->issued % 1000000, text);
    place = &table->tickets[table->next++ % TICKETS];
    forget(place);
    memcpy(place->name, ticket, TICKET_SIZE);
    snprintf(place->user, sizeof(place->user), "%s", user);
    place->service = poly_strdup(service);
    place->expires = poly_time_monotonic() + POLY_SECONDS(TICKET_SECONDS);
    pthread_mutex_unlock(&table->lock);
}

/* Under the lock. */
static poly_result judge(const struct ticket *ticket, const char *service, char user[TICKET_USER_SIZE])
{
    if (poly_time_monotonic() > ticket->expires)
        return POLY_NOT_FOUND;
    if (strcmp(ticket->service, service) != 0)
        return POLY_CONFLICT;
    memcpy(user, ticket->user, TICKET_USER_SIZE);
    return POLY_OK;
}

poly_result ticket_table_take(ticket_table *table, const char *ticket, const char *service, char user[TICKET_USER_SIZE])
{
    poly_result result = POLY_NOT_FOUND;

    pthread_mutex_lock(&table->lock);
    for (size_t i = 0; i < TICKETS && *ticket; i++) {
        struct ticket *found = &table->tickets[i];

        if (strcmp(found->name, ticket) != 0)
            continue;
        result = judge(found, service, user);
        forget(found);
        break;
    }
    pthread_mutex_unlock(&table->lock);
    return result;
}
