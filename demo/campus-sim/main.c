/* SPDX-License-Identifier: MIT */
/* campus-sim: an imitation of the sites that the platform depends on, with seeded data and faults on demand. */
#include "simulator.h"

#include "poly/daemon.h"

static campus_config config;

static const poly_route *const routes[] = {ruz_routes, cas_routes, record_book_routes, control_routes, NULL};

static const poly_daemon campus_sim = {
    .name = "campus-sim",
    .summary = "imitates RUZ, CAS and the record book, from a seed or from recordings",
    .default_listen = "127.0.0.1:8099",
    .variables = campus_variables,
    .config = &config,
    .routes = routes,
    .start = simulator_start,
    .release = simulator_release,
};

int main(int argc, char **argv)
{
    return poly_daemon_main(&campus_sim, argc, argv);
}
