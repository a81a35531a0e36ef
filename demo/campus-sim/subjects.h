/* SPDX-License-Identifier: MIT */
/*
 * What is taught, by area.
 */
#ifndef CAMPUS_SUBJECTS_H
#define CAMPUS_SUBJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum campus_area {
    CAMPUS_MATHEMATICS,
    CAMPUS_PHYSICS,
    CAMPUS_HUMANITIES,
    CAMPUS_LANGUAGE,
    CAMPUS_SOFTWARE,
    CAMPUS_SECURITY,
    CAMPUS_ELECTRONICS,
    CAMPUS_ENERGY,
    CAMPUS_MACHINES,
    CAMPUS_CONSTRUCTION,
    CAMPUS_ECONOMICS,
    CAMPUS_BIOTECHNOLOGY,
    CAMPUS_MEDIA,
    CAMPUS_SPORT,
    CAMPUS_SPECIAL, /* research, practice, military training: taught by a teacher of another area, or by none */
    CAMPUS_AREAS,
} campus_area;

typedef struct campus_subject {
    const char *title;
    campus_area area;
    bool has_lab;
} campus_subject;

extern const campus_subject campus_subjects[];
extern const size_t campus_subject_count;

/* Indexes of the subjects that the timetable treats in a way of their own; set by their place in the table. */
enum campus_special_subject {
    CAMPUS_SUBJECT_SPORT,
    CAMPUS_SUBJECT_ELECTIVE_SPORT,
    CAMPUS_SUBJECT_RESEARCH,
    CAMPUS_SUBJECT_PRACTICE,
    CAMPUS_SUBJECT_MILITARY,
    CAMPUS_SUBJECT_LANGUAGE,
    CAMPUS_SUBJECT_PROFESSIONAL_LANGUAGE,
};

#endif
