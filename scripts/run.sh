#!/bin/bash
# SPDX-License-Identifier: MIT
# `make run`: the platform on this machine. Builds, starts campus-sim and the daemons, waits until they are ready,
# says where they are, and stops them all on Ctrl-C (or SIGTERM, or when the terminal goes away).
#
# Everything it keeps is under .run/: logs, and each daemon's state, which the next run finds again.
#
#   RUZ_BASE_URL    use this timetable API; campus-sim is then not started
#   SCHEDULE_PORT   schedule-svc's port (8005)
#   CAMPUS_PORT     campus-sim's port (8099)
#   RUN_DIR         instead of .run
set -uo pipefail

cd "$(dirname "$0")/.." || exit 1
run_dir=${RUN_DIR:-$PWD/.run}
[[ $run_dir == /* ]] || run_dir=$PWD/$run_dir
host=127.0.0.1
campus_port=${CAMPUS_PORT:-8099}
schedule_port=${SCHEDULE_PORT:-8005}
ready_seconds=30
stop_seconds=20

# In the order of starting; stopped in the reverse. A new daemon is a name here, a port in port_of, and a case in
# environment_of.
services=(schedule-svc)
[[ -n ${RUZ_BASE_URL:-} ]] || services=(campus-sim "${services[@]}")

port_of() {
    case $1 in
    campus-sim) echo "$campus_port" ;;
    schedule-svc) echo "$schedule_port" ;;
    esac
}

environment_of() {
    echo "LISTEN=$host:$(port_of "$1")"
    case $1 in
    campus-sim) echo 'TERM_ALWAYS=true' ;; # lessons in July too
    schedule-svc)
        echo "RUZ_BASE_URL=${RUZ_BASE_URL:-http://$host:$campus_port/api/v1/ruz}"
        echo "SNAPSHOT_DIR=$run_dir/schedule-svc"
        ;;
    esac
}

say() { echo "run: $*"; }
complain() { echo "run: $*" >&2; }

# --- ports ---

is_taken() { (exec 3<>"/dev/tcp/$host/$1") 2>/dev/null; }

holder_of() {
    local listening
    listening=$(ss -ltnpH "sport = :$1" 2>/dev/null | head -n 1)
    if [[ $listening =~ \(\(\"([^\"]+)\",pid=([0-9]+) ]]; then
        echo "${BASH_REMATCH[1]} (pid ${BASH_REMATCH[2]})"
    else
        echo 'a process of another user'
    fi
}

check_ports() {
    local service port taken=no
    for service in "${services[@]}"; do
        port=$(port_of "$service")
        if is_taken "$port"; then
            complain "port $port, which $service needs, is held by $(holder_of "$port")"
            taken=yes
        fi
    done
    if [[ $taken == yes ]]; then
        complain 'stop what holds them, or choose others: SCHEDULE_PORT=… CAMPUS_PORT=… make run'
        exit 1
    fi
}

# --- starting ---

declare -A pids=()

start_service() {
    local service=$1 log=$run_dir/logs/$1.log environment
    mkdir -p "$run_dir/$service"
    [[ ! -f $log ]] || mv "$log" "$log.1"
    mapfile -t environment < <(environment_of "$service")
    # A session of its own, so that the terminal's Ctrl-C reaches this script only, and each daemon gets one signal.
    env "${environment[@]}" setsid "build/bin/$service" serve >"$log" 2>&1 </dev/null &
    pids[$service]=$!
    echo "${pids[$service]}" >"$run_dir/$service.pid"
}

is_alive() { kill -0 "${pids[$1]}" 2>/dev/null; }

explain_end() {
    complain "$1 has ended; its log, $run_dir/logs/$1.log, ends with:"
    tail -n 10 "$run_dir/logs/$1.log" >&2
}

wait_ready() {
    local service=$1 ends=$((SECONDS + ready_seconds)) url
    url=http://$host:$(port_of "$service")/readyz
    until curl -fsS --noproxy '*' --max-time 2 -o /dev/null "$url" 2>/dev/null; do
        if ! is_alive "$service"; then
            explain_end "$service"
            return 1
        fi
        if ((SECONDS >= ends)); then
            complain "$service is not ready after $ready_seconds s: $(curl -sS --noproxy '*' --max-time 2 "$url" 2>&1)"
            return 1
        fi
        sleep 0.05
    done
}

# --- stopping ---

stop_all() {
    local service ends index status=0
    for ((index = ${#services[@]} - 1; index >= 0; index--)); do
        service=${services[index]}
        [[ -n ${pids[$service]:-} ]] || continue
        kill -TERM "${pids[$service]}" 2>/dev/null
        ends=$((SECONDS + stop_seconds))
        while is_alive "$service" && ((SECONDS < ends)); do sleep 0.05; done
        if is_alive "$service"; then
            complain "$service did not stop within $stop_seconds s and is killed"
            kill -KILL "${pids[$service]}"
        fi
        wait "${pids[$service]}" 2>/dev/null || {
            complain "$service ended with status $?"
            status=1
        }
        unset "pids[$service]"
        rm -f "$run_dir/$service.pid"
    done
    return $status
}

stop_and_leave() {
    trap '' INT TERM HUP
    echo
    say 'stopping'
    stop_all || exit 1
    say 'stopped; the state is kept in '"$run_dir"
    exit 0
}

# --- the story ---

mkdir -p "$run_dir/logs" || exit 1
exec 9>"$run_dir/lock"
if ! flock --nonblock 9; then
    complain "another make run uses $run_dir; stop it first"
    exit 1
fi
check_ports
make --silent --no-print-directory -j"$(nproc)" all 9>&- || exit 1

trap stop_and_leave INT TERM HUP
for service in "${services[@]}"; do
    start_service "$service" 9>&-
    if ! wait_ready "$service"; then
        stop_all
        exit 1
    fi
done

base=http://$host:$schedule_port
third="rooms/free' -d building_id=25 -d date=$(date +%F) -d time_start=10:00 -d time_end=11:40"
[[ -z ${RUZ_BASE_URL:-} ]] || third="buildings'"
echo
for service in "${services[@]}"; do
    printf '  %-14s http://%s:%s\n' "$service" "$host" "$(port_of "$service")"
done
cat <<END

  Timetable from ${RUZ_BASE_URL:-campus-sim, an invented university}. Logs in $run_dir/logs. Try:

    curl '$base/api/schedule/search?kind=group&q=5130904/20102'
    curl -G '$base/api/schedule' --data-urlencode faculty_abbr=ИКНК -d group_name=5130904/20102
    curl -G '$base/api/schedule/$third

  Ctrl-C stops everything.
END

# Not by `wait -n`: it waits on for the others when one had ended before it was called.
while :; do
    for service in "${services[@]}"; do
        if ! is_alive "$service"; then
            explain_end "$service"
            wait "${pids[$service]}" 2>/dev/null
            unset "pids[$service]"
            stop_all
            exit 1
        fi
    done
    sleep 0.3 >/dev/null 2>&1 9>&- &
    wait $! # unlike sleep itself, this lets a trap run at once
done
