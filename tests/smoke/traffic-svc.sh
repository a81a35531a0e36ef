#!/bin/bash
# SPDX-License-Identifier: MIT
# Quick checks of a running traffic-svc: one line each, ok or FAIL, what, how long. Without tokens they change nothing.
#
#   [ADMIN_TOKEN=… TEACHER_TOKEN=… LAUNCH_TOKEN=…] tests/smoke/traffic-svc.sh [BASE]      http://127.0.0.1:8003 by default
#
# With a traffic administrator's token a kiosk is made, registered and deleted; with a teacher's, too, a session is held
# there, and with a student's launch token the student is marked.
set -uo pipefail

base=${1:-http://127.0.0.1:8003}
base=${base%/}
. "$(dirname "$0")/checks.sh"

post() { # WHAT STATUS PATTERN PATH BODY [curl's options]; the body goes by standard input, where nobody sees it
    local what=$1 status=$2 pattern=$3 path=$4 body=$5
    shift 5
    check "$what" "$status" "$pattern" "$path" -H 'Content-Type: application/json' --data-binary @- "$@" <<<"$body"
}

nobody=00000000-0000-4000-8000-000000000000
check 'it lives' 200 '"status" *: *"ok"' /api/health
check 'it is ready' 200 '"database"' /readyz
check 'it has metrics' 200 '^traffic_marks_total' /metrics
check 'it describes itself' 200 '"openapi" *: *"3\.1' /openapi.json
post 'a launch token that is none' 401 '"launch_token_invalid"' /api/auth/verify-launch '{"token":"a.b.c"}'
post 'no launch token' 422 '"errors"' /api/auth/verify-launch '{}'
post 'a body that is no JSON' 400 'application/problem\+json' /api/auth/verify-launch '{'
check 'a PIN that is none' 422 '"errors"' '/api/tablets/by-display-pin?pin=12'
check 'a kiosk that is none' 404 '"tablet_not_found"' /api/tablets/$nobody
check 'its events' 404 '"tablet_not_found"' /api/tablets/$nobody/events
check 'its session' 404 '"tablet_not_found"' "/api/sessions/current?device_id=$nobody"
check 'kiosks without a token' 401 '^www-authenticate: bearer' /api/tablets/
check 'kiosks with a forged token' 401 'invalid_token' /api/tablets/ -H 'Authorization: Bearer a.b.c'
check 'sessions without a token' 401 '^www-authenticate: bearer' /api/sessions/
check 'teachers with a wrong secret' 401 'application/problem\+json' /api/teachers/sync/status -H 'X-Service-Secret: wrong'
post 'a mark in a session that is none' 404 '"session_not_active"' /api/sessions/$nobody/attend '{"qr_token":"x","launch_token":"y"}'
check 'a wrong method' 405 '^allow: ' /api/tablets -X DELETE
check 'an unknown path' 404 'application/problem\+json' /api/nothing

# The code that the kiosk shows now.
code() { # SESSION SECRET ROTATE_SECONDS
    printf '%s|%s' "$1" "$(($(date +%s) / $3))" | openssl dgst -sha256 -hmac "$2" | sed 's/.*= *//' | cut -c 1-16
}

mark_a_student() {
    local session=$1 secret=$2
    post 'a stale code' 400 '"code_stale"' "/api/sessions/$session/attend" '{"qr_token":"0","launch_token":"x"}'
    post 'a claim' 200 '"expires_in" *: *300' "/api/sessions/$session/claims" "{\"qr_token\":\"$(code "$session" "$secret" "$3")\"}"
    local mark="{\"claim\":\"$(json claim)\",\"launch_token\":\"$LAUNCH_TOKEN\"}"
    post 'a mark' 200 '"ok"' "/api/sessions/$session/attend" "$mark"
    post 'the same again' 200 '"already_marked"' "/api/sessions/$session/attend" "$mark"
    check 'it is counted' 200 '"attendance_count" *: *1' "/api/sessions/current?device_id=$kiosk"
}

hold_a_session() {
    local bearer=(-H "Authorization: Bearer $TEACHER_TOKEN") session secret rotate
    post 'a session' 200 '"active" *: *true' /api/sessions/ "{\"tablet_id\":\"$kiosk\",\"discipline\":\"smoke\"}" "${bearer[@]}"
    session=$(json id)
    check 'the kiosk shows it' 200 "$session" "/api/sessions/current?device_id=$kiosk&tablet_secret=$tablet_secret"
    secret=$(json qr_secret)
    rotate=$(grep -oE '"rotate_seconds" *: *[0-9]+' "$scratch/body" | grep -oE '[0-9]+$')
    [[ -z ${LAUNCH_TOKEN:-} ]] || mark_a_student "$session" "$secret" "${rotate:-10}"
    check 'who was there' 200 '"total_pages"' "/api/sessions/$session/attendees" "${bearer[@]}"
    check 'the history' 200 "$session" '/api/sessions/?page_size=5' "${bearer[@]}"
    check 'its end' 204 '^http' "/api/sessions/$session" -X DELETE "${bearer[@]}"
}

if [[ -n ${ADMIN_TOKEN:-} ]]; then
    bearer=(-H "Authorization: Bearer $ADMIN_TOKEN")
    place='{"building_id":1,"building_name":"smoke","room_id":1,"room_name":"smoke"}'
    post 'a new kiosk' 200 '"reg_pin"' /api/tablets/init '{}'
    kiosk=$(json device_id)
    reg_pin=$(json reg_pin)
    tablet_secret=$(json tablet_secret)
    check 'it waits to be registered' 200 "$kiosk" "/api/tablets/by-reg-pin?pin=$reg_pin" "${bearer[@]}"
    post 'its registration' 200 '"registered" *: *true' "/api/tablets/$kiosk/register" "$place" "${bearer[@]}"
    check 'the kiosks' 200 '"total_pages"' '/api/tablets/?page_size=5' "${bearer[@]}"
    check 'teachers' 200 '"total_pages"' '/api/teachers/?page_size=5' "${bearer[@]}"
    [[ -z ${TEACHER_TOKEN:-} ]] || hold_a_session
    check 'the kiosk is deleted' 204 '^http' "/api/tablets/$kiosk" -X DELETE "${bearer[@]}"
    check 'it is gone' 404 '"tablet_not_found"' "/api/tablets/$kiosk"
fi

finish
