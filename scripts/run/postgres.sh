# SPDX-License-Identifier: MIT
# The private PostgreSQL of `make run`: a cluster in .run/postgres with a database and a role for each stateful daemon.
# Its settings are the durable ones that PostgreSQL has by default.
#
# The server refuses root, so as root it runs as a user who may have no way to .run/: a home directory is closed to
# others. Instead of a path it gets the open directory, as descriptor 7.

postgres_dir=$run_dir/postgres
postgres_path=/proc/self/fd/7 # the same, for the server and its programs
postgres_user=()              # a command's beginning that leaves root behind
postgres_programs=

# Who owns the cluster, once there is one.
choose_postgres_user() {
    local user
    ((EUID == 0)) || return 0
    if [[ -d $postgres_dir/data ]]; then
        user=$(stat -c %u "$postgres_dir/data")
    else
        user=$(id -u postgres 2>/dev/null || id -u nobody) || return 1
    fi
    postgres_user=(setpriv --reuid="$user" --regid="$(id -g "$(id -nu "$user")")" --clear-groups)
    chown "$user" "$postgres_dir"
}

# A cluster is served by its own version only.
find_postgres_programs() {
    local version='*' found
    [[ ! -f $postgres_dir/data/PG_VERSION ]] || version=$(<"$postgres_dir/data/PG_VERSION")
    found=$(compgen -G "/usr/lib/postgresql/$version/bin/initdb" | sort -V | tail -n 1)
    [[ -n $found || $version != '*' ]] || found=$(command -v initdb)
    if [[ -z $found ]]; then
        complain "PostgreSQL ${version/\*/} is not installed (there is no initdb)"
        return 1
    fi
    postgres_programs=$(dirname "$found")
}

# The caller's PG… variables and locale are not for it.
as_postgres() { # program, its arguments
    local program=$1
    shift
    (cd / && exec env -i PATH=/usr/bin:/bin LC_ALL=C.UTF-8 "${postgres_user[@]}" "$postgres_programs/$program" "$@" \
        7<"$postgres_dir")
}

# Made elsewhere and then moved, so that an interrupted run leaves no half of one.
make_cluster() {
    [[ ! -d $postgres_dir/data ]] || return 0
    say 'making a PostgreSQL cluster'
    rm -rf "$postgres_dir/data.part"
    as_postgres initdb -D "$postgres_path/data.part" --auth-local=peer --auth-host=scram-sha-256 \
        --encoding=UTF8 --locale=C.UTF-8 --data-checksums >"$run_dir/logs/initdb.log" 2>&1 || {
        complain "initdb failed: $(tail -n 3 "$run_dir/logs/initdb.log")"
        return 1
    }
    mv "$postgres_dir/data.part" "$postgres_dir/data"
}

prepare_postgres() {
    mkdir -p -m 700 "$postgres_dir" && choose_postgres_user && find_postgres_programs && make_cluster
}

# What the service "postgres" is started by, in the place of a daemon.
serve_postgres() {
    cd / && exec env -i PATH=/usr/bin:/bin LC_ALL=C.UTF-8 setsid "${postgres_user[@]}" "$postgres_programs/postgres" \
        -D "$postgres_path/data" -c listen_addresses="$host" -c port="${ports[postgres]}" \
        -c unix_socket_directories="$postgres_path" -c cluster_name=poly 7<"$postgres_dir"
}

postgres_is_ready() { as_postgres pg_isready -q -h "$postgres_path" -p "${ports[postgres]}" -t 2; }

# psql's input: what is missing is made, and the role has the password that is in .run/secrets.
database_statements() { # database
    cat <<END
SELECT 'CREATE ROLE $1 LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '$1') \gexec
ALTER ROLE $1 PASSWORD '$(read_secret "$1-database")';
SELECT 'CREATE DATABASE $1 OWNER $1' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '$1') \gexec
REVOKE ALL ON DATABASE $1 FROM PUBLIC;
END
}

make_database() { # its name
    make_secret "$1-database" 32 || return 1
    echo "postgresql://$1:$(read_secret "$1-database")@$host:${ports[postgres]}/$1" | write_secret "$1-database-url" ||
        return 1
    database_statements "$1" | as_postgres psql -X -q -v ON_ERROR_STOP=1 -h "$postgres_path" \
        -p "${ports[postgres]}" -d postgres >/dev/null || {
        complain "the database '$1' could not be made"
        return 1
    }
}

make_databases() {
    local database
    for database in "${databases[@]}"; do
        make_database "$database" || return 1
    done
}
