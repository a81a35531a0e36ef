#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs test targets one after the other, whatever each says, and then prints their closing lines, the tests that failed and
# the sum. A target that cannot run on this machine says "NAME: not run, because ..." in its closing line's place, and counts
# as nothing.
#
#   scripts/run-tests.sh [--beside TARGET]... TARGET... [--last TARGET]
#
#   --beside   it has what CPU time the others leave
#   --last     comes when those beside have ended
set -uo pipefail

logs=build/test-logs
mkdir -p "$logs"
broken=()
declare -A beside=() # target: its process group
targets=()
last=()

end_those_beside() {
    local group
    for group in "${beside[@]}"; do
        kill -TERM -- "-$group" 2>/dev/null
        while kill -0 -- "-$group" 2>/dev/null; do sleep 0.2; done
    done
}
trap end_those_beside EXIT
trap 'exit 130' INT TERM HUP

run_target() {
    echo "=== make $1"
    make --no-print-directory "$1" 2>&1 | tee "$logs/$1.log"
    ((PIPESTATUS[0] == 0)) || broken+=("$1")
}

start_beside() {
    setsid nice make --no-print-directory "$1" >"$logs/$1.log" 2>&1 </dev/null &
    beside[$1]=$!
}

await_beside() {
    echo "=== make $1, beside the others"
    wait "${beside[$1]}" || broken+=("$1")
    unset "beside[$1]"
    cat "$logs/$1.log"
}

while (($# > 0)); do
    case $1 in
    --beside)
        start_beside "$2"
        shift
        ;;
    --last)
        last+=("$2")
        shift
        ;;
    *) targets+=("$1") ;;
    esac
    shift
done
besides=("${!beside[@]}")
for target in "${targets[@]}"; do run_target "$target"; done
for target in "${besides[@]}"; do await_beside "$target"; done
for target in "${last[@]}"; do run_target "$target"; done

# As pytest and Check name them.
names_of_failed() {
    local target
    for target in "$@"; do
        grep -hE '^((FAILED|ERROR) [^ ]+|[^ :]+\.c:[0-9]+:[FE]:)' "$logs/$target.log"
    done | cut -c 1-200 | head -n 40
}

passed=0
failed=0
close() {
    local line
    while IFS= read -r line; do
        echo "$line"
        [[ $line =~ ^[a-z0-9-]+:\ ([0-9]+)\ passed,\ ([0-9]+)\ failed ]] || continue
        passed=$((passed + BASH_REMATCH[1]))
        failed=$((failed + BASH_REMATCH[2]))
    done < <(for target in "$@"; do grep -hE '^[a-z0-9-]+: ([0-9]+ passed, [0-9]+ failed|not run, because)' "$logs/$target.log"; done)
    if ((${#broken[@]} > 0)); then
        names_of_failed "${broken[@]}"
        echo "failed targets: ${broken[*]}"
        ((failed > 0)) || failed=${#broken[@]}
    fi
    echo "$passed passed, $failed failed"
}
close "${targets[@]}" "${besides[@]}" "${last[@]}" >"$logs/closing"
echo "=== closing lines"
cat "$logs/closing"
((failed == 0))
