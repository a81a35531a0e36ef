/* SPDX-License-Identifier: MIT */
#include "http/sse.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BUCKETS 64u

static struct sse_topic **bucket_of(const struct sse_topics *topics, uint64_t hash)
{
    return &topics->buckets[hash & (topics->bucket_count - 1)];
}

void sse_topics_release(struct sse_topics *topics)
{
    assert(topics->count == 0);
    free(topics->buckets);
    *topics = (struct sse_topics){0};
}

struct sse_topic *sse_topics_find(const struct sse_topics *topics, const char *name, uint64_t hash)
{
    struct sse_topic *topic = topics->bucket_count ? *bucket_of(topics, hash) : NULL;

    while (topic && (topic->hash != hash || strcmp(topic->name, name) != 0))
        topic = topic->next;
    return topic;
}

static void grow(struct sse_topics *topics)
{
    struct sse_topics grown = {.bucket_count = topics->bucket_count ? 2 * topics->bucket_count : FIRST_BUCKETS,
                               .count = topics->count};

    grown.buckets = poly_alloc_zero(grown.bucket_count, sizeof(*grown.buckets));
    for (size_t i = 0; i < topics->bucket_count; i++) {
        for (struct sse_topic *topic = topics->buckets[i], *next; topic; topic = next) {
            struct sse_topic **bucket = bucket_of(&grown, topic->hash);

            next = topic->next;
            topic->next = *bucket;
            *bucket = topic;
        }
    }
    free(topics->buckets);
    *topics = grown;
}

static struct sse_topic *add(struct sse_topics *topics, const char *name, uint64_t hash)
{
    size_t size = strlen(name) + 1;
    struct sse_topic *topic = poly_alloc(sizeof(*topic) + size);
    struct sse_topic **bucket;

    if (topics->count >= topics->bucket_count)
        grow(topics);
    bucket = bucket_of(topics, hash);
    *topic = (struct sse_topic){.next = *bucket, .hash = hash};
    memcpy(topic->name, name, size);
    *bucket = topic;
    topics->count++;
    return topic;
}

void sse_topics_join(struct sse_topics *topics, const char *name, uint64_t hash, struct sse_member *member)
{
    struct sse_topic *topic = sse_topics_find(topics, name, hash);

    if (!topic)
        topic = add(topics, name, hash);
    member->topic = topic;
    member->previous = NULL;
    member->next = topic->first;
    if (member->next)
        member->next->previous = member;
    topic->first = member;
}

static void drop(struct sse_topics *topics, struct sse_topic *topic)
{
    struct sse_topic **at = bucket_of(topics, topic->hash);

    while (*at != topic)
        at = &(*at)->next;
    *at = topic->next;
    free(topic);
    topics->count--;
}

void sse_topics_leave(struct sse_topics *topics, struct sse_member *member)
{
    struct sse_topic *topic = member->topic;

    if (member->previous)
        member->previous->next = member->next;
    else
        topic->first = member->next;
    if (member->next)
        member->next->previous = member->previous;
    if (!topic->first)
        drop(topics, topic);
}
