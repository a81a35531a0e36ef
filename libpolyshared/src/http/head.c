/* SPDX-License-Identifier: MIT */
#include "http/head.h"

#include <string.h>

static const unsigned char token_characters[256] = {
    ['!'] = 1, ['#'] = 1, ['$'] = 1, ['%'] = 1, ['&'] = 1, ['\''] = 1, ['*'] = 1, ['+'] = 1, ['-'] = 1, ['.'] = 1,
    ['^'] = 1, ['_'] = 1, ['`'] = 1, ['|'] = 1, ['~'] = 1, ['0'] = 1,  ['1'] = 1, ['2'] = 1, ['3'] = 1, ['4'] = 1,
    ['5'] = 1, ['6'] = 1, ['7'] = 1, ['8'] = 1, ['9'] = 1, ['a'] = 1,  ['b'] = 1, ['c'] = 1, ['d'] = 1, ['e'] = 1,
    ['f'] = 1, ['g'] = 1, ['h'] = 1, ['i'] = 1, ['j'] = 1, ['k'] = 1,  ['l'] = 1, ['m'] = 1, ['n'] = 1, ['o'] = 1,
    ['p'] = 1, ['q'] = 1, ['r'] = 1, ['s'] = 1, ['t'] = 1, ['u'] = 1,  ['v'] = 1, ['w'] = 1, ['x'] = 1, ['y'] = 1,
    ['z'] = 1, ['A'] = 1, ['B'] = 1, ['C'] = 1, ['D'] = 1, ['E'] = 1,  ['F'] = 1, ['G'] = 1, ['H'] = 1, ['I'] = 1,
    ['J'] = 1, ['K'] = 1, ['L'] = 1, ['M'] = 1, ['N'] = 1, ['O'] = 1,  ['P'] = 1, ['Q'] = 1, ['R'] = 1, ['S'] = 1,
    ['T'] = 1, ['U'] = 1, ['V'] = 1, ['W'] = 1, ['X'] = 1, ['Y'] = 1,  ['Z'] = 1,
};

static const struct {
    const char *name;
    size_t size;
} known_fields[HTTP_KNOWN_COUNT] = {
#define KNOWN(text)            \
    {                          \
        text, sizeof(text) - 1 \
    }
    [HTTP_ACCEPT_ENCODING] = KNOWN("accept-encoding"),
    [HTTP_ACCEPT_LANGUAGE] = KNOWN("accept-language"),
    [HTTP_CONNECTION] = KNOWN("connection"),
    [HTTP_CONTENT_LENGTH] = KNOWN("content-length"),
    [HTTP_CONTENT_TYPE] = KNOWN("content-type"),
    [HTTP_EXPECT] = KNOWN("expect"),
    [HTTP_HOST] = KNOWN("host"),
    [HTTP_IF_NONE_MATCH] = KNOWN("if-none-match"),
    [HTTP_ORIGIN] = KNOWN("origin"),
    [HTTP_TRACEPARENT] = KNOWN("traceparent"),
    [HTTP_TRANSFER_ENCODING] = KNOWN("transfer-encoding"),
    [HTTP_X_REQUEST_ID] = KNOWN("x-request-id"),
#undef KNOWN
};

static const char *const method_names[] = {
    [POLY_GET] = "GET",     [POLY_HEAD] = "HEAD",     [POLY_POST] = "POST",       [POLY_PUT] = "PUT",
    [POLY_PATCH] = "PATCH", [POLY_DELETE] = "DELETE", [POLY_OPTIONS] = "OPTIONS",
};

const char *poly_method_name(poly_method method)
{
    return (size_t)method < POLY_LENGTH(method_names) ? method_names[method] : "OTHER";
}

bool http_is_token(poly_slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if (!token_characters[(unsigned char)text.data[i]])
            return false;
    return text.size > 0;
}

static poly_slice trim(poly_slice text)
{
    while (text.size && (text.data[0] == ' ' || text.data[0] == '\t')) {
        text.data++;
        text.size--;
    }
    while (text.size && (text.data[text.size - 1] == ' ' || text.data[text.size - 1] == '\t'))
        text.size--;
    return text;
}

