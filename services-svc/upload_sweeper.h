/* SPDX-License-Identifier: MIT */
/*
 * Removes files that belong to no application: of uploads that were broken off by a crash, or whose transaction was
 * never committed. Older than any request lasts, so that none is of an upload under way.
 */
#ifndef SERVICES_UPLOAD_SWEEPER_H
#define SERVICES_UPLOAD_SWEEPER_H

#include "service.h"

/* From here to the end of the runtime. */
void upload_sweeper_start(services_service *service, poly_loop *loop);

#endif
