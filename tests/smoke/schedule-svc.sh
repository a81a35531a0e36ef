#!/bin/bash
# SPDX-License-Identifier: MIT
# Quick checks of a running schedule-svc, whatever its timetable: one line each, ok or FAIL, what, how long.
#
#   tests/smoke/schedule-svc.sh [BASE]      http://127.0.0.1:8005 by default
set -uo pipefail

base=${1:-http://127.0.0.1:8005}
base=${base%/}
. "$(dirname "$0")/checks.sh"

# The first "id" of the list NAME in the last answer's body.
first_id() {
    tr -d '\n' <"$scratch/body" | sed "s/.*\"$1\" *: *\[//" | grep -oE '"id" *: *[0-9]+' | head -n 1 | grep -oE '[0-9]+'
}

check 'it lives' 200 '"status" *: *"ok"' /api/health
check 'it is ready' 200 '.' /readyz
check 'it has metrics' 200 '^http_requests_total' /metrics
check 'it describes itself' 200 '"openapi" *: *"3\.1' /openapi.json
check 'faculties' 200 '"faculties" *: *\[ *\{' /api/schedule/faculties
faculty=$(first_id faculties)
check 'groups of a faculty' 200 '"groups" *: *\[' "/api/schedule/faculties/${faculty:-0}/groups"
group=$(first_id groups)
check 'a group' 200 "\"id\" *: *${group:-none}" "/api/schedule/groups/${group:-0}"
find=(-G --data-urlencode "faculty_abbr=$(json abbr)" --data-urlencode "group_name=$(json name)")
check 'the same by its name' 200 "\"group_id\" *: *${group:-none}\\b" /api/schedule/groups/resolve "${find[@]}"
check "a group's week" 200 "\"date_start\" *: *\"$(monday)\"" "/api/schedule/groups/${group:-0}/week"
check '... with its days' 200 '"date".*"lessons" *: *\[|"days" *: *\[ *\]' "/api/schedule/groups/${group:-0}/week"
etag=$(sed -n 's/^etag: *\(.*\)\r$/\1/Ip' "$scratch/head")
check 'the same, not modified' 304 '^etag' "/api/schedule/groups/${group:-0}/week" -H "If-None-Match: ${etag:-none}"
check 'the same, compressed' 200 '^content-encoding: gzip' "/api/schedule/groups/${group:-0}/week" -H 'Accept-Encoding: gzip'
check 'the older form of it' 200 '"days" *: *\[' "/api/schedule?group_id=${group:-0}"
check 'a calendar feed' 200 'BEGIN:VCALENDAR' "/api/schedule/groups/${group:-0}/calendar.ics"
check 'buildings' 200 '"buildings" *: *\[' /api/schedule/buildings
building=$(first_id buildings)
check 'rooms of a building' 200 '"rooms" *: *\[' "/api/schedule/buildings/${building:-0}/rooms"
check 'a search' 200 '.' '/api/schedule/search?q=%D0%B8%D0%B2%D0%B0%D0%BD%D0%BE%D0%B2&kind=teacher'
check 'an unknown group' 404 'application/problem\+json' /api/schedule/groups/999999999/week
check 'a wrong date' 422 '"errors"' "/api/schedule/groups/${group:-0}/week?date=2025-02-30"
check 'a wrong method' 405 '^allow: ' /api/schedule/faculties -X DELETE
check 'an unknown path' 404 'application/problem\+json' /api/schedule/nothing

finish
