#!/bin/bash
# SPDX-License-Identifier: MIT
# The secrets of stack.yml: made once as files, and given to Swarm. What is there is left alone.
#
#   deploy/swarm/secrets.sh DIRECTORY
#
# Swarm gives no secret back, so the directory is the only copy to read: sso-admin is the first administrator's password. Keep
# it as a password store is kept, or delete it.
set -euo pipefail

directory=${1:?the directory to keep the secrets in}
umask 077
mkdir -p "$directory"

random_hex() { od -An -v -tx1 -N"$1" /dev/urandom | tr -d ' \n'; }

make() { # name, bytes
    [[ -e $directory/$1 ]] || { random_hex "$2" >"$directory/$1.part" && mv "$directory/$1.part" "$directory/$1"; }
}

for name in postgres postgres-replication sso-database services-database traffic-database services-sso traffic-sso bot-sso \
    traffic-internal main-sessions; do
    make "$name" 32
done
make sso-admin 12
# Given by somebody else, or none: an empty secret would be refused by Swarm.
[[ -e $directory/telegram-bot ]] || echo >"$directory/telegram-bot"
for database in sso services traffic; do
    echo -n "postgresql://$database:$(<"$directory/$database-database")@postgres-1,postgres-2/$database?target_session_attrs=read-write" \
        >"$directory/$database-database-url"
done

for path in "$directory"/*; do
    name=poly-$(basename "$path")
    docker secret inspect "$name" >/dev/null 2>&1 || docker secret create "$name" "$path" >/dev/null
done
echo "secrets: in $directory and in Swarm"
