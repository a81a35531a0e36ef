# SPDX-License-Identifier: MIT
"""Glewlwyd, Debian's OAuth2 server in C, with a database of its own, as something to compare sso-svc with."""

import gzip
import json
import pathlib
import shutil
import sqlite3
import subprocess

PROGRAM = shutil.which("glewlwyd")
SCHEMA = pathlib.Path("/usr/share/doc/glewlwyd/database/init.sqlite3.sql.gz")
# The administrator whom its schema brings along.
USERNAME, PASSWORD, SCOPE = "admin", "password", "g_profile"
TOKEN_PATH = "/api/oauth2/token"
FORM_HEADER = ("-H", "Content-Type: application/x-www-form-urlencoded")

CONFIGURATION = """\
port={port}
bind_address="127.0.0.1"
external_url="http://127.0.0.1:{port}/"
api_prefix="api"
log_mode="file"
log_level="ERROR"
log_file="{directory}/log"
cookie_secure=0
session_expiration=2419200
session_key="GLEWLWYD2_SESSION_ID"
admin_scope="g_admin"
profile_scope="g_profile"
user_module_path="/usr/lib/glewlwyd/user"
client_module_path="/usr/lib/glewlwyd/client"
user_auth_scheme_module_path="/usr/lib/glewlwyd/scheme"
plugin_module_path="/usr/lib/glewlwyd/plugin"
hash_algorithm="SHA512"
database = {{ type = "sqlite3"; path = "{directory}/database"; }};
"""


def is_installed():
    return PROGRAM is not None and SCHEMA.exists()


def _plugin(directory):
    """ES256, and the two grants that are compared."""
    key, public = directory / "key.pem", directory / "public.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key],
                   check=True, capture_output=True)
    subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-out", public], check=True, capture_output=True)
    return {
        "jwt-type": "ecdsa",
        "jwt-key-size": "256",
        "key": key.read_text(encoding="ascii"),
        "cert": public.read_text(encoding="ascii"),
        "access-token-duration": 3600,
        "refresh-token-duration": 1209600,
        "refresh-token-rolling": True,
        "auth-type-code-enabled": False,
        "auth-type-implicit-enabled": False,
        "auth-type-password-enabled": True,
        "auth-type-client-enabled": False,
        "auth-type-refresh-enabled": True,
    }


def prepare(directory, port):
    """Its database and configuration; answers the command that runs it."""
    directory.mkdir()
    database = sqlite3.connect(directory / "database")
    database.executescript(gzip.decompress(SCHEMA.read_bytes()).decode("utf-8"))
    database.execute(
        "INSERT INTO g_plugin_module_instance (gpmi_module, gpmi_name, gpmi_display_name, gpmi_parameters, gpmi_enabled)"
        " VALUES ('oauth2-glewlwyd', 'oauth2', 'oauth2', ?, 1)",
        (json.dumps(_plugin(directory)),),
    )
    database.commit()
    database.close()
    file = directory / "glewlwyd.conf"
    file.write_text(CONFIGURATION.format(directory=directory, port=port), encoding="utf-8")
    return [PROGRAM, f"--config-file={file}"]


LOGIN_BODY = f"grant_type=password&username={USERNAME}&password={PASSWORD}&scope={SCOPE}"


def refresh_body(token):
    return f"grant_type=refresh_token&refresh_token={token}"
