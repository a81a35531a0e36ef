/* SPDX-License-Identifier: MIT */
/*
 * The board on which a week is laid out: six days of seven pairs, in odd and in even weeks, and who and what is
 * taken when. One thread at a time.
 */
#ifndef CAMPUS_BOARD_H
#define CAMPUS_BOARD_H

#include "pattern.h"

#define CAMPUS_DAYS  6
#define CAMPUS_PAIRS 7
#define CAMPUS_ANY   (-1)

typedef struct campus_board {
    uint64_t groups[2][CAMPUS_GROUPS]; /* a bit a pair of the week; [0] odd weeks, [1] even ones */
    uint64_t teachers[2][CAMPUS_TEACHERS];
    uint64_t rooms[2][CAMPUS_ROOMS];
    uint16_t teacher_load[CAMPUS_TEACHERS];
} campus_board;

typedef struct campus_slot {
    uint8_t day, pair, length;
} campus_slot;

typedef struct campus_demand {
    uint16_t first_group, group_count;
    uint16_t teacher; /* CAMPUS_NONE: no matter */
    uint8_t weeks;
    uint8_t length;   /* in pairs */
    uint8_t type;     /* campus_type of the groups: evening students come in the evening */
    int8_t only_pair; /* or CAMPUS_ANY */
    uint64_t noise;   /* decides between slots that are as good */
} campus_demand;

/* The best slot that is free for all; false when there is none. */
bool campus_board_find_slot(const campus_board *board, const campus_demand *demand, campus_slot *slot) POLY_MUST_CHECK;

bool campus_board_room_is_free(const campus_board *board, uint16_t room, uint8_t weeks, campus_slot slot);
bool campus_board_teacher_is_free(const campus_board *board, uint16_t teacher, uint8_t weeks, campus_slot slot);

/* Takes everything that the lesson names (but its spares) at the slot. */
void campus_board_take(campus_board *board, const campus_lesson *lesson, campus_slot slot);
/* Takes the spares, those that there are. */
void campus_board_take_spares(campus_board *board, const campus_lesson *lesson, campus_slot slot);

#endif
