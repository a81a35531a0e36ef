/* SPDX-License-Identifier: MIT */
/*
 * The attendees of a session as a table for a spreadsheet, and what its file is called.
 */
#ifndef TRAFFIC_ATTENDANCE_SHEET_H
#define TRAFFIC_ATTENDANCE_SHEET_H

#include "poly/http.h"
#include "poly/sheet.h"

#include "session.h"

/* In the order of `entries`; in the arena. */
poly_sheet attendance_sheet(const attendance_entry *entries, size_t count, poly_language language, poly_arena *arena);

/* Content-Disposition (RFC 6266) of the session's file with this extension: its subject and day; in the arena. */
const char *attendance_file(const lesson_session *session, const char *extension, poly_language language,
                            poly_arena *arena);

#endif
