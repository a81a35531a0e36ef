/* SPDX-License-Identifier: MIT */
/*
 * Recorded answers of a real RUZ: a directory with files and an index.tsv, whose lines are a request target below
 * RUZ's base path, a tab, and the file that answers it.
 */
#ifndef CAMPUS_REPLAY_H
#define CAMPUS_REPLAY_H

#include "answer_book.h"

/* Reads the directory into a new book; NULL with a line in `fault` when it cannot. `base` goes before each target. */
answer_book *replay_load(const char *directory, const char *base, poly_strbuf *fault);

#endif
