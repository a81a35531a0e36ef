/* SPDX-License-Identifier: MIT */
/* What changes reaches the streams, whoever made the change and in whatever order it was committed. */
#include "kiosk_scene.h"

#include "poly/time.h"

#include "change_feed.h"
#include "store.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CROWD = 1200, NOBODY = 999999 };

static change_feed *feed;

/* /streams?topics=a,b: of kiosks; /statuses. The first event says that nothing is missed from here on. */
static void follow(poly_request *request, poly_sse_hub *hub, const char *const *topics)
{
    poly_sse *subscriber = poly_sse_join(request, hub, &(poly_sse_options){.topics = topics});

    poly_sse_send(subscriber, &(poly_sse_event){.name = "hello", .data = poly_slice_of("")});
    poly_sse_start(subscriber);
}

static void get_streams(poly_request *request)
{
    char *text = poly_arena_strdup(poly_request_arena(request), poly_request_query(request, "topics"));
    const char *topics[POLY_SSE_TOPICS_MAX + 1] = {NULL};
    size_t count = 0;
    char *rest;

    for (char *topic = strtok_r(text, ",", &rest); topic; topic = strtok_r(NULL, ",", &rest))
        topics[count++] = topic;
    follow(request, change_feed_kiosks(feed), topics);
}

static void get_statuses(poly_request *request)
{
    static const char *const topics[] = {STATUSES_TOPIC, NULL};

    follow(request, change_feed_statuses(feed), topics);
}

static const poly_route routes[] = {
    {POLY_GET, "/streams", .handler = get_streams},
    {POLY_GET, "/statuses", .handler = get_statuses},
    {.path = NULL},
};

static void set_up(void)
{
    make_database();
    begin_scene(routes);
    feed = change_feed_create(loopback.runtime, pool, presence);
}

static void tear_down(void)
{
    poly_server_drain(loopback.server);
    poly_runtime_stop(loopback.runtime);
    poly_server_destroy(&loopback.server);
    change_feed_destroy(&feed);
    poly_runtime_destroy(&loopback.runtime);
    end_scene();
}

/* --- kiosks, and what changes of them --- */

static void add_kiosks(unsigned count)
{
    char sql[256];

    snprintf(
        sql, sizeof(sql),
        "INSERT INTO tablets (id, secret_hash) SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,"
        " '' FROM generate_series(1, %u) n",
        count);
    postgres_run(url, sql);
}

#define CHANGE_OF(id) "INSERT INTO tablet_changes (tablet_id) VALUES ('00000000-0000-4000-8000-00000000000" id "')"

static void start_session(void)
{
    postgres_run(url, "INSERT INTO sessions (id, tablet_id, teacher_id, teacher_name, building_name, room_name,"
                      " discipline, qr_secret, rotate_seconds, ends_at) SELECT gen_random_uuid(), id,"
                      " gen_random_uuid(), 'Teacher', 'Building', 'Room', 'Physics', 'the-secret', 10,"
                      " now() + interval '1 hour' FROM tablets LIMIT 1; " CHANGE_OF("1"));
}

/* --- a client that follows --- */

struct client {
    int fd;
    char text[128 * 1024];
    size_t size;
};
static struct client first, second;

static bool read_more(struct client *client)
{
    ssize_t got = recv(client->fd, client->text + client->size, sizeof(client->text) - 1 - client->size, 0);

    client->size += got > 0 ? (size_t)got : 0;
    client->text[client->size] = '\0';
    return got > 0;
}

static void await_text(struct client *client, const char *text)
{
    while (!strstr(client->text, text))
        ck_assert_msg(read_more(client), "it ended before \"%s\": %s", text, client->text);
}

static void subscribe(struct client *client, const char *target)
{
    char request[1024];

    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", target);
    client->size = 0;
    client->text[0] = '\0';
    client->fd = loopback_connect(&loopback);
    loopback_send(client->fd, request, strlen(request));
    await_text(client, "event: hello");
}

/* A stream of the kiosk, which counts as watched from here on. */
static void watch(struct client *client, unsigned number, const char *view)
{
    char target[128];

    presence_enter(presence, kiosk(number), false);
    snprintf(target, sizeof(target), "/streams?topics=%s%%20%s", view, kiosk(number));
    subscribe(client, target);
}

/* Until it has looked once: who watches a kiosk that is not there is sent away then. */
static void start(void)
{
    char rest[1024];

    watch(&first, NOBODY, "own");
    change_feed_start(feed);
    ck_assert_int_ge(loopback_read_all(first.fd, rest, sizeof(rest)), 0);
    close(first.fd);
    presence_leave(presence, kiosk(NOBODY), false);
}