bool http_list_contains(poly_slice list, const char *token)
{
    while (list.size) {
        const char *comma = memchr(list.data, ',', list.size);
        size_t size = comma ? (size_t)(comma - list.data) : list.size;

        if (poly_slice_equal_nocase(trim((poly_slice){list.data, size}), token))
            return true;
        if (!comma)
            break;
        list.data += size + 1;
        list.size -= size + 1;
    }
    return false;
}

static enum http_head_status refuse(struct http_refusal *refusal, int status, const char *reason)
{
    *refusal = (struct http_refusal){status, reason};
    return HTTP_HEAD_REFUSED;
}

/*
 * The size of the head with its empty line, 0 if it is not all there. Each LF must follow a CR; looking at line
 * ends as they arrive refuses bare LF at once instead of at the deadline.
 */
static enum http_head_status find_end(const char *data, size_t size, size_t start, size_t *scanned, size_t *end,
                                      struct http_refusal *refusal)
{
    size_t limit = size < start + HTTP_HEAD_MAX_SIZE ? size : start + HTTP_HEAD_MAX_SIZE;
    size_t at = *scanned > start ? *scanned : start;
    const char *newline;

    while (at < limit && (newline = memchr(data + at, '\n', limit - at))) {
        size_t position = (size_t)(newline - data);

        if (position == start || data[position - 1] != '\r')
            return refuse(refusal, 400, "a line ends in a bare LF");
        if (position >= start + 3 && data[position - 2] == '\n') {
            *end = position + 1;
            return HTTP_HEAD_DONE;
        }
        at = position + 1;
    }
    *scanned = limit;
    if (limit < size)
        return refuse(refusal, 431, "the header fields are over 16 KiB");
    return HTTP_HEAD_PARTIAL;
}

static enum http_head_status parse_version(poly_slice text, struct http_head *head, struct http_refusal *refusal)
{
    if (text.size != 8 || memcmp(text.data, "HTTP/", 5) != 0 || text.data[6] != '.')
        return refuse(refusal, 400, "the request line does not end in an HTTP version");
    if (text.data[5] != '1' || (text.data[7] != '0' && text.data[7] != '1'))
        return refuse(refusal, 505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
    head->minor = (unsigned)(text.data[7] - '0');
    return HTTP_HEAD_DONE;
}

/* Absolute form: what stands before the path is the authority, which must be there, and has no query in it. */
static bool strip_authority(poly_slice *target)
{
    static const char *const schemes[] = {"http://", "https://"};

    for (size_t i = 0; i < POLY_LENGTH(schemes); i++) {
        size_t size = strlen(schemes[i]);
        const char *slash;

        if (target->size <= size || !poly_slice_equal_nocase((poly_slice){target->data, size}, schemes[i]))
            continue;
        slash = memchr(target->data + size, '/', target->size - size);
        if (!slash || slash == target->data + size ||
            memchr(target->data + size, '?', (size_t)(slash - target->data) - size))
            return false;
        target->size -= (size_t)(slash - target->data);
        target->data = slash;
        return true;
    }
    return false;
}

static enum http_head_status parse_target(poly_slice target, struct http_head *head, struct http_refusal *refusal)
{
    const char *question;

    for (size_t i = 0; i < target.size; i++) {
        unsigned char c = (unsigned char)target.data[i];
        /* Bytes above ASCII are no part of a URI, yet people type them; the decoder checks that they are UTF-8. */
        if (c <= ' ' || c == 0x7f || c == '#')
            return refuse(refusal, 400, "the request target has a character that must be percent-encoded");
    }
    if (head->method == POLY_OPTIONS && poly_slice_equal(target, "*")) {
        head->path = target;
        return HTTP_HEAD_DONE;
    }
    if ((target.size == 0 || target.data[0] != '/') && !strip_authority(&target))
        return refuse(refusal, 400, "the request target is neither a path nor an http URL");
    question = memchr(target.data, '?', target.size);
    head->path = (poly_slice){target.data, question ? (size_t)(question - target.data) : target.size};
    if (question)
        head->query = (poly_slice){question + 1, target.size - head->path.size - 1};
    return HTTP_HEAD_DONE;
}

static enum http_head_status parse_request_line(poly_slice line, struct http_head *head, struct http_refusal *refusal)
{
    const char *first = memchr(line.data, ' ', line.size);
    const char *second = first ? memchr(first + 1, ' ', (size_t)(line.data + line.size - first - 1)) : NULL;
    enum http_head_status status;

