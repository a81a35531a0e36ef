#!/bin/sh
# SPDX-License-Identifier: MIT
# The demonstration's data, inside the Compose stack; prints the logins. What is there already stays as it is.
set -eu

cd "$(dirname "$0")"
secrets=${SECRETS:-/run/secrets}
SSO_ADMIN_PASSWORD=$(cat "$secrets/sso-admin")
DEMO_PASSWORD=$(cat "$secrets/demo-password")
export SSO_ADMIN_PASSWORD DEMO_PASSWORD
python3 load_services.py http://sso-svc:8004 http://services-svc:8002 http://main-svc:8001
python3 load_traffic.py http://sso-svc:8004 http://traffic-svc:8003 /tmp/kiosks
echo "each with the password $DEMO_PASSWORD"
