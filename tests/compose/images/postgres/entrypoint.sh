#!/bin/bash
# SPDX-License-Identifier: MIT
# The official image's entry point, in short: makes the cluster when there is none, then becomes the command.
set -euo pipefail

if [[ ${1:-} == postgres && ! -s $PGDATA/PG_VERSION ]]; then
    mkdir -p -m 700 "$PGDATA"
    # shellcheck disable=SC2086
    initdb --username=postgres --pwfile="$POSTGRES_PASSWORD_FILE" ${POSTGRES_INITDB_ARGS:-} -D "$PGDATA"
    echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
fi
if [[ ${1:-} == postgres ]]; then
    set -- "$@" -c listen_addresses='*'
fi
exec "$@"
