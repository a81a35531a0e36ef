#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A student signs in at the portal, scans the code of a kiosk where a session runs, and is marked.

    demo/scan.py MAIN_URL TRAFFIC_URL KIOSKS STUDENT PASSWORD

KIOSKS is the file of load_traffic.py: with a kiosk's secret the code is made here as the kiosk makes it.
"""

import hashlib
import hmac
import json
import pathlib
import sys
import time
import urllib.error
import urllib.parse

from api import Api, Refused, bearer


def launch_token(main_url, student, password):
    login = Api(main_url).ask("POST", "/api/auth/login", {"username": student, "password": password})
    portal = Api(main_url, bearer(login["token"]))
    return portal.ask("GET", "/api/miniapps/launch-token?app=traffic")["launch_token"]


def running_session(traffic, kiosks):
    for kiosk in kiosks:
        query = urllib.parse.urlencode({"device_id": kiosk["device_id"], "tablet_secret": kiosk["tablet_secret"]})
        current = traffic.ask("GET", "/api/sessions/current?" + query)
        if current["active"]:
            return current
    sys.exit("scan: no session runs")


def code_of(session):
    text = f"{session['session_id']}|{int(time.time()) // session['rotate_seconds']}"
    return hmac.new(session["qr_secret"].encode(), text.encode(), hashlib.sha256).hexdigest()[:16]


def main(main_url, traffic_url, kiosks_path, student, password):
    traffic = Api(traffic_url)
    token = launch_token(main_url, student, password)
    session = running_session(traffic, json.loads(pathlib.Path(kiosks_path).read_text(encoding="utf-8")))
    body = {"qr_token": code_of(session), "launch_token": token}
    answer = traffic.ask("POST", f"/api/sessions/{session['session_id']}/attend", body)
    print(f"{answer['status']}: {answer['message']} ({session['discipline']}, {session['teacher_name']})")


if __name__ == "__main__":
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except (Refused, urllib.error.URLError) as error:
        sys.exit(f"scan: {error}")
