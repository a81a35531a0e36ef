#!/bin/bash
# SPDX-License-Identifier: MIT
# Compares C files with .clang-format, or rewrites them.
#
#   scripts/check-format.sh [--rewrite] FILE...
#
# Other versions of clang-format lay out some lines differently, so that only version 14 judges.
set -euo pipefail

version=14
tool=
for candidate in "clang-format-$version" clang-format; do
    if command -v "$candidate" >/dev/null && [[ $("$candidate" --version) == *"version $version."* ]]; then
        tool=$candidate
        break
    fi
done
if [[ -z $tool ]]; then
    echo "check-format: SKIPPED, there is no clang-format $version here"
    exit 0
fi

if [[ ${1:-} == --rewrite ]]; then
    shift
    exec "$tool" -i "$@"
fi
bad=()
for file in "$@"; do
    "$tool" --dry-run -Werror "$file" >/dev/null 2>&1 || bad+=("$file")
done
if ((${#bad[@]} > 0)); then
    printf 'not in the format, try make format: %s\n' "${bad[@]}" >&2
    echo "check-format: $(($# - ${#bad[@]})) passed, ${#bad[@]} failed"
    exit 1
fi
echo "check-format: $# passed, 0 failed"
