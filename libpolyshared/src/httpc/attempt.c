/* SPDX-License-Identifier: MIT */
#include "httpc/attempt.h"

#include "httpc/fields.h"
#include "httpc/outgoing.h"
#include "poly/strbuf.h"
#include "poly/time.h"

#include <assert.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

enum { MAX_HEADER_BYTES = 64 * 1024, LOW_SPEED_BYTES_PER_SECOND = 1024, MAX_RETRY_AFTER = 24 * 3600 };

/* Idle connections are dropped before a server of the platform would close them (after 60 s). */
enum { MAX_IDLE_SECONDS = 50 };

/* A peer that has vanished is noticed in 25 s: silence by keepalive probes, what it does not acknowledge by the
 * time-out. */
enum { PROBE_AFTER_SECONDS = 10, PROBE_EVERY_SECONDS = 5, PROBES = 3, PEER_SILENT_MS = 20000 };

/* Debian's hashed directory: one certificate is read when it is needed, where the bundle is parsed whole. */
#define CERTIFICATES "/etc/ssl/certs"

struct exchange {
    poly_attempt *attempt;
    poly_transfer transfer;
    struct curl_slist *headers;
    poly_strbuf body;
    poly_strbuf fields;
    size_t header_bytes;
    const char *refusal; /* why this side broke off */
    /* Speed is measured over windows of low_speed_ms, the first of which begins with the body. */
    uint64_t window_start; /* 0 before the body */
    size_t window_base;    /* bytes there at its start */
};

/* --- what comes in: called by libcurl, on the loop's stack --- */

static size_t take_header(char *line, size_t unit, size_t size, void *argument)
{
    struct exchange *exchange = argument;
    long status = 0;

    exchange->header_bytes += size * unit;
    if (exchange->header_bytes > MAX_HEADER_BYTES) {
        exchange->refusal = "the header is too large";
        return 0;
    }
    if (!exchange->window_start) /* what comes behind the body is no header */
        httpc_fields_take(&exchange->fields, line, size * unit);
    if (!exchange->window_start && (*line == '\r' || *line == '\n')) {
        curl_easy_getinfo(exchange->transfer.easy, CURLINFO_RESPONSE_CODE, &status);
        if (status >= 200)
            exchange->window_start = poly_time_monotonic();
    }
    return size * unit;
}

static size_t take_body(char *bytes, size_t unit, size_t size, void *argument)
{
    struct exchange *exchange = argument;

    if (!poly_strbuf_append(&exchange->body, bytes, size * unit)) {
        exchange->refusal = "the body is too large";
        return 0;
    }
    return size * unit;
}

/* --- how it is sent --- */

static void must(CURLcode code)
{
    assert(code == CURLE_OK);
    (void)code;
}

static void set_protocol(CURL *easy)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    must(curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https"));
#else
    must(curl_easy_setopt(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS)));
#endif
#if LIBCURL_VERSION_NUM >= 0x075700
    /* Giving up must not wait for the thread that resolves the name. */
    must(curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L));
#endif
    must(curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1));
    must(curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L));
    must(curl_easy_setopt(easy, CURLOPT_PROXY, ""));
    must(curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED));
    must(curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L));
    must(curl_easy_setopt(easy, CURLOPT_USERAGENT, "poly/" POLY_VERSION));
    must(curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2));
    must(curl_easy_setopt(easy, CURLOPT_CAINFO, NULL));
    must(curl_easy_setopt(easy, CURLOPT_CAPATH, CERTIFICATES));
}

/* CURLOPT_SOCKOPTFUNCTION: what libcurl has no option of its own for. */
static int set_socket(void *context, curl_socket_t socket, curlsocktype purpose)
{
    int probes = PROBES;
    unsigned silent = PEER_SILENT_MS;

    (void)context;
    (void)purpose;
    setsockopt(socket, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof(probes));
    setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &silent, sizeof(silent));
    return CURL_SOCKOPT_OK;
}

