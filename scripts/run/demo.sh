# SPDX-License-Identifier: MIT
# People and things to look at, made through the APIs. What is there already stays as it is.

demo_logins=$run_dir/demo-logins

# A failure is told, and leaves the platform running. The students are campus-sim's.
load_demo_data() {
    local urls=("$(url_of sso-svc)" "$(url_of services-svc)")
    [[ -n ${CAS_SERVER:-} ]] || urls+=("$(url_of main-svc)")
    SSO_ADMIN_PASSWORD=$(read_secret sso-admin) DEMO_PASSWORD=$(read_secret demo-password) \
        /usr/bin/python3 demo/load_services.py "${urls[@]}" >"$demo_logins" || {
        complain 'not all of the demo data is there'
        return 0
    }
}

say_demo_logins() {
    [[ -s $demo_logins ]] || return 0
    echo "  Demo logins at $(url_of sso-svc), each with the password $(read_secret demo-password):"
    echo
    sed 's/^/    /' "$demo_logins"
}
