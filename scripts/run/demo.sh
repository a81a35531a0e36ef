# SPDX-License-Identifier: MIT
# People and things to look at, made through the APIs. What is there already stays as it is.

demo_logins=$run_dir/demo-logins
demo_kiosks=$run_dir/demo-kiosks # with their secrets

# A failure is told, and leaves the platform running. The students are campus-sim's.
load_demo_data() {
    SSO_ADMIN_PASSWORD=$(read_secret sso-admin) DEMO_PASSWORD=$(read_secret demo-password) \
        load_each >"$demo_logins" || {
        complain 'not all of the demo data is there'
        return 0
    }
}

load_each() {
    local status=0 urls=("$(url_of sso-svc)" "$(url_of services-svc)")
    [[ -n ${CAS_SERVER:-} ]] || urls+=("$(url_of main-svc)")
    /usr/bin/python3 demo/load_services.py "${urls[@]}" || status=1
    /usr/bin/python3 demo/load_traffic.py "$(url_of sso-svc)" "$(url_of traffic-svc)" "$demo_kiosks" || status=1
    return $status
}

# Only campus-sim's students are known here.
say_scanning() {
    [[ -s $demo_kiosks && -z ${CAS_SERVER:-} ]] || return 0
    echo '  A student scans the code of the kiosk where a session runs:'
    echo
    echo "    demo/scan.py $(url_of main-svc) $(url_of traffic-svc) $demo_kiosks student4 polytech-student4"
}

say_demo_logins() {
    [[ -s $demo_logins ]] || return 0
    echo "  Demo logins at $(url_of sso-svc), each with the password $(read_secret demo-password):"
    echo
    sed 's/^/    /' "$demo_logins"
}
