/* SPDX-License-Identifier: MIT */
/*
 * A conversation on one connection: the body of each request but the first is made of a text in the answer before it,
 * as with refresh tokens, each of which is good for one request.
 */
#ifndef LOAD_FOLLOW_H
#define LOAD_FOLLOW_H

#include <stddef.h>

struct follow {
    char *body; /* of the next request; NULL: this connection follows nothing */
    char *answer;
    size_t answer_length;
};

void follow_begin(struct follow *follow, const char *first_body);
/* Nothing of the next answer has been seen. */
void follow_reset(struct follow *follow);
void follow_take(struct follow *follow, const char *bytes, size_t length);
/* The answer is whole: the next body is {"member":"…"} with the answer's text. Without one the body stays as it is. */
void follow_answer(struct follow *follow, const char *member);
void follow_release(struct follow *follow);

#endif
