#!/bin/bash
# SPDX-License-Identifier: MIT
# Static analysis of the sources, several at a time; every finding is printed and fails it.
#
#   scripts/analyse.sh gcc|tidy|cppcheck COMPILER_FLAG... -- SOURCE...
set -uo pipefail

tool=$1
shift
flags=()
while (($# > 0)) && [[ $1 != -- ]]; do
    flags+=("$1")
    shift
done
shift
logs=build/analyse/$tool
rm -rf "$logs"
mkdir -p "$logs"

analyse_gcc() {
    # -O2 lets the analyser see through inline functions.
    local exceptions
    mapfile -t exceptions < <(sed -n "s|^$1 ||p" scripts/gcc-analyzer-exceptions.txt)
    gcc "${flags[@]}" -std=c17 -O2 -fanalyzer "${exceptions[@]}" -c -o /dev/null "$1"
}

analyse_tidy() {
    clang-tidy --quiet "$1" -- "${flags[@]}" -std=c17
}

analyse_cppcheck() {
    cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
        --suppress=missingIncludeSystem --suppressions-list=scripts/cppcheck-suppressions.txt \
        --template='{file}:{line}: {severity}: {message} [{id}]' "${includes[@]}" "$1"
}

includes=()
for flag in "${flags[@]}"; do
    [[ $flag != -I* && $flag != -D* ]] || includes+=("$flag")
done

analyse() {
    local source=$1 log=$logs/${1//\//_}.log
    "analyse_$tool" "$source" >"$log" 2>&1
    echo $? >"$log.status"
}

for source in "$@"; do
    while (($(jobs -rp | wc -l) >= $(nproc))); do
        wait -n
    done
    analyse "$source" &
done
wait

failed=0
for source in "$@"; do
    log=$logs/${source//\//_}.log
    if [[ $(<"$log.status") != 0 ]] || grep -qE '(warning|error): ' "$log"; then
        failed=$((failed + 1))
        grep -vE '^[0-9]+ warnings? (generated|treated)|^Suppressed|^Use -header-filter' "$log"
    fi
done
echo "analyse-$tool: $(($# - failed)) passed, $failed failed"
((failed == 0))
