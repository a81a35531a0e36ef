/* SPDX-License-Identifier: MIT */
#include "base/network.h"
#include "config/variables.h"

#include <sched.h>
#include <stddef.h>
#include <string.h>

#define MOST_WORKERS 64

static const poly_config_variable common_table[] = {
    {.name = "LISTEN",
     .type = POLY_CONFIG_ADDRESS,
     .offset = offsetof(poly_common_config, listen),
     .help =
         "where to accept requests: host:port, [v6]:port, :port for every address, or fd:N for an inherited socket"},
    {.name = "WORKERS",
     .type = POLY_CONFIG_INT,
     .offset = offsetof(poly_common_config, workers),
     .fallback = "0",
     .max = MOST_WORKERS,
     .help = "threads that serve requests; 0 for one per core"},
    {.name = "LOG_LEVEL",
     .type = POLY_CONFIG_CHOICE,
     .offset = offsetof(poly_common_config, log_level),
     .fallback = "info",
     .choices = "debug|info|warning|error",
     .help = "the least important lines that are logged"},
    {.name = "ENVIRONMENT",
     .type = POLY_CONFIG_CHOICE,
     .offset = offsetof(poly_common_config, environment),
     .fallback = "production",
     .choices = "production|development",
     .help = "development allows placeholder secrets and nothing else"},
    {.name = "CORS_ALLOW_ORIGINS",
     .type = POLY_CONFIG_LIST,
     .offset = offsetof(poly_common_config, cors_allow_origins),
     .fallback = "",
     .help = "origins, as scheme://host[:port], whose pages may call this API; none by default"},
    {.name = "TRUSTED_PROXIES",
     .type = POLY_CONFIG_LIST,
     .offset = offsetof(poly_common_config, trusted_proxies),
     .fallback = "",
     .help = "addresses and CIDR blocks of the proxies whose X-Forwarded-For is believed; none by default"},
    {.name = "DRAIN_SECONDS",
     .type = POLY_CONFIG_INT,
     .offset = offsetof(poly_common_config, drain_seconds),
     .fallback = "10",
     .max = 3600,
     .help = "seconds that a stop waits for requests under way"},
    {.name = "MAX_CONNECTIONS",
     .type = POLY_CONFIG_INT,
     .offset = offsetof(poly_common_config, max_connections),
     .fallback = "20000",
     .min = 1,
     .max = 1000000,
     .help = "connections open at once; further ones are answered 503"},
    {.name = NULL},
};
_Static_assert(POLY_LENGTH(common_table) == CONFIG_COMMON_COUNT, "the count in variables.h is of this table");

void config_common_variables(const char *default_listen, poly_config_variable out[CONFIG_COMMON_COUNT])
{
    memcpy(out, common_table, sizeof(common_table));
    out[0].fallback = default_listen;
}

/* The cores that this process may use, which a container or taskset can make fewer than the machine's. */
static int64_t cores(void)
{
    cpu_set_t set;
    int count;

    if (sched_getaffinity(0, sizeof(set), &set) != 0)
        return 1; /* more than 1,024 cores: let the operator choose */
    count = CPU_COUNT(&set);
    return count < MOST_WORKERS ? count : MOST_WORKERS;
}

static bool is_origin(const char *text)
{
    const char *host = strstr(text, "://");
    const char *port;

    if (!host || host == text || strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789+-.") != (size_t)(host - text))
        return false;
    host += 3;
    if (host[0] == '[')
        port = host + 1 + strspn(host + 1, "0123456789abcdef:.") + 1;
    else
        port = host + strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789-._");
    if (port == host || (host[0] == '[' && port[-1] != ']'))
        return false;
    if (!*port)
        return true;
    return port[0] == ':' && port[1] >= '1' && port[1] <= '9' && strlen(port + 1) <= 5 &&
           strspn(port + 1, "0123456789") == strlen(port + 1);
}

static void fault_item(const char *name, const char *item, const char *reason, poly_strbuf *faults)
{
    poly_strbuf quoted;

    poly_strbuf_init(&quoted, 512);
    config_quote(item, &quoted);
    config_fault(name, faults, "has %s%s", poly_strbuf_text(&quoted), reason);
    poly_strbuf_release(&quoted);
}

static void check_origins(const char *const *origins, poly_strbuf *faults)
{
    for (; *origins; origins++) {
        if (strcmp(*origins, "*") == 0)
            fault_item("CORS_ALLOW_ORIGINS", *origins, ": every origin would do, name them", faults);
        else if (!is_origin(*origins))
            fault_item("CORS_ALLOW_ORIGINS", *origins, ", which is not scheme://host[:port] in lower case", faults);
    }
}

static void check_proxies(const char *const *proxies, poly_strbuf *faults)
{
    struct network_block block;

    for (; *proxies; proxies++)
        if (!network_block_parse(*proxies, &block))
            fault_item("TRUSTED_PROXIES", *proxies, ", which is no address and no block such as 10.0.0.0/8 or fd00::/8",
                       faults);
}

void config_check_common(poly_common_config *common, poly_strbuf *faults)
{
    if (common->workers == 0)
        common->workers = cores();
    check_origins(common->cors_allow_origins, faults);
    check_proxies(common->trusted_proxies, faults);
}
