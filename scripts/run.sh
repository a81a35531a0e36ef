#!/bin/bash
# SPDX-License-Identifier: MIT
# `make run`: the platform on this machine. Builds, starts a private PostgreSQL, campus-sim and the daemons, waits until
# they are ready, says where they are, and stops them all on Ctrl-C (or SIGTERM, or when the terminal goes away).
#
# Everything it keeps is under .run/: databases, secrets, logs, and each daemon's state, which the next run finds again.
#
#   RUZ_BASE_URL    use this timetable API instead of campus-sim's
#   CAS_SERVER, RECORD_BOOK_URL   the same for CAS and the record book; with all three campus-sim is not started
#   MAIN_PORT       main-svc's port (8001)
#   SERVICES_PORT   services-svc's port (8002)
#   TRAFFIC_PORT    traffic-svc's port (8003)
#   SSO_PORT        sso-svc's port (8004)
#   SCHEDULE_PORT   schedule-svc's port (8005)
#   CAMPUS_PORT     campus-sim's port (8099)
#   POSTGRES_PORT   PostgreSQL's port (5499)
#   RUN_DIR         instead of .run
set -uo pipefail

cd "$(dirname "$0")/.." || exit 1
run_dir=${RUN_DIR:-$PWD/.run}
[[ $run_dir == /* ]] || run_dir=$PWD/$run_dir
host=127.0.0.1

say() { echo "run: $*"; }
complain() { echo "run: $*" >&2; }

. scripts/run/services.sh
. scripts/run/secrets.sh
. scripts/run/postgres.sh
. scripts/run/processes.sh
. scripts/run/demo.sh

stop_and_leave() {
    trap '' INT TERM HUP
    echo
    say 'stopping'
    stop_all || exit 1
    say 'stopped; the state is kept in '"$run_dir"
    exit 0
}

login_of_admin() { printf '{"username":"admin","password":"%s"}' "$(read_secret sso-admin)"; }

student_login='{"username":"student4","password":"polytech-student4"}'

say_students() {
    local main
    main=$(url_of main-svc)
    if [[ -n ${CAS_SERVER:-} ]]; then
        echo "  Students sign in as at $CAS_SERVER:"
        student_login='{"username":"…","password":"…"}'
    else
        echo '  Students are student1 to student6, a year each; student4 has the password polytech-student4, and so on:'
    fi
    cat <<END

    curl '$main/api/auth/login' -H 'Content-Type: application/json' -d '$student_login'

  and with the token of that answer as \$token:

    for what in miniapps/launch-token gradebook schedule; do curl -H "Authorization: Bearer \$token" $main/api/\$what; done
END
}

say_where() {
    local service
    echo
    for service in "${services[@]}"; do
        [[ $service == postgres ]] || printf '  %-14s %s\n' "$service" "$(url_of "$service")"
    done
    cat <<END

  Timetable from ${RUZ_BASE_URL:-campus-sim, an invented university}. Logs in $run_dir/logs.
  The administrator is admin, password $(read_secret sso-admin). Try:

    curl '$(url_of schedule-svc)/api/schedule/search?kind=group&q=5130904/20102'
    curl '$(url_of sso-svc)/api/auth/login' -H 'Content-Type: application/json' -d '$(login_of_admin)'

$(say_students)

$(say_demo_logins)

$(say_scanning)

  Ctrl-C stops everything.
END
}

# --- the story ---

mkdir -p "$run_dir/logs" || exit 1
exec 9>"$run_dir/lock"
if ! flock --nonblock 9; then
    complain "another make run uses $run_dir; stop it first"
    exit 1
fi
check_ports || exit 1
make --silent --no-print-directory -j"$(nproc)" all 9>&- || exit 1
make_secrets || exit 1
prepare_postgres 9>&- || exit 1

trap stop_and_leave INT TERM HUP
if start_services 9>&-; then
    load_demo_data 9>&-
    say_where
    watch_services 9>&-
fi
stop_all
exit 1
