/* SPDX-License-Identifier: MIT */
/*
 * The names that files had where they came from: for showing, never for opening a file.
 */
#ifndef SERVICES_FILE_NAME_H
#define SERVICES_FILE_NAME_H

#include "poly/arena.h"

enum { FILE_NAME_MAX_CHARACTERS = 120 };

/*
 * What is shown of a name (valid UTF-8): without directories, control characters and marks that turn the direction of
 * writing; cut in front of its ending when it is long; "file" if nothing is left. In the arena.
 */
const char *file_name_clean(poly_arena *arena, const char *sent);

/* A Content-Disposition (RFC 6266) that has the name in ASCII and, where that is not all, in UTF-8 (RFC 8187). In the
 * arena. */
const char *file_name_disposition(poly_arena *arena, const char *name);

#endif