    if (!second)
        return refuse(refusal, 400, "the request line is not method, target and version");
    head->method_text = (poly_slice){line.data, (size_t)(first - line.data)};
    if (head->method_text.size > 32 || !http_is_token(head->method_text))
        return refuse(refusal, 400, "the method is no token");
    head->method = HTTP_METHOD_OTHER;
    for (size_t i = 0; i < POLY_LENGTH(method_names); i++)
        if (poly_slice_equal(head->method_text, method_names[i]))
            head->method = (poly_method)i;
    status = parse_version((poly_slice){second + 1, (size_t)(line.data + line.size - second - 1)}, head, refusal);
    if (status != HTTP_HEAD_DONE)
        return status;
    return parse_target((poly_slice){first + 1, (size_t)(second - first - 1)}, head, refusal);
}

static void note_known(struct http_head *head, const struct http_field *field)
{
    for (size_t i = 0; i < HTTP_KNOWN_COUNT; i++)
        if (field->name.size == known_fields[i].size && !head->known[i].data &&
            poly_slice_equal_nocase(field->name, known_fields[i].name)) {
            head->known[i] = field->value;
            return;
        }
}

static enum http_head_status parse_field(poly_slice line, struct http_head *head, struct http_refusal *refusal)
{
    const char *colon = memchr(line.data, ':', line.size);
    struct http_field *field;

    if (line.data[0] == ' ' || line.data[0] == '\t')
        return refuse(refusal, 400, "a header field is folded over several lines");
    if (head->field_count == HTTP_HEAD_MAX_FIELDS)
        return refuse(refusal, 431, "there are over 64 header fields");
    if (!colon)
        return refuse(refusal, 400, "a header line has no colon");
    field = &head->fields[head->field_count++];
    field->name = (poly_slice){line.data, (size_t)(colon - line.data)};
    field->value = trim((poly_slice){colon + 1, line.size - field->name.size - 1});
    if (!http_is_token(field->name))
        return refuse(refusal, 400, "a header field's name is no token");
    for (size_t i = 0; i < field->value.size; i++) {
        unsigned char c = (unsigned char)field->value.data[i];
        if ((c < ' ' && c != '\t') || c == 0x7f)
            return refuse(refusal, 400, "a header field's value has a control character");
    }
    note_known(head, field);
    return HTTP_HEAD_DONE;
}

static size_t count_fields(const struct http_head *head, enum http_known_field known)
{
    size_t count = 0;

    if (!head->known[known].data)
        return 0;
    for (size_t i = 0; i < head->field_count; i++)
        if (head->fields[i].name.size == known_fields[known].size &&
            poly_slice_equal_nocase(head->fields[i].name, known_fields[known].name))
            count++;
    return count;
}

static enum http_head_status check_host(const struct http_head *head, struct http_refusal *refusal)
{
    size_t hosts = count_fields(head, HTTP_HOST);
    poly_slice host = head->known[HTTP_HOST];

    if (hosts > 1 || (hosts == 0 && head->minor == 1))
        return refuse(refusal, 400, "there must be exactly one Host field");
    for (size_t i = 0; i < host.size; i++)
        if (!token_characters[(unsigned char)host.data[i]] && !strchr(":[]", host.data[i]))
            return refuse(refusal, 400, "the Host field is no host");
    return HTTP_HEAD_DONE;
}

/* RFC 9112 section 6.3, with every doubtful case refused. */
static enum http_head_status check_framing(struct http_head *head, struct http_refusal *refusal)
{
    poly_slice length = head->known[HTTP_CONTENT_LENGTH];
    size_t lengths = count_fields(head, HTTP_CONTENT_LENGTH);

