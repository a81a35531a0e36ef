#!/bin/bash
# SPDX-License-Identifier: MIT
# Quick checks of a running services-svc: one line each, ok or FAIL, what, how long. They change nothing.
#
#   [STAFF_TOKEN=…] [STUDENT_TOKEN=…] tests/smoke/services-svc.sh [BASE]      http://127.0.0.1:8002 by default
#
# With an access token of a department's staff, or a student's session, they also read what those may read.
set -uo pipefail

base=${1:-http://127.0.0.1:8002}
base=${base%/}
. "$(dirname "$0")/checks.sh"

post() { # WHAT STATUS PATTERN PATH BODY [curl's options]
    local what=$1 status=$2 pattern=$3 path=$4 body=$5
    shift 5
    check "$what" "$status" "$pattern" "$path" -H 'Content-Type: application/json' --data-binary @- "$@" <<<"$body"
}

nobody=00000000-0000-4000-8000-000000000000

check 'it lives' 200 '"status" *: *"ok"' /api/health
check 'it is ready' 200 '"database"' /readyz
check 'it has metrics' 200 '^services_launches_total' /metrics
check 'it describes itself' 200 '"openapi" *: *"3\.1' /openapi.json
check 'it publishes its keys' 200 '"crv" *: *"P-256"' /.well-known/jwks.json
check 'departments' 200 '^x-total-count' /api/departments/
check 'a page of departments' 200 '"total_pages"' '/api/departments/?page=1&page_size=5'
check 'a department that there is not' 404 '"department_not_found"' "/api/departments/$nobody"
check 'services' 200 '^x-total-count' /api/services/
check 'services of nobody' 200 '\[\]' "/api/services/?department_id=$nobody"
check 'a service that there is not' 404 '"service_not_found"' "/api/services/$nobody"
post 'a launch token that is none' 401 '"invalid_launch_token"' /api/auth/verify-launch '{"token":"nothing"}'
post 'no launch token' 422 '"errors"' /api/auth/verify-launch '{}'
post 'a new department without a token' 401 '^www-authenticate: bearer' /api/departments/ '{"name":"Никакой"}'
post 'a new service with a forged token' 401 'invalid_token' /api/services/ '{"name":"Никакая"}' -H 'Authorization: Bearer a.b.c'
check 'executors without a token' 401 'application/problem\+json' /api/executors/
check 'applications without a session' 401 'application/problem\+json' /api/applications/
check 'a file without a session' 401 'application/problem\+json' \
    /api/applications/attachments/00000000-0000-4000-8000-000000000000/download
check 'a wrong method' 405 '^allow: ' /api/auth/verify-launch -X DELETE
check 'an unknown path' 404 'application/problem\+json' /api/nothing

if [[ -n ${STAFF_TOKEN:-} ]]; then
    bearer=(-H "Authorization: Bearer $STAFF_TOKEN")
    check "the department's executors" 200 '^x-total-count' /api/executors/ "${bearer[@]}"
    check 'a page of them' 200 '"total_pages"' '/api/executors/?page=1&search=%D0%B0' "${bearer[@]}"
    post 'a department made by staff' 403 '"forbidden"' /api/departments/ '{"name":"Никакой"}' "${bearer[@]}"
    post 'a service without a name' 422 '"errors"' /api/services/ '{}' "${bearer[@]}"
fi

if [[ -n ${STUDENT_TOKEN:-} ]]; then
    check 'executors, for a student' 403 '"forbidden"' /api/executors/ -H "X-Student-Token: $STUDENT_TOKEN"
fi

finish
