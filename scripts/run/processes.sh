# SPDX-License-Identifier: MIT
# Ports, and the services as processes: start, wait until they are ready, stop.

ready_seconds=30
stop_seconds=20
declare -A pids=()

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
        port=${ports[$service]}
        if is_taken "$port"; then
            complain "port $port, which $service needs, is held by $(holder_of "$port")"
            taken=yes
        fi
    done
    [[ $taken == no ]] && return 0
    complain "stop what holds them, or choose others: $choose_ports make run"
    return 1
}

# --- starting ---

# A variable that the caller has set would contradict the file that it comes from here.
run_daemon() { # name, command
    local environment entry options=()
    mapfile -t environment < <(environment_of "$1")
    for entry in "${environment[@]}"; do
        [[ $entry != *_FILE=* ]] || options+=(-u "${entry%%_FILE=*}")
    done
    exec env "${options[@]}" "${environment[@]}" setsid "build/bin/$1" "$2"
}

serve() {
    case $1 in
    postgres) serve_postgres ;;
    *) run_daemon "$1" serve ;;
    esac
}

# A session of its own for each, so that the terminal's Ctrl-C reaches this script only, and each gets one signal.
start_service() {
    local service=$1 log=$run_dir/logs/$1.log
    make_directories "$service"
    [[ ! -f $log ]] || mv "$log" "$log.1"
    if [[ -n ${databases[$service]:-} ]] && ! (run_daemon "$service" migrate) >"$log" 2>&1; then
        explain_end "$service"
        return 1
    fi
    (serve "$service") >>"$log" 2>&1 </dev/null &
    pids[$service]=$!
    echo "${pids[$service]}" >"$run_dir/$service.pid"
}

is_alive() { kill -0 "${pids[$1]}" 2>/dev/null; }

explain_end() {
    complain "$1 has ended; its log, $run_dir/logs/$1.log, ends with:"
    tail -n 10 "$run_dir/logs/$1.log" >&2
}

says_ready() { curl -fsS --noproxy '*' --max-time 2 "$(url_of "$1")/readyz"; }

is_ready() {
    case $1 in
    postgres) postgres_is_ready ;;
    *) says_ready "$1" >/dev/null 2>&1 ;;
    esac
}

wait_ready() {
    local service=$1 ends=$((SECONDS + ready_seconds))
    until is_ready "$service"; do
        if ! is_alive "$service"; then
            explain_end "$service"
            return 1
        fi
        if ((SECONDS >= ends)); then
            complain "$service is not ready after $ready_seconds s"
            [[ $service == postgres ]] || says_ready "$service" >&2
            return 1
        fi
        sleep 0.05
    done
}

start_services() {
    local service
    for service in "${services[@]}"; do
        start_service "$service" && wait_ready "$service" || return 1
        [[ $service != postgres ]] || make_databases || return 1
    done
}

# --- stopping ---

# PostgreSQL's word for "now, and in order" is another one: SIGTERM has it wait for its clients.
stop_signal_of() { if [[ $1 == postgres ]]; then echo INT; else echo TERM; fi; }

stop_service() {
    local service=$1 ends=$((SECONDS + stop_seconds)) status=0
    kill "-$(stop_signal_of "$service")" "${pids[$service]}" 2>/dev/null
    while is_alive "$service" && ((SECONDS < ends)); do sleep 0.05; done
    if is_alive "$service"; then
        complain "$service did not stop within $stop_seconds s and is killed"
        kill -KILL "${pids[$service]}"
    fi
    wait "${pids[$service]}" 2>/dev/null || {
        status=$?
        complain "$service ended with status $status"
    }
    unset "pids[$service]"
    rm -f "$run_dir/$service.pid"
    return $status
}

stop_all() {
    local index status=0
    for ((index = ${#services[@]} - 1; index >= 0; index--)); do
        [[ -z ${pids[${services[index]}]:-} ]] || stop_service "${services[index]}" || status=1
    done
    return $status
}

# Ends when one of them has. Not by `wait -n`: it waits on for the others when one had ended before it was called.
watch_services() {
    local service
    while :; do
        for service in "${services[@]}"; do
            if ! is_alive "$service"; then
                explain_end "$service"
                return
            fi
        done
        sleep 0.3 >/dev/null 2>&1 &
        wait $! # unlike sleep itself, this lets a trap run at once
    done
}
