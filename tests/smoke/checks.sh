# SPDX-License-Identifier: MIT
# What the smoke scripts share; they source it after they have set `base`.
# shellcheck shell=bash disable=SC2154

failed=0
count=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# check WHAT STATUS PATTERN PATH [curl's options]: the answer has this status (one of 302|404), and its head or body matches the pattern.
check() {
    local what=$1 status=$2 pattern=$3 path=$4 seen time
    shift 4
    read -r seen time < <(curl -sS --globoff --noproxy '*' --max-time 30 -o "$scratch/body" -D "$scratch/head" \
        -w '%{http_code} %{time_total}\n' "$@" "$base$path" 2>"$scratch/error")
    count=$((count + 1))
    if [[ $seen =~ ^($status)$ ]] && grep -qiE -e "$pattern" "$scratch/head" "$scratch/body" 2>/dev/null; then
        printf 'ok    %-58s %6.0f ms\n' "$what" "$(awk "BEGIN { print $time * 1000 }")"
        return 0
    fi
    printf 'FAIL  %-58s status %s, wanted %s and /%s/\n' "$what" "${seen:-none}" "$status" "$pattern"
    cat "$scratch/error" "$scratch/body" 2>/dev/null | head -c 300 | iconv -c -f utf-8 -t utf-8 2>/dev/null | sed 's/^/      /;$s/$/\n/'
    failed=$((failed + 1))
    return 1
}

# json NAME: the text of this member of the last answer's body, the first there is.
json() {
    tr -d '\n' <"$scratch/body" | grep -oE "\"$1\" *: *\"[^\"]*\"" | head -n 1 | sed 's/^[^:]*: *"//; s/"$//'
}

# The day that the week begins with in Moscow.
monday() { date -d "$(TZ=Europe/Moscow date +'%F -%u days +1 day')" +%F; }

finish() {
    echo "smoke: $((count - failed)) passed, $failed failed, $base"
    ((failed == 0))
}
