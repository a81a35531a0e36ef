#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs test targets one after the other, whatever each says, and then prints their closing lines and the sum.
#
#   scripts/run-tests.sh [--beside TARGET] TARGET...   --beside: it has what CPU time the others leave
set -uo pipefail

logs=build/test-logs
mkdir -p "$logs"
broken=()
beside=
if [[ $1 == --beside ]]; then
    beside=$2
    shift 2
    nice make --no-print-directory "$beside" >"$logs/$beside.log" 2>&1 </dev/null &
fi
for target in "$@"; do
    echo "=== make $target"
    make --no-print-directory "$target" 2>&1 | tee "$logs/$target.log"
    ((PIPESTATUS[0] == 0)) || broken+=("$target")
done
if [[ $beside ]]; then
    echo "=== make $beside, beside the others"
    wait $! || broken+=("$beside")
    cat "$logs/$beside.log"
    set -- "$@" "$beside"
fi

passed=0
failed=0
close() {
    local line
    while IFS= read -r line; do
        echo "$line"
        [[ $line =~ ^[a-z0-9-]+:\ ([0-9]+)\ passed,\ ([0-9]+)\ failed ]]
        passed=$((passed + BASH_REMATCH[1]))
        failed=$((failed + BASH_REMATCH[2]))
    done < <(for target in "$@"; do grep -hE '^[a-z0-9-]+: [0-9]+ passed, [0-9]+ failed' "$logs/$target.log"; done)
    if ((${#broken[@]} > 0)); then
        echo "failed targets: ${broken[*]}"
        ((failed > 0)) || failed=${#broken[@]}
    fi
    echo "$passed passed, $failed failed"
}
close "$@" >"$logs/closing"
echo "=== closing lines"
cat "$logs/closing"
((failed == 0))
