/* SPDX-License-Identifier: MIT */
/* The objects that RUZ's answers are made of, by their index in the campus. */
#ifndef CAMPUS_RUZ_OBJECTS_H
#define CAMPUS_RUZ_OBJECTS_H

#include "campus.h"

#include "poly/json.h"

void ruz_put_faculty(poly_json_writer *writer, const char *name, uint16_t faculty);
void ruz_put_group(poly_json_writer *writer, const char *name, const struct campus *campus, uint16_t group,
                   bool with_faculty);
void ruz_put_teacher(poly_json_writer *writer, const char *name, const struct campus *campus, uint16_t teacher);
void ruz_put_building(poly_json_writer *writer, const char *name, uint16_t building);
void ruz_put_room(poly_json_writer *writer, const char *name, const struct campus *campus, uint16_t room,
                  bool with_building);

/* The index of what has the id that `text` spells; CAMPUS_NONE otherwise. */
uint16_t ruz_find_faculty(const char *text);
uint16_t ruz_find_building(const char *text);
uint16_t ruz_find_group(const char *text);
uint16_t ruz_find_teacher(const char *text);
uint16_t ruz_find_room(const struct campus *campus, const char *text);

#endif
