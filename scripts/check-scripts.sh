#!/bin/bash
# SPDX-License-Identifier: MIT
# Scripts parse, by bash -n, and pyflakes finds nothing in those in Python.
set -uo pipefail

passed=0
failed=0
while IFS= read -r script; do
    if bash -n "$script"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
done < <(find scripts tests deploy .ci -type f \( -name '*.sh' -o -path '.ci/run' \) | sort)
mapfile -t files < <(find scripts tests demo deploy -name '*.py' | sort)
findings=$(/usr/bin/python3 -m pyflakes "${files[@]}" 2>&1)
if [[ $findings ]]; then echo "$findings"; fi
faulty=$(cut -d: -f1 <<<"$findings" | sort -u | grep -c .)
passed=$((passed + ${#files[@]} - faulty))
failed=$((failed + faulty))
echo "check-scripts: $passed passed, $failed failed"
((failed == 0))
