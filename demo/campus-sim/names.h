/* SPDX-License-Identifier: MIT */
/*
 * People's names: word lists, and how a woman's surname and patronymic are made from a man's. Nobody is meant.
 */
#ifndef CAMPUS_NAMES_H
#define CAMPUS_NAMES_H

#include "dice.h"

#include "poly/strbuf.h"

#define CAMPUS_NAME_SIZE 96

typedef struct campus_name {
    char surname[CAMPUS_NAME_SIZE];
    char given[CAMPUS_NAME_SIZE];
    char patronymic[CAMPUS_NAME_SIZE];
} campus_name;

void campus_name_draw(campus_dice *dice, campus_name *name);

/* "Иванова Е.Н." from its parts; `size` is the room in `out`. */
void campus_name_abbreviate(const campus_name *name, char *out, size_t size);

#endif
