#!/bin/bash
# SPDX-License-Identifier: MIT
# Quick checks of a running main-svc: one line each, ok or FAIL, what, how long.
#
#   tests/smoke/main-svc.sh [BASE]      http://127.0.0.1:8001 by default
#
# With STUDENT and STUDENT_PASSWORD it signs in, too (campus-sim: student4 and polytech-student4).
set -uo pipefail

base=${1:-http://127.0.0.1:8001}
base=${base%/}
. "$(dirname "$0")/checks.sh"

as_json=(-H 'Content-Type: application/json')

check 'it lives' 200 '"status" *: *"ok"' /api/health
check 'it is ready' 200 '.' /readyz
check 'it has metrics' 200 '^main_logins_total' /metrics
check 'it describes itself' 200 '"openapi" *: *"3\.1' /openapi.json
check 'its keys are published' 200 '"kty" *: *"EC"' /.well-known/jwks.json
check 'mini-apps' 200 '^\[' /api/miniapps/
check 'a login by redirect, where it is configured' '302|404' '^location: .*/login\?service=|redirect_login_off' /api/auth/login
check 'a callback out of the blue' '400|404' 'login_state_invalid|redirect_login_off' /api/auth/callback?ticket=ST-1
check 'a body that is no JSON' 400 'application/problem\+json' /api/auth/login "${as_json[@]}" -d '{'
check 'a login without a password' 422 '"errors"' /api/auth/login "${as_json[@]}" -d '{"username":"somebody"}'
check 'me, without a token' 401 '^www-authenticate: Bearer' /api/auth/me
check 'the record book, without a token' 401 '^www-authenticate: Bearer' /api/gradebook
check 'the timetable, with a bad token' 401 'invalid_token' /api/schedule -H 'Authorization: Bearer a.b.c'
check 'a wrong method' 405 '^allow: ' /api/miniapps -X DELETE
check 'an unknown path' 404 'application/problem\+json' /api/nothing

if [[ -n ${STUDENT:-} ]]; then
    # Through a file: a command line is everybody's to read.
    printf '{"username":"%s","password":"%s"}' "$STUDENT" "${STUDENT_PASSWORD:-}" >"$scratch/login"
    check 'a login' 200 '"token" *: *"' /api/auth/login "${as_json[@]}" --data-binary "@$scratch/login"
    token=$(json token)
    bearer=(-H "Authorization: Bearer ${token:-none}")
    check 'me' 200 '"sub" *: *"[^"]+".*"study_group_str"' /api/auth/me "${bearer[@]}"
    check 'a launch token' 200 '"launch_token" *: *"' /api/miniapps/launch-token "${bearer[@]}"
    check 'the record book' 200 '"academic_years" *: *\[ *(\]|\{.*"discipline".*"semester".*"control".*"mark")' /api/gradebook "${bearer[@]}"
    check 'the week' 200 "\"date_start\" *: *\"$(monday)\".*\"days\" *: *\\[" /api/schedule "${bearer[@]}"
    check '... with its days' 200 '"date".*"lessons" *: *\[|"days" *: *\[ *\]' /api/schedule "${bearer[@]}"
    check 'a wrong date' 422 '"errors"' '/api/schedule?date=2025-02-30' "${bearer[@]}"
    check 'an unknown app' 404 'miniapp_not_found' '/api/miniapps/launch-token?app=nothing' "${bearer[@]}"
    check 'logout' 200 '"status" *: *"ok"' /api/auth/logout "${bearer[@]}" -X POST
    check 'the record book, behind it' 409 'password_needed' /api/gradebook "${bearer[@]}"
fi

finish