static unsigned count_events(const struct client *client, const char *name)
{
    unsigned count = 0;

    for (const char *at = client->text; (at = strstr(at, name)) != NULL; at++)
        count++;
    return count;
}

static void leave(struct client *client)
{
    close(client->fd);
}

/* --- what is said --- */

START_TEST(each_view_has_a_topic_of_its_own)
{
    char own[POLY_SSE_TOPIC_SIZE], other[POLY_SSE_TOPIC_SIZE];

    change_feed_topic(kiosk(1), TABLET_OWN, own);
    change_feed_topic(kiosk(1), TABLET_PUBLIC, other);
    ck_assert_str_ne(own, other);
    change_feed_topic(kiosk(2), TABLET_OWN, other);
    ck_assert_str_ne(own, other);
}
END_TEST

START_TEST(secrets_go_to_the_kiosk_alone)
{
    add_kiosks(1);
    start();
    watch(&first, 1, "own");
    watch(&second, 1, "public");
    start_session();
    change_feed_wake(feed);
    await_text(&first, "\"server_time\":\"");
    await_text(&second, "\"server_time\":\"");
    ck_assert_ptr_nonnull(strstr(first.text, "event: tablet"));
    ck_assert_ptr_nonnull(strstr(first.text, "\"qr_secret\":\"the-secret\""));
    ck_assert_ptr_nonnull(strstr(second.text, "\"discipline\":\"Physics\""));
    ck_assert_ptr_null(strstr(second.text, "the-secret"));
    leave(&first);
    leave(&second);
}
END_TEST

/* --- what reaches whom --- */

/* It read its state before the feed knew where to begin. */
START_TEST(what_changed_before_the_first_look_is_told)
{
    add_kiosks(1);
    watch(&first, 1, "own");
    start_session();
    change_feed_start(feed);
    await_text(&first, "Physics");
    leave(&first);
}
END_TEST

/* No wake-up, no notification: it looks by itself. */
START_TEST(a_change_that_nobody_speaks_of_is_found)
{
    add_kiosks(1);
    start();
    watch(&first, 1, "own");
    start_session();
    await_text(&first, "Physics");
    leave(&first);
}
END_TEST

/* The one with the lower number is committed last. */
START_TEST(a_transaction_that_commits_late_is_not_passed_over)
{
    PGconn *held;

    add_kiosks(2);
    start();
    watch(&first, 1, "own");
    watch(&second, 2, "own");
    held = hold_connection();
    say(held, "BEGIN");
    say(held, CHANGE_OF("1"));
    postgres_run(url, CHANGE_OF("2"));
    change_feed_wake(feed);
    await_text(&second, "event: tablet");
    ck_assert_ptr_null(strstr(first.text, "event: tablet"));
    say(held, "COMMIT");
    await_text(&first, "event: tablet");
    PQfinish(held);
    leave(&first);
    leave(&second);
}
END_TEST

/* More than are read at once. */
START_TEST(all_of_a_crowd_hear_of_it)
{
    static const unsigned some[] = {1, 500, 501, 999, 1000, 1001, CROWD - 1, CROWD};
    char target[1024] = "/streams?topics=";

    add_kiosks(CROWD);
    start();
    for (unsigned i = 1; i <= CROWD; i++)
        presence_enter(presence, kiosk(i), true);
    for (size_t i = 0; i < POLY_LENGTH(some); i++)
        snprintf(target + strlen(target), sizeof(target) - strlen(target), "own%%20%s,", kiosk(some[i]));
    subscribe(&first, target);
    postgres_run(url, "INSERT INTO tablet_changes (tablet_id) SELECT id FROM tablets");
    change_feed_wake(feed);
    for (size_t i = 0; i < POLY_LENGTH(some); i++)
        await_text(&first, kiosk(some[i]));
    leave(&first);
}
END_TEST

START_TEST(streams_of_a_kiosk_that_was_deleted_end)
{
    char rest[4096];

    add_kiosks(2);
    start();
    watch(&first, 1, "own");
    watch(&second, 1, "public");
    postgres_run(
        url,
        "UPDATE tablets SET deleted_at = now() WHERE id = '00000000-0000-4000-8000-000000000001'; " CHANGE_OF("1"));
    change_feed_wake(feed);
    ck_assert_int_ge(loopback_read_all(first.fd, rest, sizeof(rest)), 0);
    ck_assert_ptr_null(strstr(rest, "event: tablet"));
    ck_assert_int_ge(loopback_read_all(second.fd, rest, sizeof(rest)), 0);
    leave(&first);
    leave(&second);
}
END_TEST

