# SPDX-License-Identifier: MIT
# Secrets are made once and kept in .run/secrets, a file each that only its owner may read.

secret_path() { echo "$run_dir/secrets/$1"; }

read_secret() { cat "$(secret_path "$1")"; }

# The value comes from standard input. Whole or not there, and never readable for others.
write_secret() {
    local path
    path=$(secret_path "$1")
    (umask 077 && cat >"$path.part") && mv "$path.part" "$path"
}

random_hex() { od -An -v -tx1 -N"$1" /dev/urandom | tr -d ' \n'; }

make_secret() { # name, bytes
    [[ -s $(secret_path "$1") ]] || random_hex "$2" | write_secret "$1"
}

make_secrets() {
    local name
    mkdir -p -m 700 "$run_dir/secrets" || return 1
    for name in "${service_secrets[@]}" "${own_secrets[@]}"; do
        make_secret "$name" 32 || return 1
    done
    make_secret sso-admin 8 # for people to type
    make_secret demo-password 8
}
