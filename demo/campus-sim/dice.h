/* SPDX-License-Identifier: MIT */
/*
 * Reproducible chance: integers only, so that the same seed gives the same campus on every machine. Any thread.
 */
#ifndef CAMPUS_DICE_H
#define CAMPUS_DICE_H

#include <stdbool.h>
#include <stdint.h>

/* The finaliser of SplitMix64 (Steele, Lea, Flood 2014). */
static inline uint64_t campus_mix(uint64_t value)
{
    value += 0x9e3779b97f4a7c15u;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
    return value ^ (value >> 31);
}

/* The fate of one thing: a pure function of the seed, what is asked (`salt`) and of whom (`a`, `b`). */
static inline uint64_t campus_hash(uint64_t seed, uint64_t salt, uint64_t a, uint64_t b)
{
    return campus_mix(campus_mix(campus_mix(campus_mix(seed) ^ salt) ^ a) ^ b);
}

typedef struct campus_dice {
    uint64_t state;
} campus_dice;

static inline uint64_t campus_dice_next(campus_dice *dice)
{
    dice->state += 0x9e3779b97f4a7c15u;
    return campus_mix(dice->state);
}

/* In [0, bound); bound > 0. The bias of the remainder is far below what anyone could see here. */
static inline uint32_t campus_dice_below(campus_dice *dice, uint32_t bound)
{
    return (uint32_t)((campus_dice_next(dice) >> 32) % bound);
}

static inline bool campus_dice_permille(campus_dice *dice, uint32_t permille)
{
    return campus_dice_below(dice, 1000) < permille;
}

#endif
