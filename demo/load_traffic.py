#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Kiosks in rooms, teachers, and a session that runs, made through the APIs as people would make them.

    SSO_ADMIN_PASSWORD=… DEMO_PASSWORD=… demo/load_traffic.py SSO_URL TRAFFIC_URL KIOSKS

KIOSKS is a file that keeps the kiosks' secrets. What is there already is left alone, so it may be run again. Prints the
logins, a line each.
"""

import json
import os
import pathlib
import sys
import time
import urllib.error
import urllib.parse

from api import Api, Refused, log_in

ADMIN = "traffic.admin"
TEACHER = ("demo.teacher", "Белова Мария Андреевна")
ROOMS = 3
SYNC_SECONDS = 60


def make_admin(sso, sso_url, demo_password):
    body = {"username": ADMIN, "password": demo_password, "full_name": "Администратор посещаемости", "app": "traffic"}
    try:
        sso.ask("POST", "/api/users/", body)
    except Refused as refusal:
        if refusal.status != 409:  # there already
            raise
    return log_in(sso_url, ADMIN, demo_password)


# --- kiosks ---


def rooms_of(admin):
    """Some rooms of the first building that has any: [{"building_id", …}]."""
    for building in admin.ask("GET", "/api/schedule/buildings")["buildings"]:
        rooms = admin.ask("GET", f"/api/schedule/buildings/{building['id']}/rooms")["rooms"]
        if len(rooms) >= ROOMS:
            return [place_of(building, room) for room in rooms[:ROOMS]]
    return []


def place_of(building, room):
    return {
        "building_id": building["id"],
        "building_name": building["name"],
        "room_id": room["id"],
        "room_name": room["name"],
    }


def is_there(traffic, kiosk):
    try:
        return traffic.ask("GET", "/api/tablets/" + kiosk["device_id"])["registered"]
    except Refused as refusal:
        if refusal.status != 404:
            raise
        return False


def make_kiosks(admin, traffic, path):
    """The kiosks of the file, those added that are missing."""
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    kiosks = [kiosk for kiosk in kept if is_there(traffic, kiosk)]
    if kiosks:
        return kiosks
    for place in rooms_of(admin):
        kiosk = {**traffic.ask("POST", "/api/tablets/init"), **place}
        admin.ask("POST", f"/api/tablets/{kiosk['device_id']}/register", place)
        kiosks.append(kiosk)
    path.touch(mode=0o600)
    path.write_text(json.dumps(kiosks, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return kiosks


# --- teachers ---


def sync_teachers(admin):
    """The timetable's teachers are there, or the source has none."""
    status = admin.ask("GET", "/api/teachers/sync/status")
    if status["last_success_at"]:
        return
    try:
        admin.ask("POST", "/api/teachers/sync/run")
    except Refused as refusal:
        if refusal.status != 409:  # one runs
            raise
    ends = time.monotonic() + SYNC_SECONDS
    while time.monotonic() < ends:
        status = admin.ask("GET", "/api/teachers/sync/status")
        if not status["running"] and status["last_finished_at"]:
            return
        time.sleep(0.2)


def make_teacher(admin, username, full_name, password):
    if admin.ask("GET", "/api/teachers/check-username?" + urllib.parse.urlencode({"username": username}))["available"]:
        body = {"username": username, "password": password, "full_name": full_name}
        admin.ask("POST", "/api/teachers/", body)


def teachers_of_rooms(admin, kiosks):
    """(RUZ id, kiosk) of those who teach where a kiosk is, this week."""
    for kiosk in kiosks:
        path = f"/api/schedule/buildings/{kiosk['building_id']}/rooms/{kiosk['room_id']}/scheduler"
        lessons = [lesson for day in admin.ask("GET", path)["days"] for lesson in day["lessons"]]
        for ruz_id in dict.fromkeys(teacher["id"] for lesson in lessons for teacher in lesson["teachers"]):
            yield ruz_id, kiosk


def give_password(sso, ruz_teacher_id, password):
    """Lets a teacher of the timetable sign in; the user, or None if there is none."""
    try:
        user = sso.ask("GET", f"/api/users/by-ruz-teacher/{ruz_teacher_id}?app_filter=traffic")
    except Refused as refusal:
        if refusal.status != 404:
            raise
        return None
    return sso.ask("PATCH", "/api/users/" + user["id"], {"password": password})


# --- a session ---


def start_session(teacher, kiosk):
    query = urllib.parse.urlencode({"device_id": kiosk["device_id"], "tablet_secret": kiosk["tablet_secret"]})
    if not teacher.ask("GET", "/api/sessions/current?" + query)["active"]:
        teacher.ask("POST", "/api/sessions/", {"tablet_id": kiosk["device_id"], "discipline": "Физика"})


def main(sso_url, traffic_url, kiosks_path):
    password = os.environ["DEMO_PASSWORD"]
    sso = Api(sso_url, log_in(sso_url, "admin", os.environ["SSO_ADMIN_PASSWORD"]))
    admin = Api(traffic_url, make_admin(sso, sso_url, password))
    print(f"{ADMIN}: administrator of attendance")
    kiosks = make_kiosks(admin, Api(traffic_url), pathlib.Path(kiosks_path))
    make_teacher(admin, *TEACHER, password)
    print(f"{TEACHER[0]}: teacher, {TEACHER[1]}")
    if not kiosks:
        return
    start_session(Api(traffic_url, log_in(sso_url, TEACHER[0], password)), kiosks[0])
    sync_teachers(admin)
    for ruz_id, kiosk in teachers_of_rooms(admin, kiosks[1:]):
        user = give_password(sso, ruz_id, password)
        if user:
            pin = kiosk["display_pin"]
            print(f"{user['username']}: teacher, {user['full_name']}, of the timetable; the kiosk has the PIN {pin}")
            break


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except (Refused, urllib.error.URLError) as error:
        sys.exit(f"load_traffic: {error}")
