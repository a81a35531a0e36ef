/* SPDX-License-Identifier: MIT */
#include "poly/trace.h"

#include <string.h>

#include "poly/random.h"

/*
 * xoshiro256**, a state per thread, seeded by the kernel: identifiers must be unique, not secret, and cost no
 * system call per request.
 */
static _Thread_local uint64_t state[4];

static uint64_t rotate(uint64_t value, int bits)
{
    return value << bits | value >> (64 - bits);
}

static uint64_t next_random(void)
{
    uint64_t result, shifted;

    while (!(state[0] | state[1] | state[2] | state[3]))
        poly_random_bytes(state, sizeof(state));
    result = rotate(state[1] * 5, 7) * 9;
    shifted = state[1] << 17;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotate(state[3], 45);
    return result;
}

/* 16 hex digits, not all zero: the specification takes zeros for no id. */
static char *put_random(char *out)
{
    static const char digits[] = "0123456789abcdef";
    uint64_t value = next_random();

    while (!value)
        value = next_random();
    for (int i = 0; i < 16; i++, value >>= 4)
        out[i] = digits[value & 0x0f];
    out[16] = '\0';
    return out + 16;
}

static bool is_id_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' ||
           c == '-';
}

bool poly_request_id_is_valid(poly_slice text)
{
    if (!text.size || text.size >= POLY_REQUEST_ID_SIZE)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (!is_id_character(text.data[i]))
            return false;
    }
    return true;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; /* capitals are not allowed */
}

/* `size` hex digits; `*any` says whether one is not zero. */
static bool is_hex(const char *text, size_t size, bool *any)
{
    *any = false;
    for (size_t i = 0; i < size; i++) {
        if (hex_value(text[i]) < 0)
            return false;
        *any = *any || text[i] != '0';
    }
    return true;
}

/* Later versions may append fields after another '-'; ff is no version. */
static bool is_traceparent(poly_slice text)
{
    const char *at = text.data;
    bool any;

    if (text.size < POLY_TRACEPARENT_SIZE - 1 || at[2] != '-' || at[35] != '-' || at[52] != '-')
        return false;
    if (!is_hex(at, 2, &any) || memcmp(at, "ff", 2) == 0)
        return false;
    if (text.size > POLY_TRACEPARENT_SIZE - 1 && (!any || at[55] != '-'))
        return false;
    return is_hex(at + 3, 32, &any) && any && is_hex(at + 36, 16, &any) && any && is_hex(at + 53, 2, &any);
}

void poly_trace_start(poly_trace *trace, poly_slice request_id, poly_slice traceparent)
{
    if (poly_request_id_is_valid(request_id)) {
        memcpy(trace->request_id, request_id.data, request_id.size);
        trace->request_id[request_id.size] = '\0';
    } else {
        put_random(put_random(trace->request_id));
    }
    if (is_traceparent(traceparent)) {
        memcpy(trace->trace_id, traceparent.data + 3, 32);
        trace->trace_id[32] = '\0';
        trace->sampled = hex_value(traceparent.data[54]) & 1;
    } else {
        put_random(put_random(trace->trace_id));
        trace->sampled = true; /* the log has every request with its trace */
    }
    put_random(trace->span_id);
}

void poly_trace_parent(const poly_trace *trace, char out[POLY_TRACEPARENT_SIZE])
{
    memcpy(out, "00-", 3);
    memcpy(out + 3, trace->trace_id, 32);
    out[35] = '-';
    memcpy(out + 36, trace->span_id, 16);
    memcpy(out + 52, "-0", 2);
    out[54] = trace->sampled ? '1' : '0';
    out[55] = '\0';
}
