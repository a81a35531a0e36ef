/* SPDX-License-Identifier: MIT */
/*
 * Who calls: anyone, or a student by the token of a login.
 */
#ifndef MAIN_CALLER_H
#define MAIN_CALLER_H

#include "poly/http.h"
#include "poly/token.h"

/* poly_route.who. */
enum main_who { WHO_ANYONE, WHO_STUDENT };

/* poly_server_options.guard. */
bool caller_guard(poly_request *request, unsigned who);

/* The token of a request whose route is for students. */
const poly_student_token *caller_student(poly_request *request);

#endif
