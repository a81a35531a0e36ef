#!/bin/bash
# SPDX-License-Identifier: MIT
# The boundaries of the platform, read off the sources:
#   - libpolyshared includes its own headers only, never a daemon's;
#   - its public headers include and name no third-party type;
#   - a daemon includes "poly/…", its own headers and the C library's, nothing else;
#   - only schedule-svc and campus-sim know RUZ, only main-svc and campus-sim know CAS and the record book.
#
#   scripts/check-layers.sh [ROOT]
set -uo pipefail

cd "${1:-.}" || exit 2
faults=0
looked_at=0

fault() {
    echo "check-layers: $1" >&2
    faults=$((faults + 1))
}

c_library='assert|complex|ctype|dirent|errno|fcntl|fenv|float|fnmatch|getopt|grp|iconv|ifaddrs|inttypes|iso646|langinfo|libgen'
c_library+='|limits|locale|math|netdb|poll|pthread|pwd|sched|semaphore|setjmp|signal|spawn|stdalign|stdarg|stdatomic'
c_library+='|stdbool|stddef|stdint|stdio|stdlib|stdnoreturn|string|strings|syslog|termios|threads|time|uchar|unistd|wchar|wctype'
c_library+='|sys/[a-z_]+|net/if|netinet/[a-z_]+|arpa/inet|linux/[a-z_]+'

# Prints "<name> or "name for each include of a file, one a line.
includes_of() {
    sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*\([<"][^>"]*\)[>"].*/\1/p' "$1"
}

sources_under() {
    find "$@" -type f \( -name '*.c' -o -name '*.h' \) 2>/dev/null | sort
}

check_library_source() {
    local file=$1 include name
    while IFS= read -r include; do
        [[ $include == \"* ]] || continue
        name=${include#\"}
        if [[ $name == *..* ]]; then
            fault "$file includes \"$name\": no .. in an include"
        elif [[ $name == poly/* ]]; then
            [[ -f libpolyshared/include/$name ]] || fault "$file includes \"$name\", which is no public header"
        elif [[ ! -f libpolyshared/src/$name && ! -f $(dirname "$file")/$name ]]; then
            fault "$file includes \"$name\", which is not the library's"
        fi
    done < <(includes_of "$file")
}

check_public_header() {
    local file=$1 include name
    while IFS= read -r include; do
        name=${include#[<\"]}
        if [[ $include == \"* ]]; then
            [[ $name == poly/* ]] || fault "$file includes \"$name\": a public header includes public headers only"
        elif ! [[ $name =~ ^($c_library)\.h$ ]]; then
            fault "$file includes <$name>, which is not the C library's"
        fi
    done < <(includes_of "$file")
    if grep -nE '\b(evbuffer|event_base|PGresult|PGconn|CURLM?|cJSON|jwt_t|EVP_[A-Z_]+|XML_Parser|z_stream)\b' "$file" >&2; then
        fault "$file names a third-party type"
    fi
}

check_program_source() { # file, the program's directory
    local file=$1 own=$2 include name
    while IFS= read -r include; do
        name=${include#[<\"]}
        if [[ $include == \<* ]]; then
            [[ $name =~ ^($c_library)\.h$ ]] || fault "$file includes <$name>: third-party libraries belong in libpolyshared"
        elif [[ $name == *..* ]]; then
            fault "$file includes \"$name\": no .. in an include"
        elif [[ $name == poly/* ]]; then
            [[ -f libpolyshared/include/$name ]] || fault "$file includes \"$name\", which is no public header"
        elif [[ ! -f $own/$name && ! -f $(dirname "$file")/$name ]]; then
            fault "$file includes \"$name\", which is neither the daemon's own nor public"
        fi
    done < <(includes_of "$file")
}

# Nobody but the named directories may contain the pattern.
check_knowledge() { # what it is, pattern, directories that may
    local subject=$1 pattern=$2 file directory allowed
    shift 2
    while IFS= read -r file; do
        allowed=no
        for directory in "$@"; do
            [[ $file == "$directory"/* ]] && allowed=yes
        done
        if [[ $allowed == no ]] && grep -nEi "$pattern" "$file" >&2; then
            fault "$file knows of $subject, which only $* may"
        fi
    done < <(sources_under libpolyshared ./*-svc demo | sed 's|^\./||')
}

while IFS= read -r file; do
    looked_at=$((looked_at + 1))
    check_library_source "$file"
done < <(sources_under libpolyshared/src)
while IFS= read -r file; do
    looked_at=$((looked_at + 1))
    check_public_header "$file"
done < <(sources_under libpolyshared/include)
for program in *-svc demo/campus-sim; do
    while IFS= read -r file; do
        looked_at=$((looked_at + 1))
        check_program_source "$file" "$program"
    done < <(sources_under "$program")
done
check_knowledge RUZ 'RUZ_BASE_URL|api/v1/ruz|ruz\.spbstu' schedule-svc demo/campus-sim
check_knowledge CAS 'CAS_SERVER|CAS_SERVICE_URL|serviceValidate' main-svc demo/campus-sim
check_knowledge 'the record book' 'RECORD_BOOK_URL' main-svc demo/campus-sim

if ((looked_at == 0)); then
    fault 'there are no sources here'
fi
echo "check-layers: $((looked_at > faults ? looked_at - faults : 0)) passed, $faults failed"
((faults == 0))
