#!/bin/bash
# SPDX-License-Identifier: MIT
# The secrets of docker-compose.yml. All are kept in one volume, /vault; each consumer has a volume of its own, /for/…, with
# copies of those that it needs and that its user alone may read. What is missing is made, what is there is left alone.
#
#   docker-compose run --rm secrets                     makes what is missing (every `up` does)
#   docker-compose run --rm secrets show NAME           prints one
#   docker-compose run --rm -T secrets set NAME <FILE   takes one from standard input
#   docker-compose run --rm secrets renew NAME          makes it anew; keeps a service secret's old value as NAME-previous
set -euo pipefail

vault=/vault
daemon_user=10001
postgres_user=999

# name: how many random bytes; 0: nobody can make it up, it is empty until it is set.
declare -A random_bytes=(
    [postgres]=32 [sso-database]=32 [services-database]=32 [traffic-database]=32
    [services-sso]=32 [traffic-sso]=32 [bot-sso]=32 [traffic-internal]=32
    [services-sso-previous]=0 [traffic-sso-previous]=0 [bot-sso-previous]=0 [traffic-internal-previous]=0
    [main-sessions]=32 [sso-admin]=12 [telegram-bot]=0 [demo-password]=8
)
databases=(sso services traffic)

# consumer: its user, and what it reads.
declare -A readers=(
    [postgres]="$postgres_user postgres"
    [databases]="$postgres_user postgres sso-database services-database traffic-database"
    [main]="$daemon_user main-sessions"
    [services]="$daemon_user services-database-url services-sso"
    [traffic]="$daemon_user traffic-database-url traffic-sso traffic-internal traffic-internal-previous telegram-bot"
    [sso]="$daemon_user sso-database-url sso-admin services-sso services-sso-previous traffic-sso traffic-sso-previous
        bot-sso bot-sso-previous traffic-internal"
    [demo]="$daemon_user sso-admin demo-password"
)

# From standard input; whole or not there, and never readable for others.
store() { # name
    (umask 077 && cat >"$vault/$1.part" && mv "$vault/$1.part" "$vault/$1")
}

random_hex() { od -An -v -tx1 -N"$1" /dev/urandom | tr -d ' \n'; }

check_name() {
    [[ -n ${random_bytes[$1]:-} ]] || {
        echo "secrets: there is no secret '$1' (${!random_bytes[*]})" >&2
        exit 2
    }
}

make_missing() {
    local name database
    for name in "${!random_bytes[@]}"; do
        [[ -e $vault/$name ]] || random_hex "${random_bytes[$name]}" | store "$name"
    done
    for database in "${databases[@]}"; do
        echo -n "postgresql://$database:$(<"$vault/$database-database")@postgres/$database" | store "$database-database-url"
    done
}

hand_out() { # consumer, its user, names
    local place=/for/$1 user=$2 name
    shift 2
    chown "$user" "$place"
    chmod 700 "$place"
    for name in "$@"; do
        (umask 077 && cat "$vault/$name" >"$place/.part" && chown "$user" "$place/.part" && mv "$place/.part" "$place/$name")
    done
}

hand_out_all() {
    local consumer
    for consumer in "${!readers[@]}"; do
        # shellcheck disable=SC2086
        hand_out "$consumer" ${readers[$consumer]}
    done
}

renew() {
    [[ ${random_bytes[$1]} != 0 ]] || { echo "secrets: $1 cannot be made up; set it" >&2 && exit 2; }
    if [[ -n ${random_bytes[$1-previous]:-} ]]; then
        store "$1-previous" <"$vault/$1"
    fi
    random_hex "${random_bytes[$1]}" | store "$1"
}

make_missing
case ${1:-make} in
make) ;;
show) check_name "$2" && cat "$vault/$2" && echo ;;
set) check_name "$2" && tr -d '\n' | store "$2" ;;
renew) check_name "$2" && renew "$2" ;;
*)
    sed -n '6,9s/^# *//p' "$0" >&2
    exit 2
    ;;
esac
make_missing
hand_out_all
