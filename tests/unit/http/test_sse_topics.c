/* SPDX-License-Identifier: MIT */
#include "http/sse.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#define MANY 1000

static struct sse_topics topics;
static struct sse_member members[MANY][2];

static const char *name_of(size_t i)
{
    static char name[32];

    snprintf(name, sizeof(name), "topic %zu", i);
    return name;
}

/* Few values, so that buckets have several and equal hashes meet. */
static uint64_t hash_of(size_t i)
{
    return i % 37;
}

static size_t count_members(const char *name, uint64_t hash)
{
    struct sse_topic *topic = sse_topics_find(&topics, name, hash);
    size_t count = 0;

    for (struct sse_member *member = topic ? topic->first : NULL; member; member = member->next)
        count++;
    return count;
}

START_TEST(members_come_and_go)
{
    ck_assert_ptr_null(sse_topics_find(&topics, "a", 1));
    for (size_t i = 0; i < MANY; i++)
        for (size_t k = 0; k < 2; k++)
            sse_topics_join(&topics, name_of(i), hash_of(i), &members[i][k]);
    ck_assert_uint_eq(topics.count, MANY);
    for (size_t i = 0; i < MANY; i++)
        ck_assert_uint_eq(count_members(name_of(i), hash_of(i)), 2);
    for (size_t i = 0; i < MANY; i++)
        sse_topics_leave(&topics, &members[i][i % 2]);
    for (size_t i = 0; i < MANY; i++)
        ck_assert_uint_eq(count_members(name_of(i), hash_of(i)), 1);
    for (size_t i = 0; i < MANY; i++)
        sse_topics_leave(&topics, &members[i][1 - i % 2]);
    ck_assert_uint_eq(topics.count, 0);
    ck_assert_ptr_null(sse_topics_find(&topics, name_of(3), hash_of(3)));
    sse_topics_release(&topics);
}
END_TEST

START_TEST(any_of_several_may_leave)
{
    struct sse_member three[3];

    for (size_t gone = 0; gone < 3; gone++) {
        for (size_t i = 0; i < 3; i++)
            sse_topics_join(&topics, "a", 7, &three[i]);
        sse_topics_leave(&topics, &three[gone]);
        ck_assert_uint_eq(count_members("a", 7), 2);
        for (size_t i = 0; i < 3; i++)
            if (i != gone)
                sse_topics_leave(&topics, &three[i]);
        ck_assert_uint_eq(topics.count, 0);
    }
    sse_topics_release(&topics);
    sse_topics_release(&topics);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sse topics");
    TCase *tests = tcase_create("sse topics");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tests, members_come_and_go);
    tcase_add_test(tests, any_of_several_may_leave);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
