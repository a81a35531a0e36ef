/* SPDX-License-Identifier: MIT */
/* Who teaches, with the faults that the real list of teachers has. */
#include "campus.h"
#include "dice.h"
#include "names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Some oid is the id of somebody else: who takes one for the other gets a wrong person, not an error. */
#define FIRST_ID       9001
#define ID_STEP        3
#define FIRST_OID      20008
#define OID_STEP       4
#define OID_STRIDE     1237 /* no divisor in common with CAMPUS_TEACHERS */
#define CYCLE          23   /* of which the listed are LISTED: 4,000 of 4,600 */
#define LISTED         20
#define STRUCTURE      UINT64_C(0x63686169) /* stands in for the seed: a teacher's chair follows from the id */
#define NAMESAKE_PAIRS 8
#define NAMESAKE_FIRST 230 /* multiples of CYCLE, so that both of a pair are listed */
#define NAMESAKE_STEP  46
#define NAMESAKE_APART 2300
#define TABLE_SIZE     16384

static const char *const garbage[] = {
    "Удалить",         "ГЭК №036, 2020", "ГЭК №112, 2021", "Вакансия", "Вакансия 2",
    "Преподаватель .", "удалить!!!",     "ГЭК №007, 2019", "-",        "Кафедра  ВМ",
};

/* Full names in use, as hashes in open addressing: nobody but the namesakes shares one. */
struct used_names {
    uint64_t slots[TABLE_SIZE];
};

static bool take_name(struct used_names *used, const char *folded)
{
    uint64_t hash = 0;

    for (const char *at = folded; *at; at++)
        hash = campus_mix(hash ^ (unsigned char)*at);
    hash |= 1;
    for (size_t slot = hash % TABLE_SIZE;; slot = (slot + 1) % TABLE_SIZE) {
        if (used->slots[slot] == hash)
            return false;
        if (used->slots[slot] == 0) {
            used->slots[slot] = hash;
            return true;
        }
    }
}

static uint16_t draw_chair(uint32_t index)
{
    uint32_t total = 0;
    uint32_t at;

    for (size_t i = 0; i < CAMPUS_CHAIRS; i++)
        total += campus_chairs[i].weight;
    at = (uint32_t)(campus_hash(STRUCTURE, index, 0, 0) % total);
    for (uint16_t chair = 0;; chair++) {
        if (at < campus_chairs[chair].weight)
            return chair;
        at -= campus_chairs[chair].weight;
    }
}

static const char *draw_grade(campus_dice *dice)
{
    static const char *const grades[] = {"доцент", "профессор", "старший преподаватель", "ассистент"};

    return campus_dice_permille(dice, 300) ? grades[campus_dice_below(dice, POLY_LENGTH(grades))] : "";
}

/* One name in fifty lacks a part, one in fifty has stray spaces, one in a hundred is abbreviated. */
static void write_name(struct campus *campus, campus_teacher *teacher, const campus_name *name, campus_dice *dice)
{
    uint32_t fate = campus_dice_below(dice, 1000);

    teacher->surname = poly_arena_strdup(campus->arena, name->surname);
    teacher->given = poly_arena_strdup(campus->arena, name->given);
    teacher->patronymic = poly_arena_strdup(campus->arena, name->patronymic);
    if (fate < 20) {
        teacher->patronymic = fate < 7 ? NULL : "";
        teacher->full_name = poly_arena_printf(campus->arena, "%s %s", name->surname, name->given);
        return;
    }
    if (fate < 30) {
        char abbreviated[2 * CAMPUS_NAME_SIZE];

        campus_name_abbreviate(name, abbreviated, sizeof(abbreviated));
        teacher->full_name = poly_arena_strdup(campus->arena, abbreviated);
        teacher->given = poly_arena_strdup(campus->arena, strchr(abbreviated, ' ') + 1);
        teacher->patronymic = "";
        return;
    }
    if (fate < 40)
        teacher->patronymic = poly_arena_printf(campus->arena, "%s ", name->patronymic);
    teacher->full_name = poly_arena_printf(campus->arena, "%s%s%s %s", name->surname,
                                           fate >= 40 && fate < 50 ? "  " : " ", name->given, teacher->patronymic);
}

static void make_person(struct campus *campus, uint32_t index, struct used_names *used)
{
    campus_teacher *teacher = &campus->teachers[index];
    campus_dice dice = {campus_hash(campus->seed, 'T', index, 0)};

    do {
        campus_name name;

        campus_name_draw(&dice, &name);
        write_name(campus, teacher, &name, &dice);
        teacher->folded = campus_fold(campus, teacher->full_name);
    } while (!take_name(used, teacher->folded));
    teacher->grade = draw_grade(&dice);
    teacher->chair = draw_chair(index);
    if (teacher->chair == CAMPUS_DEMO_CHAIR && campus->demo_teacher == CAMPUS_NONE && teacher->listed)
        campus->demo_teacher = (uint16_t)index;
}

static void make_garbage(struct campus *campus, uint32_t index, const char *text)
{
    campus_teacher *teacher = &campus->teachers[index];
    const char *space = strchr(text, ' ');

    teacher->full_name = text;
    teacher->folded = campus_fold(campus, text);
    teacher->surname = space ? poly_arena_strndup(campus->arena, text, (size_t)(space - text)) : text;
    teacher->given = space ? space + 1 : "";
    teacher->patronymic = NULL;
    teacher->grade = "";
    teacher->chair = CAMPUS_NONE;
}

/* Two people, one name; the first pair works in the same school. */
static void make_namesakes(struct campus *campus)
{
    for (uint32_t pair = 0; pair < NAMESAKE_PAIRS; pair++) {
        uint32_t first = NAMESAKE_FIRST + pair * NAMESAKE_STEP;
        const campus_teacher *one = &campus->teachers[first];
        campus_teacher *other = &campus->teachers[first + NAMESAKE_APART];

        other->full_name = one->full_name;
        other->folded = one->folded;
        other->surname = one->surname;
        other->given = one->given;
        other->patronymic = one->patronymic;
        if (pair == 0)
            other->chair = one->chair;
    }
}

void campus_make_teachers(struct campus *campus)
{
    struct used_names *used = poly_alloc_zero(1, sizeof(*used));
    uint32_t garbage_step = CAMPUS_TEACHERS / POLY_LENGTH(garbage);

    for (uint32_t index = 0; index < CAMPUS_TEACHERS; index++) {
        campus_teacher *teacher = &campus->teachers[index];

        teacher->id = FIRST_ID + ID_STEP * (int)index;
        teacher->oid = FIRST_OID + OID_STEP * (int)(index * OID_STRIDE % CAMPUS_TEACHERS);
        teacher->listed = index % CYCLE < LISTED;
        if (index % garbage_step == LISTED / 2)
            make_garbage(campus, index, garbage[index / garbage_step]);
        else
            make_person(campus, index, used);
    }
    make_namesakes(campus);
    free(used);
}

uint16_t campus_find_teacher(int64_t id)
{
    if (id < FIRST_ID || (id - FIRST_ID) % ID_STEP != 0 || (id - FIRST_ID) / ID_STEP >= CAMPUS_TEACHERS)
        return CAMPUS_NONE;
    return (uint16_t)((id - FIRST_ID) / ID_STEP);
}
