#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs test targets one after the other, whatever each says, and then prints their closing lines and the sum.
#
#   scripts/run-tests.sh TARGET...
set -uo pipefail

logs=build/test-logs
mkdir -p "$logs"
broken=()
for target in "$@"; do
    echo "=== make $target"
    make --no-print-directory "$target" 2>&1 | tee "$logs/$target.log"
    ((PIPESTATUS[0] == 0)) || broken+=("$target")
done

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
