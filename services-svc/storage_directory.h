/* SPDX-License-Identifier: MIT */
/*
 * A store in a directory, which replicas may share: <directory>/incoming/<name> while a file comes in, then
 * <directory>/<the name's first two digits>/<name>.
 */
#ifndef SERVICES_STORAGE_DIRECTORY_H
#define SERVICES_STORAGE_DIRECTORY_H

#include "storage.h"

/* Makes what is missing of the directories. NULL, with a line in `fault`, if it cannot write there. Blocks. */
storage *storage_directory_create(const char *directory, poly_strbuf *fault);

#endif
