/* SPDX-License-Identifier: MIT */
#include "paths.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads "{a..b}" at `text`; the number of its bytes, 0 when it is something else. */
static size_t parse_range(const char *text, struct path_range *range)
{
    unsigned long long first, last;
    int length = 0;

    if (sscanf(text, "{%llu..%llu}%n", &first, &last, &length) != 2 || length == 0 || last < first)
        return 0;
    range->first = first;
    range->count = last - first + 1;
    return (size_t)length;
}

static bool parse_pattern(struct path_pattern *pattern, const char **fault)
{
    const char *text = pattern->text;

    pattern->count = 1;
    for (size_t at = 0; text[at];) {
        struct path_range range;
        size_t length;

        if (text[at] != '{') {
            at++;
            continue;
        }
        length = parse_range(text + at, &range);
        if (length == 0 || pattern->range_count == PATH_MAX_RANGES) {
            *fault = "a range is {first..last}, at most four of them";
            return false;
        }
        range.begin = at;
        range.end = at + length;
        pattern->ranges[pattern->range_count++] = range;
        if (pattern->count > UINT32_MAX / range.count) {
            *fault = "too many paths";
            return false;
        }
        pattern->count *= range.count;
        at += length;
    }
    return true;
}

bool paths_add(struct paths *paths, const char *text, const char **fault)
{
    struct path_pattern pattern = {.before = paths->count};
    struct path_pattern *grown;

    if (text[0] != '/' || strlen(text) >= PATH_MAX_LENGTH || strpbrk(text, " \r\n")) {
        *fault = "a path begins with /, is shorter than 2048 bytes and has no space";
        return false;
    }
    pattern.text = strdup(text);
    grown = realloc(paths->patterns, (paths->pattern_count + 1) * sizeof(*grown));
    if (!pattern.text || !grown)
        abort();
    paths->patterns = grown;
    if (!parse_pattern(&pattern, fault)) {
        free(pattern.text);
        return false;
    }
    paths->patterns[paths->pattern_count++] = pattern;
    paths->count += pattern.count;
    return true;
}

bool paths_add_file(struct paths *paths, const char *name, const char **fault)
{
    char line[PATH_MAX_LENGTH + 2];
    bool right = true;
    FILE *file = fopen(name, "r");

    if (!file) {
        *fault = "the file of paths cannot be opened";
        return false;
    }
    while (right && fgets(line, sizeof(line), file)) {
        line[strcspn(line, "\r\n")] = '\0';
        if (line[0])
            right = paths_add(paths, line, fault);
    }
    fclose(file);
    return right;
}

static const struct path_pattern *find_pattern(const struct paths *paths, uint64_t number)
{
    size_t low = 0, high = paths->pattern_count;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (paths->patterns[middle].before <= number)
            low = middle;
        else
            high = middle;
    }
    return &paths->patterns[low];
}

size_t paths_write(const struct paths *paths, uint64_t number, char *out, size_t room)
{
    const struct path_pattern *pattern = find_pattern(paths, number);
    uint64_t rest = number - pattern->before;
    size_t length = 0, from = 0;

    for (unsigned i = 0; i < pattern->range_count; i++) {
        const struct path_range *range = &pattern->ranges[i];
        int wrote = snprintf(out + length, room - length, "%.*s%" PRIu64, (int)(range->begin - from),
                             pattern->text + from, range->first + rest % range->count);

        if (wrote < 0 || (size_t)wrote >= room - length)
            return 0;
        length += (size_t)wrote;
        rest /= range->count;
        from = range->end;
    }
    if (strlen(pattern->text + from) >= room - length)
        return 0;
    memcpy(out + length, pattern->text + from, strlen(pattern->text + from));
    return length + strlen(pattern->text + from);
}

void paths_release(struct paths *paths)
{
    for (size_t i = 0; i < paths->pattern_count; i++)
        free(paths->patterns[i].text);
    free(paths->patterns);
    *paths = (struct paths){0};
}
