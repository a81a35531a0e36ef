#!/bin/bash
# SPDX-License-Identifier: MIT
# Backs up and restores what docker-compose.yml keeps: the databases, secrets, signing keys, uploads, sessions. The daemons run on
# meanwhile. What comes back by itself is left out: the timetable's snapshot.
#
#   deploy/compose/backup.sh save DIRECTORY        into a new directory
#   deploy/compose/backup.sh restore DIRECTORY     into an installation without volumes, and starts it
#
# COMPOSE_PROJECT_NAME, COMPOSE_PROFILES and the like go for Compose as ever. The directory holds every secret: guard it.
set -euo pipefail

cd "$(dirname "$0")/../.."
databases=(sso services traffic)
volumes=(vault keys-main keys-services keys-sso sessions uploads)
compose=(docker-compose)
! docker compose version >/dev/null 2>&1 || compose=(docker compose)
read -r -a compose <<<"${POLY_COMPOSE:-${compose[*]}}"

in_postgres() { "${compose[@]}" exec -T postgres "$@"; }

# Databases before files: a file that a row names was there before the row was.
save() { # directory
    local database
    (umask 077 && mkdir "$1")
    umask 077
    for database in "${databases[@]}"; do
        in_postgres pg_dump -h /tmp -U postgres --format=custom "$database" >"$1/$database.dump"
    done
    "${compose[@]}" run --rm -T backup --create --gzip "${volumes[@]}" >"$1/volumes.tar.gz"
    (cd "$1" && sha256sum -- * >SHA256SUMS)
    echo "backup: $(du -sh "$1" | cut -f 1) in $1"
}

wait_for_postgres() {
    local tries
    for ((tries = 0; tries < 120; tries++)); do
        ! in_postgres pg_isready -q -h 127.0.0.1 -U postgres 2>/dev/null || return 0
        sleep 1
    done
    echo 'backup: PostgreSQL does not start' >&2
    return 1
}

restore() { # directory
    local database
    (cd "$1" && sha256sum --check --quiet SHA256SUMS)
    if [[ -n $("${compose[@]}" ps -q) ]]; then
        echo 'backup: there is an installation already; remove it first, with its volumes: down --volumes' >&2
        exit 1
    fi
    # Secrets first: PostgreSQL and the roles get their passwords from them.
    "${compose[@]}" run --rm -T backup --extract --gzip <"$1/volumes.tar.gz"
    "${compose[@]}" up --detach postgres
    wait_for_postgres
    "${compose[@]}" run --rm -T databases
    for database in "${databases[@]}"; do
        in_postgres pg_restore -h /tmp -U postgres --role="$database" --no-owner --exit-on-error --single-transaction \
            -d "$database" <"$1/$database.dump"
    done
    "${compose[@]}" up --detach
}

case ${1:-} in
save | restore) "$1" "$(realpath -m "${2:?a directory}")" ;;
*)
    sed -n '6,7s/^# *//p' "$0" >&2
    exit 2
    ;;
esac
