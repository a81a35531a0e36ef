/* SPDX-License-Identifier: MIT */
#include "poly/throttle.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/network.h"
#include "poly/random.h"
#include "poly/time.h"

#define DEFAULT_CAPACITY       65536u
#define DEFAULT_FREE           5u
#define DEFAULT_FIRST_DELAY_MS 1000u
#define DEFAULT_MAX_DELAY_MS   900000u
#define DEFAULT_FORGET_MS      60000u

/* A key has its place in one set; the set's other places are its neighbours. */
enum { WAYS = 8, MOST_DOUBLINGS = 40 };

struct place {
    uint64_t key;           /* keyed hash; 0: free */
    uint32_t attempts;      /* not forgotten yet */
    uint32_t forgotten_at;  /* ms since the throttle's start: when the last one was forgotten */
    uint64_t blocked_until; /* the same clock */
};

struct poly_throttle {
    pthread_mutex_t mutex;
    poly_throttle_options options;
    unsigned char secret[crypto_shorthash_KEYBYTES]; /* or keys could be chosen that share a set */
    uint64_t start;
    size_t set_count;
    struct place places[];
};

static unsigned or_default(unsigned value, unsigned otherwise)
{
    return value ? value : otherwise;
}

poly_throttle *poly_throttle_create(const poly_throttle_options *options)
{
    size_t capacity = options->capacity ? options->capacity : DEFAULT_CAPACITY;
    size_t set_count = (capacity + WAYS - 1) / WAYS;
    poly_throttle *throttle = poly_alloc_zero(1, sizeof(*throttle) + set_count * WAYS * sizeof(throttle->places[0]));

    pthread_mutex_init(&throttle->mutex, NULL);
    throttle->options = (poly_throttle_options){
        .free_attempts = or_default(options->free_attempts, DEFAULT_FREE),
        .first_delay_ms = or_default(options->first_delay_ms, DEFAULT_FIRST_DELAY_MS),
        .max_delay_ms = or_default(options->max_delay_ms, DEFAULT_MAX_DELAY_MS),
        .forget_ms = or_default(options->forget_ms, DEFAULT_FORGET_MS),
    };
    poly_random_bytes(throttle->secret, sizeof(throttle->secret));
    throttle->set_count = set_count;
    throttle->start = poly_time_monotonic();
    return throttle;
}

void poly_throttle_destroy(poly_throttle **throttle)
{
    if (!*throttle)
        return;
    pthread_mutex_destroy(&(*throttle)->mutex);
    free(*throttle);
    *throttle = NULL;
}

/* In ms; 49 days until it wraps, which only makes a key's attempts forgotten too early or a day late. */
static uint64_t now_of(const poly_throttle *throttle)
{
    return (poly_time_monotonic() - throttle->start) / 1000;
}

static uint64_t hash_of(const poly_throttle *throttle, poly_slice key)
{
    union {
        unsigned char bytes[crypto_shorthash_BYTES];
        uint64_t number;
    } hash;

    crypto_shorthash(hash.bytes, (const unsigned char *)key.data, key.size, throttle->secret);
    return hash.number ? hash.number : 1;
}

static void forget(const poly_throttle *throttle, struct place *place, uint64_t now)
{
    uint32_t passed = (uint32_t)now - place->forgotten_at;
    uint32_t count = passed / throttle->options.forget_ms;

    place->attempts -= count < place->attempts ? count : place->attempts;
    place->forgotten_at += count * throttle->options.forget_ms;
}

static struct place *set_of(poly_throttle *throttle, uint64_t key)
{
    return &throttle->places[key % throttle->set_count * WAYS];
}

/* NULL if the key has no place. */
static struct place *find(poly_throttle *throttle, uint64_t key, uint64_t now)
{
    struct place *set = set_of(throttle, key);

    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].key == key) {
            forget(throttle, &set[i], now);
            return &set[i];
        }
    }
    return NULL;
}

/* Whether forgetting `a` loses less than forgetting `b`: first those who are not blocked, then those with few attempts.
 */
static bool weighs_less(const struct place *a, const struct place *b, uint64_t now)
{
    bool a_blocked = now < a->blocked_until, b_blocked = now < b->blocked_until;

    return a_blocked != b_blocked ? b_blocked : a->attempts < b->attempts;
}

/* A free place, or that of the neighbour who weighs least. */
static struct place *make_room(poly_throttle *throttle, uint64_t key, uint64_t now)
{
    struct place *set = set_of(throttle, key);
    struct place *least = &set[0];

    for (size_t i = 0; i < WAYS; i++) {
        forget(throttle, &set[i], now);
        if (!set[i].key || (least->key && weighs_less(&set[i], least, now)))
            least = &set[i];
    }
    *least = (struct place){.key = key, .forgotten_at = (uint32_t)now};
    return least;
}

static uint64_t delay_after(const poly_throttle *throttle, uint32_t attempts)
{
    uint32_t doublings = attempts - throttle->options.free_attempts;
    uint64_t delay;

    if (attempts < throttle->options.free_attempts)
        return 0;
    delay = (uint64_t)throttle->options.first_delay_ms << (doublings < MOST_DOUBLINGS ? doublings : MOST_DOUBLINGS);
    return delay < throttle->options.max_delay_ms ? delay : throttle->options.max_delay_ms;
}

static uint64_t enter(poly_throttle *throttle, uint64_t key, uint64_t now)
{
    struct place *place = find(throttle, key, now);

    if (!place)
        place = make_room(throttle, key, now);
    if (now < place->blocked_until)
        return place->blocked_until - now;
    if (place->attempts < UINT32_MAX)
        place->attempts++;
    place->blocked_until = now + delay_after(throttle, place->attempts);
    return 0;
}

unsigned poly_throttle_enter(poly_throttle *throttle, poly_slice key)
{
    uint64_t hash = hash_of(throttle, key);
    uint64_t wait;

    pthread_mutex_lock(&throttle->mutex);
    wait = enter(throttle, hash, now_of(throttle));
    pthread_mutex_unlock(&throttle->mutex);
    return (unsigned)((wait + 999) / 1000);
}

void poly_throttle_refund(poly_throttle *throttle, poly_slice key)
{
    uint64_t hash = hash_of(throttle, key);
    struct place *place;

    pthread_mutex_lock(&throttle->mutex);
    place = find(throttle, hash, now_of(throttle));
    if (place && place->attempts) {
        place->attempts--;
        place->blocked_until = 0;
    }
    pthread_mutex_unlock(&throttle->mutex);
}

void poly_throttle_reset(poly_throttle *throttle, poly_slice key)
{
    uint64_t hash = hash_of(throttle, key);
    struct place *place;

    pthread_mutex_lock(&throttle->mutex);
    place = find(throttle, hash, now_of(throttle));
    if (place)
        *place = (struct place){0};
    pthread_mutex_unlock(&throttle->mutex);
}

const char *poly_throttle_network(const char *address, poly_arena *arena)
{
    struct network_address parsed;
    char text[NETWORK_TEXT_SIZE];

    if (!strchr(address, ':') || !network_address_parse(poly_slice_of(address), &parsed))
        return address;
    network_address_format(&parsed, text);
    if (!strchr(text, ':')) /* an IPv4 address in its mapped form */
        return poly_arena_strdup(arena, text);
    memset(parsed.bytes + 8, 0, 8);
    network_address_format(&parsed, text);
    return poly_arena_printf(arena, "%s/64", text);
}
