/* SPDX-License-Identifier: MIT */
#include "handlers.h"
#include "route_tests.h"

int main(void)
{
    return run_route_tests(services_routes);
}
