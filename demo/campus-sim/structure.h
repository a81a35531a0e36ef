/* SPDX-License-Identifier: MIT */
/*
 * What the campus is made of, whatever the seed: faculties and their fields of study, chairs, buildings. Ids follow
 * from these tables alone, so that a document may quote them.
 */
#ifndef CAMPUS_STRUCTURE_H
#define CAMPUS_STRUCTURE_H

#include "subjects.h"

/* RUZ's numbers. */
typedef enum campus_kind {
    CAMPUS_BACHELOR = 0,
    CAMPUS_MASTER = 1,
    CAMPUS_SPECIALIST = 2,
    CAMPUS_POSTGRADUATE = 3,
    CAMPUS_FURTHER = 4,
    CAMPUS_COLLEGE = 6,
} campus_kind;

enum campus_offers {
    CAMPUS_OFFERS_BACHELOR = 1,
    CAMPUS_OFFERS_MASTER = 2,
    CAMPUS_OFFERS_SPECIALIST = 4,
    CAMPUS_OFFERS_POSTGRADUATE = 8,
    CAMPUS_OFFERS_FURTHER = 16,
    CAMPUS_OFFERS_COLLEGE = 32,
    CAMPUS_OFFERS_USUAL = CAMPUS_OFFERS_BACHELOR | CAMPUS_OFFERS_MASTER | CAMPUS_OFFERS_POSTGRADUATE,
};

#define CAMPUS_MAX_FIELDS  5
#define CAMPUS_MAJOR_AREAS 3
#define CAMPUS_HOMES       2

typedef struct campus_faculty {
    int id;
    unsigned groups;
    const char *name;
    const char *abbr;
    const char *prefix;                    /* its groups' names begin with it */
    const char *fields[CAMPUS_MAX_FIELDS]; /* four digits of the field's official code; NULL past the last */
    unsigned offers;
    campus_area areas[CAMPUS_MAJOR_AREAS]; /* what it mainly teaches */
    int homes[CAMPUS_HOMES];               /* ids of the buildings where its lessons usually are */
} campus_faculty;

typedef struct campus_chair {
    const char *name; /* with its code, as the timetable shows it */
    campus_area area;
    unsigned weight; /* its share of the teachers */
} campus_chair;

typedef enum campus_place {
    CAMPUS_PLACE_REAL,
    CAMPUS_PLACE_REMOTE,    /* "DL" */
    CAMPUS_PLACE_ELSEWHERE, /* "Не определено": practice bases */
    CAMPUS_PLACE_SPORT,
    CAMPUS_PLACE_MILITARY,
} campus_place;

typedef struct campus_building {
    int id;
    const char *name;
    const char *abbr;
    const char *address;
    unsigned rooms;
    campus_place place;
} campus_building;

#define CAMPUS_FACULTIES 20
#define CAMPUS_CHAIRS    48
#define CAMPUS_BUILDINGS 30
#define CAMPUS_GROUPS    1500
#define CAMPUS_ROOMS     1200

extern const campus_faculty campus_faculties[CAMPUS_FACULTIES];
extern const campus_chair campus_chairs[CAMPUS_CHAIRS];
extern const campus_building campus_buildings[CAMPUS_BUILDINGS];

/* What a newcomer is shown. */
#define CAMPUS_DEMO_FACULTY_ID  125
#define CAMPUS_DEMO_GROUP       "5130904/20102"
#define CAMPUS_DEMO_BUILDING_ID 25
#define CAMPUS_DEMO_ROOM        "215"
#define CAMPUS_DEMO_CHAIR       1 /* in campus_chairs */

#endif
