#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs pytest over directories and prints a closing line.
#
#   scripts/run-pytest.sh NAME PATH... [pytest's own options]
set -uo pipefail

name=$1
shift
log=${POLY_BUILD:-build}/tests/$name.log
mkdir -p "$(dirname "$log")"

/usr/bin/python3 -m pytest -q -rfEsxX --durations=5 -p no:cacheprovider "$@" 2>&1 | tee "$log"
status=${PIPESTATUS[0]}

counts=$(grep -E '^(=+ )?[0-9]+ (passed|failed|error|skipped).* in [0-9.]+s' "$log" | tail -n 1)
count_of() {
    if [[ $counts =~ ([0-9]+)\ $1 ]]; then echo "${BASH_REMATCH[1]}"; else echo 0; fi
}
failed=$(($(count_of failed) + $(count_of error)))
# No test at all (5) is a failure too: the runner was asked to run some.
if ((status != 0 && failed == 0)); then
    failed=1
fi
echo "$name: $(count_of passed) passed, $failed failed, $(count_of skipped) skipped"
exit "$status"
