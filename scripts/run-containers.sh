#!/bin/bash
# SPDX-License-Identifier: MIT
# The tests with containers in CI, whose machine may have no Docker Engine and let none be started: then it says why, in
# the place of a closing line, and goes on. `make compose-test` is the same without that way out.
#
#   scripts/run-containers.sh prepare            makes images beforehand, where they stay: in POLY_DOCKER_ROOT, or an engine that runs
#   scripts/run-containers.sh run NAME PATH...   as scripts/run-pytest.sh
set -uo pipefail

cannot=3
case ${1:-} in
prepare)
    if [[ ${POLY_DOCKER_ROOT:-} ]] || docker info >/dev/null 2>&1; then
        /usr/bin/python3 tests/support/prepare_containers.py ||
            echo 'not prepared: what can be made is made again, by the tests'
    fi
    ;;
run)
    name=$2
    reason=$(/usr/bin/python3 tests/support/docker_preflight.py)
    status=$?
    if ((status == cannot)); then
        echo "$name: not run, because $reason"
        exit 0
    fi
    if ((status != 0)); then
        echo "$name: 0 passed, 1 failed"
        exit "$status"
    fi
    shift
    exec scripts/run-pytest.sh "$@"
    ;;
*)
    sed -n '6,7s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
