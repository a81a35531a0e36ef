/* SPDX-License-Identifier: MIT */
#include "pg/prepared.h"

#include <stdio.h>
#include <stdlib.h>

#define FIRST_CAPACITY 32u

static size_t place_of(const poly_prepared_table *table, const poly_statement *statement)
{
    size_t place = (size_t)((uintptr_t)statement / sizeof(void *) * 0x9E3779B97F4A7C15u >> 20) & (table->capacity - 1);

    while (table->entries[place].statement && table->entries[place].statement != statement)
        place = (place + 1) & (table->capacity - 1);
    return place;
}

static void grow(poly_prepared_table *table)
{
    poly_prepared_table larger = {.capacity = table->capacity ? table->capacity * 2 : FIRST_CAPACITY,
                                  .count = table->count};

    larger.entries = poly_alloc_zero(larger.capacity, sizeof(*larger.entries));
    for (size_t i = 0; i < table->capacity; i++)
        if (table->entries[i].statement)
            larger.entries[place_of(&larger, table->entries[i].statement)] = table->entries[i];
    free(table->entries);
    *table = larger;
}

poly_prepared *poly_prepared_of(poly_prepared_table *table, const poly_statement *statement)
{
    poly_prepared *entry;

    if (table->count * 2 >= table->capacity)
        grow(table);
    entry = &table->entries[place_of(table, statement)];
    if (!entry->statement) {
        entry->statement = statement;
        table->count++;
    }
    return entry;
}

void poly_prepared_release(poly_prepared_table *table)
{
    free(table->entries);
    *table = (poly_prepared_table){0};
}

bool poly_prepared_renew(poly_prepared *prepared, unsigned epoch)
{
    if (prepared->is_sent && prepared->epoch == epoch)
        return false;
    prepared->number++;
    prepared->epoch = epoch;
    prepared->is_sent = true;
    return true;
}

void poly_prepared_name(const poly_prepared *prepared, char name[POLY_PREPARED_NAME_SIZE])
{
    snprintf(name, POLY_PREPARED_NAME_SIZE, "%s.%u", prepared->statement->name, prepared->number);
}
