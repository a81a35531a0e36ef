# SPDX-License-Identifier: MIT
# What `make run` starts, and with which environment. A new daemon is a name in `services`, a line in each table that
# concerns it, and a case in environment_of.

# In the order of starting; stopped in the reverse.
services=(postgres campus-sim schedule-svc sso-svc main-svc services-svc traffic-svc)
if [[ -n ${RUZ_BASE_URL:-} && -n ${CAS_SERVER:-} && -n ${RECORD_BOOK_URL:-} ]]; then
    services=(postgres schedule-svc sso-svc main-svc services-svc traffic-svc) # nothing is imitated
fi

declare -A ports=(
    [postgres]=${POSTGRES_PORT:-5499}
    [campus-sim]=${CAMPUS_PORT:-8099}
    [schedule-svc]=${SCHEDULE_PORT:-8005}
    [sso-svc]=${SSO_PORT:-8004}
    [main-svc]=${MAIN_PORT:-8001}
    [services-svc]=${SERVICES_PORT:-8002}
    [traffic-svc]=${TRAFFIC_PORT:-8003}
)
choose_ports='POSTGRES_PORT=… CAMPUS_PORT=… SCHEDULE_PORT=… SSO_PORT=… MAIN_PORT=… SERVICES_PORT=… TRAFFIC_PORT=…'

# Each stateful daemon's database, which belongs to a role of the same name.
declare -A databases=(
    [sso-svc]=sso
    [services-svc]=services
    [traffic-svc]=traffic
)

# By which services prove themselves to each other.
service_secrets=(services-sso traffic-sso bot-sso traffic-internal)
# And what belongs to one of them alone.
own_secrets=(main-sessions)

url_of() { echo "http://$host:${ports[$1]}"; }

environment_of() {
    echo "LISTEN=$host:${ports[$1]}"
    [[ -z ${databases[$1]:-} ]] || echo "DATABASE_URL_FILE=$(secret_path "${databases[$1]}-database-url")"
    case $1 in
    campus-sim) echo 'TERM_ALWAYS=true' ;; # lessons in July too
    schedule-svc)
        echo "RUZ_BASE_URL=${RUZ_BASE_URL:-$(url_of campus-sim)/api/v1/ruz}"
        echo "SNAPSHOT_DIR=$run_dir/schedule-svc"
        ;;
    sso-svc)
        echo "SIGNING_KEYS_DIR=$run_dir/sso-svc/keys"
        echo 'SSO_ADMIN_USERNAME=admin'
        echo "SSO_ADMIN_PASSWORD_FILE=$(secret_path sso-admin)"
        echo "SERVICES_SSO_SERVICE_SECRET_FILE=$(secret_path services-sso)"
        echo "TRAFFIC_SSO_SERVICE_SECRET_FILE=$(secret_path traffic-sso)"
        echo "BOT_SSO_SERVICE_SECRET_FILE=$(secret_path bot-sso)"
        echo "TRAFFIC_INTERNAL_SERVICE_SECRET_FILE=$(secret_path traffic-internal)"
        echo "TRAFFIC_API_URL=$(url_of traffic-svc)"
        ;;
    main-svc)
        echo "SIGNING_KEYS_DIR=$run_dir/main-svc/keys"
        echo "SESSION_STORE_DIR=$run_dir/main-svc/sessions"
        echo "SESSION_STORE_KEY_FILE=$(secret_path main-sessions)"
        echo "SCHEDULE_API_URL=$(url_of schedule-svc)"
        echo "CAS_SERVER=${CAS_SERVER:-$(url_of campus-sim)/cas}"
        echo "CAS_SERVICE_URL=${CAS_SERVICE_URL:-$(url_of main-svc)/api/auth/callback}"
        echo "RECORD_BOOK_URL=${RECORD_BOOK_URL:-$(url_of campus-sim)/record-book}"
        echo "FRONTEND_URL=${FRONTEND_URL:-http://$host:3000}"
        echo "SERVICES_URL=${SERVICES_URL:-http://$host:3001}"
        echo "TRAFFIC_URL=${TRAFFIC_URL:-http://$host:3002}"
        ;;
    services-svc)
        echo "SIGNING_KEYS_DIR=$run_dir/services-svc/keys"
        echo "UPLOAD_DIR=$run_dir/services-svc/uploads"
        echo "SSO_API_URL=$(url_of sso-svc)"
        echo "SERVICES_SSO_SERVICE_SECRET_FILE=$(secret_path services-sso)"
        echo "MAIN_API_URL=$(url_of main-svc)"
        ;;
    traffic-svc)
        echo "SSO_API_URL=$(url_of sso-svc)"
        echo "SCHEDULE_API_URL=$(url_of schedule-svc)"
        echo "MAIN_API_URL=$(url_of main-svc)"
        echo "TRAFFIC_SSO_SERVICE_SECRET_FILE=$(secret_path traffic-sso)"
        echo "TRAFFIC_INTERNAL_SERVICE_SECRET_FILE=$(secret_path traffic-internal)"
        ;;
    esac
}

# The daemon's own directories under .run/.
make_directories() {
    mkdir -p "$run_dir/$1"
    case $1 in
    sso-svc) mkdir -p -m 700 "$run_dir/sso-svc/keys" ;;
    main-svc) mkdir -p -m 700 "$run_dir/main-svc/keys" "$run_dir/main-svc/sessions" ;;
    services-svc) mkdir -p -m 700 "$run_dir/services-svc/keys" "$run_dir/services-svc/uploads" ;;
    esac
}
