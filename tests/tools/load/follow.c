/* SPDX-License-Identifier: MIT */
#include "follow.h"

#include "lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_MAX = 32768 };

void follow_begin(struct follow *follow, const char *first_body)
{
    follow->body = malloc(LINE_MAX_LENGTH);
    follow->answer = malloc(ANSWER_MAX);
    if (!follow->body || !follow->answer)
        abort();
    snprintf(follow->body, LINE_MAX_LENGTH, "%s", first_body);
}

void follow_reset(struct follow *follow)
{
    follow->answer_length = 0;
}

void follow_take(struct follow *follow, const char *bytes, size_t length)
{
    size_t room = ANSWER_MAX - 1 - follow->answer_length;
    size_t taken = length < room ? length : room;

    memcpy(follow->answer + follow->answer_length, bytes, taken);
    follow->answer_length += taken;
}

void follow_answer(struct follow *follow, const char *member)
{
    char mark[128];
    const char *text;
    size_t size;

    follow->answer[follow->answer_length] = '\0';
    snprintf(mark, sizeof(mark), "\"%s\":\"", member);
    text = strstr(follow->answer, mark);
    if (!text)
        return;
    text += strlen(mark);
    size = strcspn(text, "\"");
    if (text[size] == '"' && size + strlen(mark) + 3 < LINE_MAX_LENGTH)
        snprintf(follow->body, LINE_MAX_LENGTH, "{%s%.*s\"}", mark, (int)size, text);
}

void follow_release(struct follow *follow)
{
    free(follow->body);
    free(follow->answer);
}
