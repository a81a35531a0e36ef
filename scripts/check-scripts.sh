#!/bin/bash
# SPDX-License-Identifier: MIT
# Scripts parse: bash by bash -n, Python by compiling.
set -uo pipefail

passed=0
failed=0
while IFS= read -r script; do
    if bash -n "$script"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
done < <(find scripts tests deploy .ci -type f \( -name '*.sh' -o -path '.ci/run' \) | sort)
while IFS= read -r script; do
    if /usr/bin/python3 - "$script" <<<'import ast, sys; ast.parse(open(sys.argv[1], encoding="utf-8").read(), sys.argv[1])'; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
done < <(find scripts tests demo deploy -name '*.py' | sort)
echo "check-scripts: $passed passed, $failed failed"
((failed == 0))
