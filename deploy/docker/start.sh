#!/bin/sh
# SPDX-License-Identifier: MIT
# The images' entry point: start PROGRAM [COMMAND]. Before `serve` comes `migrate`; the program then takes this process's place.
set -eu

program=$1
shift
if [ "${1:-}" = serve ]; then
    "$program" migrate
fi
exec "$program" "$@"
