/* SPDX-License-Identifier: MIT */
/*
 * The university's CAS: signing a student in by its login form, and validating the tickets that it sends browsers back
 * with (CAS protocol 3.0). On the fiber of the request; nothing is ever sent twice.
 */
#ifndef MAIN_CAS_H
#define MAIN_CAS_H

#include "student.h"
#include "web_session.h"

typedef struct cas_site {
    web_site site;
    const char *validate_path;
} cas_site;

/*
 * POLY_OK with the student, in the arena, which has held the password then. POLY_REJECTED: CAS does not know this name
 * with this password. POLY_BAD_ANSWER: its pages are not understood. Else as poly_httpc_call.
 */
poly_result cas_log_in(const cas_site *cas, const char *username, const char *password, poly_arena *arena,
                       student_profile *student) POLY_MUST_CHECK;

/*
 * POLY_OK with the student. POLY_REJECTED: the ticket is none, was used, is over or is another service's.
 * POLY_BAD_ANSWER, POLY_UNAVAILABLE and others as above.
 */
poly_result cas_validate(const cas_site *cas, const char *ticket, const char *service_url, poly_arena *arena,
                         student_profile *student) POLY_MUST_CHECK;

#endif
