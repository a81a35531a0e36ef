#!/bin/bash
# SPDX-License-Identifier: MIT
# Installs the Debian or Ubuntu packages that are missing. Says nothing when none is.
#
#   scripts/install-packages.sh [--list] SET...     sets: build run test analyse bench containers systemd
#
# A name with bars is a choice: any of them will do, the first that apt knows is installed. A name with a question
# mark is installed only where the distribution has it.
set -euo pipefail

declare -A sets=(
    [build]='gcc libc6-dev make pkg-config|pkgconf libevent-dev
    libcurl4-openssl-dev|libcurl4-gnutls-dev|libcurl4-nss-dev libcjson-dev libsodium-dev libssl-dev libpq-dev libexpat1-dev zlib1g-dev libmagic-dev libxlsxwriter-dev
    python3 python3-yaml'
    [run]='curl ca-certificates iproute2 postgresql'
    [test]='check clang ?libclang-rt-dev clang-format-14|clang-format groff-base python3-pytest python3-icalendar
    python3-jwcrypto python3-openpyxl python3-pyflakes libjwt-dev nginx postgresql
    ?python3-django-cas-server'
    [analyse]='valgrind clang-tidy cppcheck'
    [bench]='nginx openssl gnuplot-nox|gnuplot'
    [containers]='docker.io|docker-ce docker-compose|docker-compose-v2|docker-compose-plugin debootstrap iptables prometheus'
    [systemd]='systemd-container debootstrap python3-pytest iproute2'
)

list_only=no
if [[ ${1:-} == --list ]]; then
    list_only=yes
    shift
fi

wanted=()
for set_name in "$@"; do
    if [[ -z ${sets[$set_name]:-} ]]; then
        echo "install-packages: no set named '$set_name' (${!sets[*]})" >&2
        exit 2
    fi
    read -r -d '' -a names <<<"${sets[$set_name]}" || true
    wanted+=("${names[@]}")
done

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    missing=()
    for command in cc make pkg-config python3; do
        command -v "$command" >/dev/null || missing+=("$command")
    done
    for library in libevent libcurl libcjson libsodium libcrypto libpq expat zlib libmagic; do
        pkg-config --exists "$library" 2>/dev/null || missing+=("$library")
    done
    if ((${#missing[@]} == 0)); then
        exit 0
    fi
    {
        echo "install-packages: this system has no apt, so nothing can be installed from here."
        echo "Not found: ${missing[*]}"
        echo "Install them by your system's means (Debian's names: ${wanted[*]}), then try again."
    } >&2
    exit 1
fi

is_installed() {
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

any_installed() { # the names of one choice
    local name
    for name in "$@"; do
        is_installed "$name" && return 0
    done
    return 1
}

missing=()
for entry in "${wanted[@]}"; do
    IFS='|' read -r -a choices <<<"${entry#\?}"
    any_installed "${choices[@]}" || missing+=("$entry")
done
if ((${#missing[@]} == 0)); then
    exit 0
fi
if [[ $list_only == yes ]]; then
    printf '%s\n' "${missing[@]}"
    exit 0
fi

as_root=()
if ((EUID != 0)); then
    if ! command -v sudo >/dev/null; then
        echo "install-packages: missing: ${missing[*]}" >&2
        echo "There is no sudo here; run this script as root: $0 $*" >&2
        exit 1
    fi
    as_root=(sudo)
    [[ -t 0 ]] || as_root+=(--non-interactive)
fi
as_root+=(env DEBIAN_FRONTEND=noninteractive)
apt_options=(-qq -y -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0)

echo "installing what is missing: ${missing[*]}"
"${as_root[@]}" apt-get "${apt_options[@]}" update

is_known() {
    [[ $(apt-cache policy "$1" 2>/dev/null) == *Candidate:\ [0-9]* ]]
}

chosen=()
for entry in "${missing[@]}"; do
    IFS='|' read -r -a choices <<<"${entry#\?}"
    found=
    for name in "${choices[@]}"; do
        if is_known "$name"; then
            found=$name
            break
        fi
    done
    if [[ -n $found ]]; then
        chosen+=("$found")
    elif [[ $entry != \?* ]]; then
        echo "install-packages: apt knows no package '$entry'; is the universe component enabled?" >&2
        exit 1
    fi
done
if ((${#chosen[@]} == 0)); then
    exit 0
fi

# These are started by whoever wants one: the packages' services shall neither start now nor with the machine.
quiet_services=()
for service in nginx postgresql docker.io prometheus; do
    if [[ " ${chosen[*]} " == *" $service "* ]]; then
        quiet_services+=("${service%.io}")
        [[ $service != docker.io ]] || quiet_services+=(docker.socket)
    fi
done
policy=/usr/sbin/policy-rc.d
keep_quiet=no
if ((${#quiet_services[@]} > 0)) && [[ ! -e $policy ]]; then
    keep_quiet=yes
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" install -m 755 /dev/stdin "$policy"
    trap '"${as_root[@]}" rm -f "$policy"' EXIT
fi
"${as_root[@]}" apt-get "${apt_options[@]}" install --no-install-recommends "${chosen[@]}" </dev/null
if [[ $keep_quiet == yes && -d /run/systemd/system ]]; then
    "${as_root[@]}" systemctl --quiet disable "${quiet_services[@]}"
fi
