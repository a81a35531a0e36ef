/* SPDX-License-Identifier: MIT */
#include "httpc/client.h"

#include "poly/time.h"

#include <stdlib.h>

static void fall_back(unsigned *value, unsigned otherwise)
{
    if (*value == 0)
        *value = otherwise;
}

static void put_defaults(poly_httpc_options *options)
{
    fall_back(&options->connect_timeout_ms, 2000);
    fall_back(&options->deadline_ms, 5000);
    fall_back(&options->low_speed_ms, 3000);
    fall_back(&options->retry_budget_percent, 10);
    fall_back(&options->breaker_failures, 5);
    fall_back(&options->breaker_open_ms, 2000);
    fall_back(&options->max_connections, 16);
    if (options->max_body == 0)
        options->max_body = 1024 * 1024;
}

poly_httpc *poly_httpc_create(const poly_httpc_options *options)
{
    poly_httpc *client = poly_alloc_zero(1, sizeof(*client));

    client->options = *options;
    put_defaults(&client->options);
    client->base_url = poly_strdup(options->base_url);
    client->options.base_url = client->base_url;
    pthread_mutex_init(&client->mutex, NULL);
    poly_breaker_init(&client->breaker, client->options.breaker_failures,
                      POLY_MILLISECONDS(client->options.breaker_open_ms));
    poly_retry_budget_init(&client->budget, client->options.retry_budget_percent);
    poly_httpc_report_init(client);
    return client;
}

void poly_httpc_destroy(poly_httpc **client)
{
    if (!*client)
        return;
    pthread_mutex_destroy(&(*client)->mutex);
    free((*client)->base_url);
    free(*client);
    *client = NULL;
}
