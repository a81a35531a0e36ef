#!/bin/bash
# SPDX-License-Identifier: MIT
# A database for each stateful daemon, and a role that owns it and can connect to no other. Makes what is missing and gives
# each role its present password; run by `up` before the daemons, and safe to run again at any time.
set -euo pipefail

secrets=${SECRETS:-/run/secrets}
databases=(sso services traffic)

statements() { # database
    cat <<END
SELECT 'CREATE ROLE $1 LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '$1') \gexec
ALTER ROLE $1 PASSWORD '$(<"$secrets/$1-database")';
SELECT 'CREATE DATABASE $1 OWNER $1' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '$1') \gexec
REVOKE ALL ON DATABASE $1 FROM PUBLIC;
END
}

PGPASSWORD=$(<"$secrets/postgres")
export PGPASSWORD PGUSER=postgres PGDATABASE=postgres
{
    for database in "${databases[@]}"; do statements "$database"; done
    echo 'REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC;'
} | psql -X -q -v ON_ERROR_STOP=1 >/dev/null
echo "databases: ${databases[*]}"
