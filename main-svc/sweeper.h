/* SPDX-License-Identifier: MIT */
/*
 * Wipes passwords whose time is over, and keeps the gauges. A fiber of its own.
 */
#ifndef MAIN_SWEEPER_H
#define MAIN_SWEEPER_H

#include "service.h"

void sweeper_start(main_service *service, poly_loop *loop);

#endif
