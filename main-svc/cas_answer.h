/* SPDX-License-Identifier: MIT */
/*
 * What CAS answers about a ticket (CAS protocol 3.0, sections 2.5.3 and 2.5.7, appendix A): XML in the namespace
 * http://www.yale.edu/tp/cas, with attributes as elements below cas:attributes. Pure.
 */
#ifndef MAIN_CAS_ANSWER_H
#define MAIN_CAS_ANSWER_H

#include "student.h"

/*
 * POLY_OK with the student; one whom no attribute gives an id has the user's name as the id. POLY_REJECTED: the ticket
 * is refused; `code` (in the arena, for the log) says why. POLY_UNAVAILABLE: CAS has an error of its own.
 * POLY_BAD_ANSWER: not such an answer.
 */
poly_result cas_answer_read(poly_slice xml, poly_arena *arena, student_profile *student,
                            const char **code) POLY_MUST_CHECK;

#endif
