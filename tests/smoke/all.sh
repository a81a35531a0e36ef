#!/bin/bash
# SPDX-License-Identifier: MIT
# The smoke scripts of those daemons whose BASE_… is set, and of what crosses them where it can be tried.
#
#   BASE_MAIN=… BASE_SERVICES=… BASE_TRAFFIC=… BASE_SSO=… BASE_SCHEDULE=… tests/smoke/all.sh
#
# See each script for what else it takes: SSO_ADMIN_USERNAME and SSO_ADMIN_PASSWORD, STUDENT and STUDENT_PASSWORD, …
set -uo pipefail

place=$(dirname "$0")
failed=()
run() { # name, its script and arguments
    local name=$1
    shift
    echo "--- $name"
    "$@" || failed+=("$name")
}

for daemon in main services traffic sso schedule; do
    variable=BASE_${daemon^^}
    [[ -z ${!variable:-} ]] || run "$daemon-svc" "$place/$daemon-svc.sh" "${!variable}"
done
if [[ -n ${BASE_SSO:-} && -n ${BASE_SERVICES:-} && -n ${BASE_TRAFFIC:-} && -n ${SSO_ADMIN_PASSWORD:-} ]]; then
    run platform "$place/platform.sh" "$BASE_SSO" "$BASE_SERVICES" "$BASE_TRAFFIC"
fi
echo "smoke scripts that failed: ${failed[*]:-none}"
((${#failed[@]} == 0))
