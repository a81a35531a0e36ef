/* SPDX-License-Identifier: MIT */
#ifndef POLY_OBSERVE_PROCESS_H
#define POLY_OBSERVE_PROCESS_H

#include "poly/strbuf.h"

/* The process's own figures as Prometheus names them. One that the system does not tell is left out. */
void poly_process_write(poly_strbuf *out);

#endif
