#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs the fuzzers.
#
#   scripts/run-fuzz.sh replay TREE 0 NAME...         every stored input once
#   scripts/run-fuzz.sh explore TREE SECONDS NAME...  new inputs; the growing corpus stays in the tree
set -uo pipefail

mode=$1 tree=$2 seconds=$3
shift 3
case $mode in
replay) runner=fuzz-corpus ;;
explore) runner=fuzz ;;
*)
    echo "run-fuzz: no mode '$mode'" >&2
    exit 2
    ;;
esac

passed=0
failed=0
inputs=0
for name in "$@"; do
    program=$tree/tests/fuzz/fuzz_$name
    seeds=tests/fuzz/corpus/$name
    found=$tree/found/$name
    grown=$tree/corpus/$name
    log=$tree/tests/fuzz/$name.log
    mkdir -p "$found" "$grown"
    if [[ ! -d $seeds || -z $(ls -A "$seeds") ]]; then
        echo "fuzz $name: no stored corpus in $seeds"
        failed=$((failed + 1))
        continue
    fi
    options=(-rss_limit_mb=1024 -timeout=30 "-artifact_prefix=$found/" -print_final_stats=1)
    [[ -f tests/fuzz/$name.dict ]] && options+=("-dict=tests/fuzz/$name.dict")
    if [[ $mode == replay ]]; then
        options+=(-runs=0 "$seeds")
    else
        options+=("-max_total_time=$seconds" "$grown" "$seeds")
    fi
    if "$program" "${options[@]}" >"$log" 2>&1 </dev/null; then
        passed=$((passed + 1))
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        echo "fuzz $name: ok, ${runs:-?} runs"
    else
        failed=$((failed + 1))
        tail -n 60 "$log"
        echo "fuzz $name: FAILED, see $log and $found"
    fi
    inputs=$((inputs + $(find "$seeds" -type f | wc -l)))
done
echo "$runner: $passed passed, $failed failed ($inputs stored inputs)"
((failed == 0))
