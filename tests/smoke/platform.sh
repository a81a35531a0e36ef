#!/bin/bash
# SPDX-License-Identifier: MIT
# Quick checks of what crosses the daemons: one line each, ok or FAIL, what, how long.
#
#   SSO_ADMIN_USERNAME=… SSO_ADMIN_PASSWORD=… tests/smoke/platform.sh SSO_BASE SERVICES_BASE TRAFFIC_BASE
#
# Makes a department with its staff, an executor and a teacher through the administrators' APIs, sees that each has its user
# at sso-svc and can log in, removes them and sees that the users are gone. Then a sync of the teachers: each teacher's user
# has the teacher's id. Nothing stays behind but the sync's own result. SYNC=no leaves the sync out, and looks at the last one.
# With BASE_MAIN, STUDENT and STUDENT_PASSWORD, too, the student opens both applications.
set -uo pipefail

if [[ $# -ne 3 || -z ${SSO_ADMIN_USERNAME:-} || -z ${SSO_ADMIN_PASSWORD:-} ]]; then
    sed -n '5p' "$0" >&2
    exit 2
fi
sso=${1%/}
services=${2%/}
traffic=${3%/}
main=${BASE_MAIN:-}
main=${main%/}
base=$sso
. "$(dirname "$0")/checks.sh"

run=$(od -An -tx1 -N4 /dev/urandom | tr -d ' \n')
password="Дым без огня $run"
sync_seconds=${SYNC_SECONDS:-120}

quoted() { sed 's/\\/\\\\/g; s/"/\\"/g' <<<"$1"; }

# send WHERE WHAT STATUS PATTERN METHOD PATH TOKEN [BODY]; token and body go by files, where nobody sees them.
send() {
    local where=$1 what=$2 status=$3 pattern=$4 method=$5 path=$6 token=$7 options=(-X "$5")
    base=$where
    if [[ -n $token ]]; then
        (umask 077 && printf 'Authorization: Bearer %s' "$token" >"$scratch/token")
        options+=(-H "@$scratch/token")
    fi
    if [[ -n ${8:-} ]]; then
        (umask 077 && printf '%s' "$8" >"$scratch/request")
        options+=(-H 'Content-Type: application/json' --data-binary "@$scratch/request")
    fi
    check "$what" "$status" "$pattern" "$path" "${options[@]}"
}

login() { # what, username, password, app; the token is in `token`
    send "$sso" "$1" 200 '"access_token"' POST /api/auth/login '' \
        "{\"username\":\"$(quoted "$2")\",\"password\":\"$(quoted "$3")\",\"app\":\"$4\"}"
    token=$(json access_token)
}

# An administrator of an application for the time of this run; removed by leave_nothing.
make_admin() { # app
    send "$sso" "an administrator of $1" 201 '"admin"' POST /api/users/ "$admin" \
        "{\"username\":\"smoke-$1-$run\",\"password\":\"$password\",\"full_name\":\"Проверка Связи\",\"app\":\"$1\",\"role\":\"admin\"}"
    admins+=("$(json id)")
    login "... who logs in" "smoke-$1-$run" "$password" "$1"
}

has_user() { # what, entity, app
    send "$sso" "$1" 200 "\"entity_id\" *: *\"$2\"" GET "/api/users/?app_filter=$3&entity_ids=$2" "$admin"
}

has_no_user() { # what, entity, app
    send "$sso" "$1" 200 '^ *\[ *\] *$' GET "/api/users/?app_filter=$3&entity_ids=$2" "$admin"
}

cannot_log_in() { # what, username, app
    send "$sso" "$1" 401 'application/problem\+json' POST /api/auth/login '' \
        "{\"username\":\"$2\",\"password\":\"$password\",\"app\":\"$3\"}"
}

# --- main-svc: a student opens the applications ---

check_launches() {
    local student name launch token
    send "$main" 'a student logs in' 200 '"token"' POST /api/auth/login '' \
        "{\"username\":\"$(quoted "$STUDENT")\",\"password\":\"$(quoted "${STUDENT_PASSWORD:-}")\"}"
    student=$(json token)
    send "$main" '... is somebody' 200 '"sub"' GET /api/auth/me "$student"
    name=$(json name)
    launch="\"student_external_id\" *: *\"$(json sub)\".*\"student_name\" *: *\"${name:-none}\""
    send "$main" '... opens services' 200 '"launch_token"' GET '/api/miniapps/launch-token?app=services' "$student"
    send "$services" '... who knows the student' 200 "$launch.*\"student_token\"" POST /api/auth/verify-launch '' \
        "{\"token\":\"$(json launch_token)\"}"
    (umask 077 && printf 'X-Student-Token: %s' "$(json student_token)" >"$scratch/student")
    base=$services
    check '... and the applications' 200 '^x-total-count' /api/applications/ -H "@$scratch/student"
    send "$main" '... opens traffic' 200 '"launch_token"' GET '/api/miniapps/launch-token?app=traffic' "$student"
    token="{\"token\":\"$(json launch_token)\"}"
    send "$traffic" '... who knows the student' 200 "$launch" POST /api/auth/verify-launch '' "$token"
    send "$services" '... which is nothing to services' 401 '"invalid_launch_token"' POST /api/auth/verify-launch '' "$token"
}

# --- services-svc: staff and executor ---

check_services() {
    local manager staff department executor
    make_admin services
    manager=$token
    send "$services" 'a department with its staff' 201 '"id"' POST /api/departments/ "$manager" \
        "{\"name\":\"Проверка $run\",\"username\":\"smoke-staff-$run\",\"password\":\"$password\"}"
    department=$(json id)
    send "$services" '... is there' 200 "\"name\" *: *\"Проверка $run\".*\"services\" *: *\\[" GET "/api/departments/${department:-none}" ''
    has_user '... has its user' "${department:-none}" services
    login '... who logs in' "smoke-staff-$run" "$password" services
    staff=$token
    send "$services" 'an executor' 201 '"id"' POST /api/executors/ "$staff" \
        "{\"name\":\"Проверка Исполнителя\",\"username\":\"smoke-executor-$run\",\"password\":\"$password\"}"
    executor=$(json id)
    has_user '... has its user' "${executor:-none}" services
    login '... who logs in' "smoke-executor-$run" "$password" services
    send "$services" '... is listed' 200 "\"$executor\".*\"name\" *: *\"Проверка Исполнителя\"" GET /api/executors/ "$staff"
    send "$services" '... is removed' 204 '.' DELETE "/api/executors/${executor:-none}" "$staff"
    has_no_user '... and its user' "${executor:-none}" services
    cannot_log_in '... who logs in no more' "smoke-executor-$run" services
    send "$services" 'the department is removed' 204 '.' DELETE "/api/departments/${department:-none}" "$manager"
    has_no_user '... and its user' "${department:-none}" services
    cannot_log_in '... who logs in no more' "smoke-staff-$run" services
    send "$services" '... and listed no more' 404 'application/problem\+json' GET "/api/departments/${department:-none}" ''
}

# --- traffic-svc: teachers, made by hand and by the sync ---

check_teacher() { # the administrator's token
    local teacher
    send "$traffic" 'a teacher' 200 '"id"' POST /api/teachers/ "$1" \
        "{\"username\":\"smoke-teacher-$run\",\"password\":\"$password\",\"full_name\":\"Проверкин Связист $run\"}"
    teacher=$(json id)
    has_user '... has its user' "${teacher:-none}" traffic
    login '... who logs in' "smoke-teacher-$run" "$password" traffic
    send "$traffic" '... is found by its username' 200 "\"$teacher\".*\"full_name\" *: *\"Проверкин Связист $run\"" \
        GET "/api/teachers/?page=1&search=smoke-teacher-$run" "$1"
    send "$traffic" '... is removed' 204 '.' DELETE "/api/teachers/${teacher:-none}" "$1"
    has_no_user '... and its user' "${teacher:-none}" traffic
    cannot_log_in '... who logs in no more' "smoke-teacher-$run" traffic
}

sync_is_over() { # the administrator's token; quietly
    (umask 077 && printf 'Authorization: Bearer %s' "$1" >"$scratch/token")
    curl -sS --noproxy '*' --max-time 10 -H "@$scratch/token" "$traffic/api/teachers/sync/status" 2>/dev/null |
        grep -qE '"running" *: *false'
}

run_sync() { # the administrator's token
    local ends=$((SECONDS + sync_seconds))
    until sync_is_over "$1" || ((SECONDS >= ends)); do sleep 0.2; done
    send "$traffic" 'a sync of the teachers' 202 '.' POST /api/teachers/sync/run "$1"
    until sync_is_over "$1" || ((SECONDS >= ends)); do sleep 0.2; done
}

# All pages of a list; prints the values of one member, sorted.
all_of() { # where, path with its ?, page size, member, token
    local page=1 seen
    (umask 077 && printf 'Authorization: Bearer %s' "$5" >"$scratch/token")
    while :; do
        curl -sS --noproxy '*' --max-time 30 -H "@$scratch/token" "$1$2page=$page&page_size=$3" >"$scratch/page" 2>/dev/null || break
        seen=$(tr -d '\n' <"$scratch/page" | sed 's/.*"items" *: *//' | grep -oE "\"$4\" *: *(\"[^\"]*\"|null)" | sed 's/.*: *//; s/"//g')
        [[ -n $seen ]] || break
        echo "$seen"
        page=$((page + 1))
    done | sort
}

verdict() { # what, whether it is so, what else
    count=$((count + 1))
    if [[ $2 == yes ]]; then
        printf 'ok    %-58s %s\n' "$1" "${3:-}"
    else
        printf 'FAIL  %-58s %s\n' "$1" "${3:-}"
        failed=$((failed + 1))
    fi
}

check_entities() { # the administrator's token
    local without
    all_of "$traffic" '/api/teachers/?' 200 id "$1" >"$scratch/teachers"
    all_of "$sso" '/api/users/?app_filter=traffic&role_filter=teacher&' 500 entity_id "$admin" >"$scratch/entities"
    without=$(grep -c '^null$' "$scratch/entities")
    verdict "each teacher's user has an entity" "$([[ -s $scratch/entities && $without == 0 ]] && echo yes)" "$without without"
    without=$(comm -23 "$scratch/teachers" "$scratch/entities" | wc -l)
    verdict "... which is the teacher's id" "$([[ -s $scratch/teachers && $without == 0 ]] && echo yes)" \
        "$(wc -l <"$scratch/teachers") teachers, $without without a user"
}

check_traffic() {
    local manager
    make_admin traffic
    manager=$token
    check_teacher "$manager"
    [[ ${SYNC:-yes} != yes ]] || run_sync "$manager"
    send "$traffic" "the sync's status" 200 '"last_error" *: *(null|"")' GET /api/teachers/sync/status "$manager"
    check_entities "$manager"
    send "$sso" '... as sso-svc relays it' 200 '"last_success_at"' GET /api/integrations/traffic/teacher-sync/status "$admin"
}

leave_nothing() {
    local id
    for id in "${admins[@]}"; do
        send "$sso" 'the administrator is removed' 200 '"deleted"' DELETE "/api/users/${id:-none}" "$admin"
    done
}

admins=()
login 'the administrator logs in' "$SSO_ADMIN_USERNAME" "$SSO_ADMIN_PASSWORD" sso
admin=$token
[[ -z $main || -z ${STUDENT:-} ]] || check_launches
check_services
check_traffic
leave_nothing
base="$sso $services $traffic"
finish
