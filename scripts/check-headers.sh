#!/bin/bash
# SPDX-License-Identifier: MIT
# Each public header must compile alone, as the first include of a source, and twice, with gcc and clang.
set -uo pipefail

flags=(-std=c17 -D_GNU_SOURCE -Ilibpolyshared/include -fsyntax-only
    -Wall -Wextra -Wpedantic -Werror -Wstrict-prototypes -Wundef)
headers=(libpolyshared/include/poly/*.h)
passed=0
failed=0

verdict() { # description, then the compiler's status
    if (($2 == 0)); then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "check-headers: $1" >&2
    fi
}

for compiler in gcc clang; do
    for header in "${headers[@]}"; do
        name=${header#libpolyshared/include/}
        # An include of itself gives the compiler a main file that is no header, which it would warn about.
        printf '#include "%s"\ntypedef int nothing;\n' "$name" | "$compiler" "${flags[@]}" -x c -
        verdict "$name does not compile alone with $compiler" $?
        printf '#include "%s"\n#include "%s"\n#include <stdio.h>\n#include <string.h>\ntypedef int nothing;\n' \
            "$name" "$name" | "$compiler" "${flags[@]}" -x c -
        verdict "$name does not compile first and twice with $compiler" $?
    done
done
echo "check-headers: $passed passed, $failed failed"
((failed == 0))
