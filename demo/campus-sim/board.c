/* SPDX-License-Identifier: MIT */
#include "board.h"

#include "dice.h"

#include <limits.h>

#define SATURDAY      5
#define MAX_A_DAY     5
#define CROWDED_DAY   4
#define FIRST_EVENING 5
#define ODD           0
#define EVEN          1
#define DAY_MASK(day) ((uint64_t)0x7f << ((day)*CAMPUS_PAIRS))

static uint64_t slot_bits(campus_slot slot)
{
    return (((uint64_t)1 << slot.length) - 1) << (slot.day * CAMPUS_PAIRS + slot.pair);
}

/* What of `taken` is in the way of something that happens in `weeks`. */
static uint64_t in_weeks(const uint64_t *odd, const uint64_t *even, uint8_t weeks)
{
    return (weeks & CAMPUS_ODD_WEEKS ? *odd : 0) | (weeks & CAMPUS_EVEN_WEEKS ? *even : 0);
}

static bool fits_type(uint8_t type, int day, int pair)
{
    if (type == CAMPUS_COMMON || day == SATURDAY)
        return true;
    return pair >= FIRST_EVENING;
}

/* Lower is better: full days, holes, early mornings, late evenings and Saturdays are what people complain of. */
static int discomfort(const campus_demand *demand, uint64_t groups, campus_slot slot)
{
    static const int by_pair[CAMPUS_PAIRS] = {8, 0, 0, 0, 3, 12, 40};
    uint64_t day = groups & DAY_MASK(slot.day);
    uint64_t bits = slot_bits(slot);
    int load = __builtin_popcountll(day);
    int score = 5 * load + by_pair[slot.pair];

    if (load + slot.length > CROWDED_DAY)
        score += 25;
    if (day != 0 && !(((bits << 1) | (bits >> 1)) & day))
        score += 14;
    if (slot.day == SATURDAY)
        score += 26;
    score += (int)(campus_mix(demand->noise ^ (slot.day * 16u + slot.pair)) % 12);
    return score;
}

bool campus_board_find_slot(const campus_board *board, const campus_demand *demand, campus_slot *slot)
{
    uint64_t groups = 0;
    uint64_t busy;
    int best = INT_MAX;

    for (uint16_t group = demand->first_group; group < demand->first_group + demand->group_count; group++)
        groups |= in_weeks(&board->groups[ODD][group], &board->groups[EVEN][group], demand->weeks);
    busy = groups;
    if (demand->teacher != CAMPUS_NONE)
        busy |=
            in_weeks(&board->teachers[ODD][demand->teacher], &board->teachers[EVEN][demand->teacher], demand->weeks);
    for (uint8_t day = 0; day < CAMPUS_DAYS; day++) {
        bool full = __builtin_popcountll(groups & DAY_MASK(day)) + demand->length > MAX_A_DAY;

        for (uint8_t pair = 0; !full && pair + demand->length <= CAMPUS_PAIRS; pair++) {
            campus_slot candidate = {day, pair, demand->length};
            int score;

            if ((busy & slot_bits(candidate)) || !fits_type(demand->type, day, pair) ||
                (demand->only_pair != CAMPUS_ANY && demand->only_pair != pair))
                continue;
            score = discomfort(demand, groups, candidate);
            if (score < best) {
                best = score;
                *slot = candidate;
            }
        }
    }
    return best != INT_MAX;
}

bool campus_board_room_is_free(const campus_board *board, uint16_t room, uint8_t weeks, campus_slot slot)
{
    return !(in_weeks(&board->rooms[ODD][room], &board->rooms[EVEN][room], weeks) & slot_bits(slot));
}

bool campus_board_teacher_is_free(const campus_board *board, uint16_t teacher, uint8_t weeks, campus_slot slot)
{
    return !(in_weeks(&board->teachers[ODD][teacher], &board->teachers[EVEN][teacher], weeks) & slot_bits(slot));
}

void campus_board_take(campus_board *board, const campus_lesson *lesson, campus_slot slot)
{
    uint64_t bits = slot_bits(slot);

    for (int parity = ODD; parity <= EVEN; parity++) {
        if (!(lesson->weeks & (1 << parity)))
            continue;
        for (uint16_t i = 0; i < lesson->group_count; i++)
            board->groups[parity][lesson->first_group + i] |= bits;
        for (uint16_t i = 0; i < lesson->room_count; i++)
            board->rooms[parity][lesson->rooms[i]] |= bits;
        if (lesson->teacher != CAMPUS_NONE)
            board->teachers[parity][lesson->teacher] |= bits;
    }
    if (lesson->teacher != CAMPUS_NONE)
        board->teacher_load[lesson->teacher] = (uint16_t)(board->teacher_load[lesson->teacher] + slot.length);
}

void campus_board_take_spares(campus_board *board, const campus_lesson *lesson, campus_slot slot)
{
    uint64_t bits = slot_bits(slot);

    for (int parity = ODD; parity <= EVEN; parity++) {
        if (!(lesson->weeks & (1 << parity)))
            continue;
        if (lesson->spare_teacher != CAMPUS_NONE)
            board->teachers[parity][lesson->spare_teacher] |= bits;
        if (lesson->spare_room != CAMPUS_NONE)
            board->rooms[parity][lesson->spare_room] |= bits;
    }
}
