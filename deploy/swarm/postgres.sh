#!/bin/bash
# SPDX-License-Identifier: MIT
# One of the two PostgreSQL servers of stack.yml: NAME is its own name, PEER the other's.
#
# An empty volume becomes the primary on the server that FIRST names, and a copy of the primary on the other. A primary that
# finds its peer to be one, too, was replaced while it was away: it becomes the peer's standby. Promoting is a person's decision:
#   docker exec <container of the standby> postgres.sh promote
set -euo pipefail

secrets=/run/secrets
cluster=$PGDATA
port=5432
export PGUSER=postgres PGPASSFILE=/tmp/pgpass

write_passwords() {
    local password
    password=$(<"$secrets/postgres")
    (umask 077 && printf '*:*:*:replication:%s\n*:*:*:postgres:%s\n' "$(<"$secrets/postgres-replication")" "$password" >"$PGPASSFILE")
}

ask() { # host, statement
    PGCONNECT_TIMEOUT=3 psql -X -A -t -q -h "$1" -d postgres -c "$2"
}

# A container's network takes a moment, and two primaries would be worse than a late one: a peer that does not answer is asked
# again for a while.
peer_is_primary() {
    local tries answer
    for ((tries = 0; tries < 10; tries++)); do
        if answer=$(ask "$PEER" 'SELECT NOT pg_is_in_recovery()' 2>/dev/null); then
            [[ $answer == t ]]
            return
        fi
        sleep 1
    done
    return 1
}

# On the socket alone, so that nobody comes before everything is there.
make_primary() {
    local part=$cluster.part
    rm -rf "$part"
    initdb -D "$part" --username=postgres --pwfile="$secrets/postgres" --data-checksums --auth-host=scram-sha-256 \
        --auth-local=peer --locale=C.UTF-8 --encoding=UTF8
    printf 'host all all all scram-sha-256\nhost replication replication all scram-sha-256\n' >>"$part/pg_hba.conf"
    pg_ctl -D "$part" -w -o "-c listen_addresses= -c unix_socket_directories=/tmp" start
    ask /tmp "CREATE ROLE replication REPLICATION LOGIN PASSWORD '$(<"$secrets/postgres-replication")'"
    PGHOST=/tmp SECRETS=$secrets databases.sh
    pg_ctl -D "$part" -w -m fast stop
    mv "$part" "$cluster"
}

peer_for_standby() { echo "host=$PEER port=$port user=replication application_name=$NAME passfile=$PGPASSFILE"; }

follow_peer() {
    touch "$cluster/standby.signal"
    printf "primary_conninfo = '%s'\n" "$(peer_for_standby)" >"$cluster/poly.conf"
}

copy_peer() {
    until peer_is_primary; do sleep 1; done
    rm -rf "$cluster.part"
    pg_basebackup -d "$(peer_for_standby)" -D "$cluster.part" --wal-method=stream --checkpoint=fast
    mv "$cluster.part" "$cluster"
    follow_peer
}

# What it wrote and the peer never got is gone: it was away when the peer was promoted.
join_peer() {
    echo "$NAME: $PEER is the primary now; following it"
    # pg_rewind wants a cluster that was shut down in order.
    postgres --single -D "$cluster" -c unix_socket_directories=/tmp postgres </dev/null >/dev/null 2>&1 || true
    pg_rewind --target-pgdata="$cluster" --source-server="host=$PEER user=postgres dbname=postgres passfile=$PGPASSFILE" || {
        rm -rf "$cluster"
        copy_peer
        return
    }
    follow_peer
}

if [[ ${1:-} == promote ]]; then
    PGHOST=/tmp psql -X -q -A -t -d postgres -c 'SELECT pg_promote()'
    exit
fi
write_passwords
if [[ ! -s $cluster/PG_VERSION ]]; then
    if [[ $FIRST == "$NAME" ]] && ! peer_is_primary; then make_primary; else copy_peer; fi
elif [[ ! -e $cluster/standby.signal ]] && peer_is_primary; then
    join_peer
fi
grep -q poly.conf "$cluster/postgresql.conf" || echo "include_if_exists 'poly.conf'" >>"$cluster/postgresql.conf"
exec postgres -D "$cluster" -c listen_addresses='*' -c unix_socket_directories=/tmp -c max_connections=200 \
    -c wal_keep_size=256MB -c max_wal_senders=8 -c hot_standby=on -c wal_receiver_timeout=10s -c wal_sender_timeout=10s "$@"
