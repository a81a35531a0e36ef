#!/bin/bash
# SPDX-License-Identifier: MIT
# What the images' build stage does, the same for every program, so that they share its layers.
#
#   deploy/docker/build.sh packages            what building needs; remembers which libraries the base has by itself
#   deploy/docker/build.sh programs            builds all of them
#   deploy/docker/build.sh collect PROGRAM     lays out under /image what its image has beyond the base
#
# Times of files are SOURCE_DATE_EPOCH, so that the same source makes the same layers.
set -euo pipefail

cd "$(dirname "$0")/../.."
image=/image
base_libraries=/base-libraries
owner=10001 # of the programs' own directories, and who they run as

install_packages() {
    find / -xdev -name '*.so*' -printf '%f\n' | sort -u >"$base_libraries"
    scripts/install-packages.sh build
    apt-get -qq install -y --no-install-recommends ca-certificates
    rm -rf /var/lib/apt/lists/*
}

build_programs() {
    make --silent -j"$(nproc)" all
}

# What a library reads at run time.
declare -A library_data=([libmagic.so.1]=/usr/share/misc/magic.mgc)

# A library's name is what the loader asks for; the base's own are left out.
copy_libraries() { # program
    local name path
    while read -r name path; do
        grep -qxF "$name" "$base_libraries" || install -D -m 644 "$path" "$image/usr/lib/$(basename "$(dirname "$path")")/$name"
        [[ -z ${library_data[$name]:-} ]] || install -D -m 644 "${library_data[$name]}" "$image${library_data[$name]}"
    done < <(ldd "$1" | awk '$2 == "=>" { print $1, $3 }' | sort)
}

collect() { # program
    install -D -m 755 "build/bin/$1" "$image/usr/local/bin/$1"
    strip "$image/usr/local/bin/$1"
    copy_libraries "$image/usr/local/bin/$1"
    install -D -m 755 deploy/docker/start.sh "$image/usr/local/bin/start"
    install -D -m 644 /etc/ssl/certs/ca-certificates.crt "$image/etc/ssl/certs/ca-certificates.crt"
    install -d -m 700 -o "$owner" -g "$owner" "$image"/var/lib/poly/{keys,snapshot,sessions,uploads}
    find "$image" -exec touch --no-dereference --date="@${SOURCE_DATE_EPOCH:-0}" {} +
}

case ${1:-} in
packages) install_packages ;;
programs) build_programs ;;
collect) collect "$2" ;;
*)
    sed -n '4,8s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
