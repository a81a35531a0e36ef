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

# In a file, since pg_rewind starts the server by itself: a standby goes on only with as many of these as its primary had.
configure() {
    grep -q poly.conf "$cluster/postgresql.conf" || echo "include_if_exists 'poly.conf'" >>"$cluster/postgresql.conf"
    cat >"$cluster/poly.conf" <<END
listen_addresses = '*'
unix_socket_directories = '/tmp'
max_connections = 200
max_wal_senders = 8
wal_keep_size = 256MB
wal_receiver_timeout = 10s
wal_sender_timeout = 10s
primary_conninfo = '$(peer_for_standby)'
END
}

copy_peer() {
    until peer_is_primary; do sleep 1; done
    rm -rf "$cluster.part"
    pg_basebackup -d "$(peer_for_standby)" -D "$cluster.part" --wal-method=stream --checkpoint=fast
    touch "$cluster.part/standby.signal"
    mv "$cluster.part" "$cluster"
}

# What it wrote and the peer never got is gone: it was away when the peer was promoted. Until its first checkpoint the peer
# does not say that it has been, and pg_rewind would see nothing to do.
join_peer() {
    echo "$NAME: $PEER is the primary now; following it"
    rm -f "$cluster/postmaster.pid" # after a crash: it names this very process
    configure
    ask "$PEER" CHECKPOINT || true
    if pg_rewind --target-pgdata="$cluster" --source-server="host=$PEER user=postgres dbname=postgres passfile=$PGPASSFILE"; then
        touch "$cluster/standby.signal"
    else
        rm -rf "$cluster"
        copy_peer
    fi
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
configure
exec postgres -D "$cluster" "$@"