static void set_connection(CURL *easy, const poly_attempt *attempt)
{
    /*
     * On a connection that served before, libcurl sends a request again when the peer hangs up before the first
     * byte of the answer, whether or not the peer has acted on it. A request that must not be sent twice therefore gets
     * a connection of its own.
     */
    long alone = !poly_outgoing_is_idempotent(attempt->request);

    must(curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, alone));
    must(curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, alone));
    must(curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)MAX_IDLE_SECONDS));
    /* Replicas come and go: an address that was good a minute ago is perhaps nobody's now. */
    must(curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, 1L));
    must(curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)attempt->options->connect_timeout_ms));
    must(curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L));
    must(curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L));
    must(curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, (long)PROBE_AFTER_SECONDS));
    must(curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, (long)PROBE_EVERY_SECONDS));
    must(curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, set_socket));
}

static void set_method(CURL *easy, const poly_httpc_request *request)
{
    bool bare = request->body.size == 0 && (request->method == POLY_DELETE || request->method == POLY_OPTIONS);

    if (request->method == POLY_GET) {
        must(curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L));
        return;
    }
    if (request->method == POLY_HEAD) {
        must(curl_easy_setopt(easy, CURLOPT_NOBODY, 1L));
        return;
    }
    must(curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, poly_method_name(request->method)));
    if (bare)
        return;
    must(curl_easy_setopt(easy, CURLOPT_POST, 1L));
    must(curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.size));
    must(curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body.size ? request->body.data : ""));
}

static void set_request(CURL *easy, struct exchange *exchange)
{
    const poly_attempt *attempt = exchange->attempt;

    exchange->headers = poly_outgoing_headers(attempt->options->headers, attempt->request);
    must(curl_easy_setopt(easy, CURLOPT_URL, attempt->url));
    must(curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L));
    must(curl_easy_setopt(easy, CURLOPT_HTTPHEADER, exchange->headers));
    must(curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip"));
    set_method(easy, attempt->request);
}

static void set_answer(CURL *easy, struct exchange *exchange)
{
    const poly_attempt *attempt = exchange->attempt;

    must(curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange->attempt->error));
    must(curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header));
    must(curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange));
    must(curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body));
    must(curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange));
    /* The length that HEAD announces is of no body that will come. */
    if (attempt->request->method != POLY_HEAD)
        must(curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)attempt->options->max_body));
}

/* --- the wait --- */

/* Moves the window on when it is over; true when too little of the body came in it. */
static bool window_is_slow(struct exchange *exchange, uint64_t now)
{
    uint64_t length = POLY_MILLISECONDS(exchange->attempt->options->low_speed_ms);
    size_t came = exchange->body.size - exchange->window_base;

    if (!exchange->window_start || now < exchange->window_start + length)
        return false;
    exchange->window_start = now;
    exchange->window_base = exchange->body.size;
    return came < length * LOW_SPEED_BYTES_PER_SECOND / POLY_SECONDS(1);
}

static poly_result wait_for_end(struct exchange *exchange)
{
    uint64_t length = POLY_MILLISECONDS(exchange->attempt->options->low_speed_ms);
    uint64_t deadline = exchange->attempt->deadline;
    uint64_t now = poly_time_monotonic();

    for (;;) {
        uint64_t look = (exchange->window_start ? exchange->window_start : now) + length;
        poly_result result = poly_wait_until(&exchange->transfer.wait, look < deadline ? look : deadline);

        now = poly_time_monotonic();
        if (result != POLY_TIMEOUT || now >= deadline)
            return result;
        if (window_is_slow(exchange, now)) {
            exchange->refusal = "the body comes too slowly";
            return POLY_TIMEOUT;
        }
    }
}

/* --- the judgement --- */

