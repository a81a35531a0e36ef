#!/bin/bash
# SPDX-License-Identifier: MIT
# Quick checks of a running sso-svc: one line each, ok or FAIL, what, how long. Without a login they change nothing.
#
#   [SSO_ADMIN_USERNAME=… SSO_ADMIN_PASSWORD=…] tests/smoke/sso-svc.sh [BASE]      http://127.0.0.1:8004 by default
#
# With an administrator's login they also log in, read, refresh and log out: a session that is over at the end.
set -uo pipefail

base=${1:-http://127.0.0.1:8004}
base=${base%/}
. "$(dirname "$0")/checks.sh"

post() { # WHAT STATUS PATTERN PATH BODY [curl's options]; the body goes by standard input, where nobody sees it
    local what=$1 status=$2 pattern=$3 path=$4 body=$5
    shift 5
    check "$what" "$status" "$pattern" "$path" -H 'Content-Type: application/json' --data-binary @- "$@" <<<"$body"
}

check 'it lives' 200 '"status" *: *"ok"' /api/health
check 'it is ready' 200 '"administrator"' /readyz
check 'it has metrics' 200 '^sso_logins_total' /metrics
check 'it describes itself' 200 '"openapi" *: *"3\.1' /openapi.json
check 'it publishes its keys' 200 '"crv" *: *"P-256"' /.well-known/jwks.json
post 'an empty login' 422 '"errors"' /api/auth/login '{}'
post 'a login that is no JSON' 400 'application/problem\+json' /api/auth/login '{'
post 'a refresh token that is none' 401 '"invalid_refresh_token"' /api/auth/refresh '{"refresh_token":"nothing"}'
post 'a logout of nothing' 200 '"ok"' /api/auth/logout '{"refresh_token":"nothing"}'
check 'claims without a token' 401 '^www-authenticate: bearer' /api/auth/me
check 'claims with a forged token' 401 'invalid_token' /api/auth/me -H 'Authorization: Bearer a.b.c'
check 'users without a token' 401 'application/problem\+json' /api/users/
check 'users with a wrong secret' 401 'application/problem\+json' /api/users/ -H 'X-Service-Secret: wrong'
post 'provisioning without a secret' 401 'application/problem\+json' /api/provision/traffic/teacher '{}'
check 'the audit trail without a token' 401 'application/problem\+json' /api/audit
check 'a wrong method' 405 '^allow: ' /api/auth/login -X DELETE
check 'an unknown path' 404 'application/problem\+json' /api/nothing

if [[ -n ${SSO_ADMIN_USERNAME:-} && -n ${SSO_ADMIN_PASSWORD:-} ]]; then
    quoted() { sed 's/\\/\\\\/g; s/"/\\"/g' <<<"$1"; }
    login="{\"username\":\"$(quoted "$SSO_ADMIN_USERNAME")\",\"password\":\"$(quoted "$SSO_ADMIN_PASSWORD")\"}"
    post 'a login' 200 '"access_token"' /api/auth/login "$login"
    token=$(json access_token)
    refresh=$(json refresh_token)
    bearer=(-H "Authorization: Bearer ${token:-none}")
    check 'its claims' 200 '"role" *: *"admin"' /api/auth/me "${bearer[@]}"
    check 'its sessions' 200 '"last_used_at"' /api/auth/sessions "${bearer[@]}"
    check 'a page of users' 200 '"total_pages"' '/api/users/?page=1&page_size=5' "${bearer[@]}"
    check 'a search' 200 '"items"' "/api/users/?page=1&search=$SSO_ADMIN_USERNAME" "${bearer[@]}"
    check 'a taken username' 200 '"available" *: *false' "/api/users/check-username?username=$SSO_ADMIN_USERNAME" "${bearer[@]}"
    check 'the audit trail' 200 '"login_succeeded"' '/api/audit?event=login_succeeded' "${bearer[@]}"
    post 'a refresh' 200 '"refresh_token"' /api/auth/refresh "{\"refresh_token\":\"$refresh\"}"
    next=$(json refresh_token)
    post 'the same again at once' 200 "\"$next\"" /api/auth/refresh "{\"refresh_token\":\"$refresh\"}"
    post 'a logout' 200 '"ok"' /api/auth/logout "{\"refresh_token\":\"$next\"}"
    post 'a refresh after it' 401 '"invalid_refresh_token"' /api/auth/refresh "{\"refresh_token\":\"$next\"}"
fi

finish