/* --- other replicas --- */

START_TEST(other_replicas_are_told_once_it_is_committed)
{
    PGconn *held;
    PGnotify *notify = NULL;

    start();
    held = hold_connection();
    say(held, "LISTEN " CHANGES_CHANNEL);
    change_feed_wake(feed);
    for (int i = 0; i < 20 && !notify; i++) {
        struct pollfd ready = {.fd = PQsocket(held), .events = POLLIN};

        poll(&ready, 1, 1000);
        PQconsumeInput(held);
        notify = PQnotifies(held);
    }
    ck_assert_ptr_nonnull(notify);
    ck_assert_str_eq(notify->extra, presence_replica_id(presence));
    PQfreemem(notify);
    PQfinish(held);
}
END_TEST

START_TEST(it_goes_on_after_the_database_was_away)
{
    add_kiosks(1);
    start();
    watch(&first, 1, "own");
    start_session();
    await_text(&first, "Physics");
    postgres_crash();
    change_feed_wake(feed);
    postgres_restart();
    postgres_run(url, "UPDATE sessions SET discipline = 'Chemistry'; " CHANGE_OF("1"));
    await_text(&first, "Chemistry");
    leave(&first);
}
END_TEST

/* A database of which the transactions' numbers can be set back, as those of a restored copy are. */
#define OTHER_NUMBERS                                                                                      \
    "CREATE SCHEMA numbers; CREATE TABLE numbers.oldest AS SELECT '1000000'::xid8 AS number;"              \
    " CREATE FUNCTION numbers.pg_snapshot_xmin(pg_snapshot) RETURNS xid8 LANGUAGE sql STABLE AS"           \
    " 'SELECT number FROM numbers.oldest'; DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || current_database() ||" \
    " ' SET search_path = numbers, pg_catalog, public'; END $$"

START_TEST(a_restored_database_makes_it_tell_everything)
{
    add_kiosks(2);
    postgres_run(url, OTHER_NUMBERS);
    start();
    watch(&first, 1, "own");
    watch(&second, 2, "public");
    postgres_run(url, "UPDATE numbers.oldest SET number = '1000'");
    await_text(&first, "event: tablet");
    await_text(&second, "event: tablet");
    leave(&first);
    leave(&second);
}
END_TEST

/* --- statuses --- */

#define LOOKED                                                                                             \
    "SELECT coalesce(max(query_start)::text, '') FROM pg_stat_activity WHERE datname = current_database()" \
    " AND query LIKE '%json_build_object(''statuses''%' AND pid <> pg_backend_pid()"

/* Until the statuses have been read once more. */
static void await_another_look(void)
{
    char before[64], sql[512];

    snprintf(before, sizeof(before), "%s", postgres_run(url, LOOKED));
    snprintf(sql, sizeof(sql), "SELECT (%s) > '%s'", LOOKED, before);
    postgres_await(url, sql, "t");
}

START_TEST(administrators_hear_who_comes_and_nothing_twice)
{
    add_kiosks(1);
    start();
    presence_start(presence, poly_runtime_loop(loopback.runtime, 0));
    subscribe(&first, "/statuses");
    await_text(&first, "\"online\" : false");
    presence_enter(presence, kiosk(1), true);
    await_text(&first, "\"online\" : true");
    for (int i = 0; i < 3; i++)
        await_another_look();
    postgres_run(url, "INSERT INTO tablets (id, secret_hash) VALUES ('00000000-0000-4000-8000-000000000002', '')");
    await_text(&first, kiosk(2));
    ck_assert_uint_eq(count_events(&first, "event: statuses"), 3);
    leave(&first);
}
END_TEST

static void add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        secrets_go_to_the_kiosk_alone,
        what_changed_before_the_first_look_is_told,
        a_change_that_nobody_speaks_of_is_found,
        a_transaction_that_commits_late_is_not_passed_over,
        all_of_a_crowd_hear_of_it,
        streams_of_a_kiosk_that_was_deleted_end,
        other_replicas_are_told_once_it_is_committed,
        it_goes_on_after_the_database_was_away,
        a_restored_database_makes_it_tell_everything,
        administrators_hear_who_comes_and_nothing_twice,
    };
    TCase *cases = add_case(suite, "changes");

    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    for (size_t i = 0; i < POLY_LENGTH(tests); i++)
        tcase_add_test(cases, tests[i]);
}

int main(void)
{
    Suite *suite = suite_create("change_feed");

    postgres_begin();
    tcase_add_test(add_case(suite, "topics"), each_view_has_a_topic_of_its_own);
    add_tests(suite);
    return run_suite(suite);
}
