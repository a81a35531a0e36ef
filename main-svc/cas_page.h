/* SPDX-License-Identifier: MIT */
/*
 * CAS's pages. This is the one place that knows what they look like; it is Apereo CAS 6's make, and what differs at
 * another university is changed here and in the names of student.c.
 *
 * The login page (GET /login) has
 *
 *     <form method="post" id="fm1" action="login">
 *         <input type="text" name="username"> <input type="password" name="password">
 *         <input type="hidden" name="execution" value="…"> <input type="hidden" name="_eventId" value="submit">
 *     </form>
 *
 * and sets a session's cookie. The form is recognised by its fields for a name and a password and by the hidden
 * "execution"; the names of the fields, the action and the other hidden fields are taken from the page as they are.
 *
 * A wrong password brings the same form again, with any status. A right one brings a page (behind redirects within CAS,
 * if any) with the profile as a JSON object in an element
 *
 *     <script id="profile" type="application/json">{"student_id":"…","name":"…",…}</script>
 *
 * which may have another id: the first script of that type whose object has a student's id is taken.
 *
 * Pure.
 */
#ifndef MAIN_CAS_PAGE_H
#define MAIN_CAS_PAGE_H

#include "login_form.h"
#include "student.h"

/* False when the page has no login form of CAS's. */
bool cas_page_find_form(poly_slice page, poly_arena *arena, login_form *form) POLY_MUST_CHECK;

/* False when the page has no profile with a student's id in it. */
bool cas_page_read_profile(poly_slice page, poly_arena *arena, student_profile *student) POLY_MUST_CHECK;

#endif
