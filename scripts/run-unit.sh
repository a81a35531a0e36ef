#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs unit test programs, several at a time, and prints a closing line for each and one for all.
#
#   scripts/run-unit.sh BUILD PROGRAM...
#
# POLY_WRAPPER: a command to run each under (valgrind). JOBS: how many at a time.
#
# A program that ends with 77 was skipped; its last line says why.
set -uo pipefail

build=$1
shift
jobs=${JOBS:-$(nproc)}
limit=300
read -r -a wrapper <<<"${POLY_WRAPPER:-}"

export CK_TIMEOUT_MULTIPLIER=${CK_TIMEOUT_MULTIPLIER:-5}
if [[ ${#wrapper[@]} -gt 0 || $build != build ]]; then
    export CK_TIMEOUT_MULTIPLIER=20
    limit=900
fi
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-second_deadlock_stack=1}

run_program() {
    local program=$1 log=$1.log
    timeout --kill-after=5 "$limit" "${wrapper[@]}" "$program" >"$log" 2>&1 </dev/null
    echo $? >"$program.status"
}

if (($# == 0)); then
    echo "unit: there are no unit tests" >&2
    exit 1
fi
for program in "$@"; do
    while (($(jobs -rp | wc -l) >= jobs)); do
        wait -n
    done
    run_program "$program" &
done
wait

passed=0
failed=0
skipped=0
broken=0
for program in "$@"; do
    name=${program#"$build"/tests/unit/}
    status=$(<"$program.status")
    if ((status == 77)); then
        skipped=$((skipped + 1))
        echo "$name: skipped, $(tail -n 1 "$program.log")"
        continue
    fi
    summary=$(grep -E '^[0-9]+%: Checks: [0-9]+, Failures: [0-9]+, Errors: [0-9]+$' "$program.log" | tail -n 1)
    if [[ $summary =~ Checks:\ ([0-9]+),\ Failures:\ ([0-9]+),\ Errors:\ ([0-9]+) ]]; then
        bad=$((BASH_REMATCH[2] + BASH_REMATCH[3]))
        passed=$((passed + BASH_REMATCH[1] - bad))
        failed=$((failed + bad))
    else
        bad=0
        summary='no summary'
    fi
    if ((status != 0 || bad > 0)) || [[ $summary == 'no summary' ]]; then
        ((bad > 0)) || failed=$((failed + 1))
        broken=$((broken + 1))
        echo "--- $name, exit status $status:"
        tail -n 60 "$program.log"
    fi
    echo "$name: $summary"
done
echo "unit: $passed passed, $failed failed ($# programs, $skipped skipped)"
((failed == 0 && broken == 0))
