#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs pytest over directories of tests, a run each, since they have helpers and tests of the same names; two at a time,
# since most of what tests do is wait. Each one's output comes as a whole.
#
#   scripts/run-integration.sh DIRECTORY... [-- pytest's own options]
set -uo pipefail

directories=()
while (($# > 0)) && [[ $1 != -- ]]; do
    directories+=("$1")
    shift
done
shift || true
export outputs
outputs=$(mktemp -d) || exit 1
trap 'rm -rf "$outputs"' EXIT

run_directory() {
    local name status
    name=integration-$(basename "$1")
    scripts/run-pytest.sh "$name" "$@" >"$outputs/$name" 2>&1
    status=$?
    cat "$outputs/$name"
    return $status
}
export -f run_directory

# Those with the most tests first, so that none begins when the others are done.
for directory in "${directories[@]}"; do
    printf '%s %s\n' "$(find "$directory" -name 'test_*.py' | wc -l)" "$directory"
done | sort -rn | cut -d' ' -f2- |
    xargs -P "${TEST_JOBS:-2}" -I{} bash -c 'run_directory "$@"' run-integration {} "$@"
((PIPESTATUS[3] == 0))