    if (count_fields(head, HTTP_TRANSFER_ENCODING)) {
        if (lengths || head->minor == 0 || count_fields(head, HTTP_TRANSFER_ENCODING) > 1 ||
            !poly_slice_equal_nocase(head->known[HTTP_TRANSFER_ENCODING], "chunked"))
            return refuse(refusal, 400, "the body's framing is ambiguous");
        head->chunked = true;
    }
    if (lengths > 1 || (lengths == 1 && length.size == 0))
        return refuse(refusal, 400, "there must be at most one Content-Length");
    if (length.size > 15)
        return refuse(refusal, 413, "the Content-Length is beyond any limit");
    for (size_t i = 0; i < length.size; i++) {
        if (length.data[i] < '0' || length.data[i] > '9')
            return refuse(refusal, 400, "the Content-Length is no number");
        head->content_length = head->content_length * 10 + (length.data[i] - '0');
    }
    if ((head->method == POLY_GET || head->method == POLY_HEAD) && (head->chunked || head->content_length > 0))
        return refuse(refusal, 400, "a GET or HEAD request has a body");
    return HTTP_HEAD_DONE;
}

/* The field may come several times, which is the same as one list. */
static bool connection_says(const struct http_head *head, const char *option)
{
    if (!head->known[HTTP_CONNECTION].data)
        return false;
    for (size_t i = 0; i < head->field_count; i++)
        if (poly_slice_equal_nocase(head->fields[i].name, known_fields[HTTP_CONNECTION].name) &&
            http_list_contains(head->fields[i].value, option))
            return true;
    return false;
}

static enum http_head_status check_fields(struct http_head *head, struct http_refusal *refusal)
{
    poly_slice expect = head->known[HTTP_EXPECT];
    enum http_head_status status = check_host(head, refusal);

    if (status == HTTP_HEAD_DONE)
        status = check_framing(head, refusal);
    if (status != HTTP_HEAD_DONE)
        return status;
    if (expect.data && !poly_slice_equal_nocase(expect, "100-continue"))
        return refuse(refusal, 417, "the only expectation met here is 100-continue");
    head->expects_continue = expect.data && head->minor == 1;
    head->keep_alive = head->minor == 1;
    if (connection_says(head, "close"))
        head->keep_alive = false;
    else if (connection_says(head, "keep-alive"))
        head->keep_alive = true;
    return HTTP_HEAD_DONE;
}

enum http_head_status http_head_parse(const char *data, size_t data_size, size_t *scanned, struct http_head *head,
                                      size_t *size, struct http_refusal *refusal)
{
    /* One empty line before a request is forgiven (RFC 9112 section 2.2). */
    size_t start = data_size >= 2 && data[0] == '\r' && data[1] == '\n' ? 2 : 0;
    size_t end = 0;
    size_t at = start;
    enum http_head_status status;

    if (data_size < 2 && (data_size == 0 || data[0] == '\r'))
        return HTTP_HEAD_PARTIAL;
    status = find_end(data, data_size, start, scanned, &end, refusal);
    if (status != HTTP_HEAD_DONE)
        return status;
    memset(head, 0, offsetof(struct http_head, fields));
    while (at < end - 2) {
        const char *newline = memchr(data + at, '\n', end - at);
        poly_slice line = {data + at, (size_t)(newline - data) - at - 1};

        if (memchr(line.data, '\r', line.size))
            return refuse(refusal, 400, "a CR stands alone");
        status = at == start ? parse_request_line(line, head, refusal) : parse_field(line, head, refusal);
        if (status != HTTP_HEAD_DONE)
            return status;
        at = (size_t)(newline - data) + 1;
    }
    *size = end;
    return check_fields(head, refusal);
}