static poly_result judge_status(struct exchange *exchange, poly_httpc_response *response)
{
    long status = 0;
    curl_off_t retry_after = 0;

    curl_easy_getinfo(exchange->transfer.easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(exchange->transfer.easy, CURLINFO_RETRY_AFTER, &retry_after);
    if (status < 200 || status > 599) {
        exchange->refusal = "the status is none of HTTP's";
        return POLY_BAD_ANSWER;
    }
    response->status = (int)status;
    if (retry_after > 0)
        response->retry_after = (unsigned)(retry_after < MAX_RETRY_AFTER ? retry_after : MAX_RETRY_AFTER);
    if (status < 500)
        return POLY_OK;
    exchange->refusal = "the upstream answered with a server error";
    return POLY_UNAVAILABLE;
}

static poly_result judge(struct exchange *exchange, poly_httpc_response *response)
{
    switch (exchange->transfer.code) {
    case CURLE_OK:
        return judge_status(exchange, response);
    case CURLE_WRITE_ERROR: /* take_header or take_body refused */
    case CURLE_FILESIZE_EXCEEDED:
    case CURLE_PARTIAL_FILE:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_UNSUPPORTED_PROTOCOL: /* HTTP/0.9, which is to say no HTTP */
    case CURLE_WEIRD_SERVER_REPLY:
        return POLY_BAD_ANSWER;
    default: /* no name, no connection (a connect that took too long included), no handshake, a reset */
        return POLY_UNAVAILABLE;
    }
}

/* With a NUL behind it. */
static poly_slice copy_of(const poly_strbuf *bytes, poly_arena *arena)
{
    char *copy = poly_arena_alloc(arena, bytes->size + 1);

    if (bytes->size > 0)
        memcpy(copy, bytes->data, bytes->size);
    copy[bytes->size] = '\0';
    return (poly_slice){.data = copy, .size = bytes->size};
}

static void keep_answer(struct exchange *exchange, poly_arena *arena, poly_httpc_response *response)
{
    const char *content_type = NULL;

    response->body = copy_of(&exchange->body, arena);
    response->fields = copy_of(&exchange->fields, arena);
    curl_easy_getinfo(exchange->transfer.easy, CURLINFO_CONTENT_TYPE, &content_type);
    if (content_type)
        response->content_type = poly_arena_strdup(arena, content_type);
}

static void explain(struct exchange *exchange, poly_result result)
{
    char *error = exchange->attempt->error;

    if (result == POLY_OK)
        *error = '\0';
    else if (exchange->refusal)
        snprintf(error, CURL_ERROR_SIZE, "%s", exchange->refusal);
    else if (result == POLY_TIMEOUT)
        snprintf(error, CURL_ERROR_SIZE, "no full answer in time");
    else if (!*error)
        snprintf(error, CURL_ERROR_SIZE, "%s", curl_easy_strerror(exchange->transfer.code));
}

poly_result poly_attempt_run(poly_attempt *attempt, poly_curl_loop *loop, poly_arena *arena,
                             poly_httpc_response *response)
{
    struct exchange exchange = {.attempt = attempt};
    poly_result result;

    *response = (poly_httpc_response){.body = {.data = "", .size = 0}, .content_type = ""};
    *attempt->error = '\0';
    poly_strbuf_init(&exchange.body, attempt->options->max_body);
    poly_strbuf_init(&exchange.fields, MAX_HEADER_BYTES);
    poly_transfer_init(loop, &exchange.transfer);
    exchange.transfer.secret = attempt->request->secret;
    set_protocol(exchange.transfer.easy);
    set_connection(exchange.transfer.easy, attempt);
    set_request(exchange.transfer.easy, &exchange);
    set_answer(exchange.transfer.easy, &exchange);

    poly_transfer_start(loop, &exchange.transfer);
    result = wait_for_end(&exchange);
    if (result == POLY_OK)
        result = judge(&exchange, response);
    if (result == POLY_OK)
        keep_answer(&exchange, arena, response);
    explain(&exchange, result);

    poly_transfer_stop(loop, &exchange.transfer);
    curl_slist_free_all(exchange.headers);
    poly_strbuf_release(&exchange.body);
    poly_strbuf_release(&exchange.fields);
    return result;
}
