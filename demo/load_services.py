#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Departments, services, staff and executors to look at, made through the APIs as people would make them.

    SSO_ADMIN_PASSWORD=… DEMO_PASSWORD=… demo/load_services.py SSO_URL SERVICES_URL

What is there already is left alone, so it may be run again. Prints the logins, a line each.
"""

import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request

ADMIN = "services.admin"

REFERENCE = {
    "name": "Справка об обучении",
    "description": "На бумаге, с печатью; забирать в студенческом офисе.",
    "due_working_days": 3,
    "required_fields": [
        {"name": "copies", "label": "Сколько экземпляров", "type": "number", "required": True},
        {
            "name": "place",
            "label": "Куда",
            "type": "select",
            "required": True,
            "options": ["По месту требования", "В военный комиссариат", "В банк"],
        },
        {"name": "remark", "label": "Пожелания", "type": "textarea", "required": False},
    ],
}
PASS_CARD = {
    "name": "Восстановление пропуска",
    "description": "Нужна фотография.",
    "requires_attachment": True,
    "due_working_days": 5,
    "required_fields": [
        {"name": "lost_on", "label": "Когда утерян", "type": "date", "required": True},
        {"name": "circumstances", "label": "При каких обстоятельствах", "type": "textarea", "required": True},
    ],
}
DORMITORY = {
    "name": "Заселение в общежитие",
    "description": "На текущий учебный год.",
    "due_working_days": 10,
    "required_fields": [
        {"name": "city", "label": "Город постоянной регистрации", "type": "text", "required": True},
        {"name": "from", "label": "С какого дня", "type": "date", "required": True},
    ],
}
REPAIR = {
    "name": "Неисправность в комнате",
    "description": "Сантехника, свет, мебель.",
    "required_fields": [
        {"name": "room", "label": "Общежитие и комната", "type": "text", "required": True},
        {"name": "fault", "label": "Что сломалось", "type": "textarea", "required": True},
    ],
}
DEPARTMENTS = [
    {
        "name": "Студенческий офис",
        "description": "Справки, пропуска, документы об обучении.",
        "username": "student.office",
        "services": [REFERENCE, PASS_CARD],
        "executors": [("Петрова Нина Олеговна", "n.petrova"), ("Ильин Сергей Павлович", "s.ilin")],
    },
    {
        "name": "Дирекция студгородка",
        "description": "Общежития: заселение и ремонт.",
        "username": "campus.office",
        "services": [DORMITORY, REPAIR],
        "executors": [("Кузнецов Андрей Викторович", "a.kuznetsov")],
    },
]


class Refused(Exception):
    def __init__(self, status, problem):
        super().__init__(f"{status} {problem.get('detail')}")
        self.status = status


class Api:
    """One daemon, as one caller."""

    _opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def __init__(self, base, headers=None):
        self.base = base
        self.headers = {"Accept-Language": "en", **(headers or {})}

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        headers = {**self.headers, **({} if body is None else {"Content-Type": "application/json"})}
        request = urllib.request.Request(self.base + path, data=data, headers=headers, method=method)
        try:
            with self._opener.open(request, timeout=30) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            raise Refused(error.code, json.loads(error.read() or b"{}")) from None


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def log_in(sso_url, username, password):
    answer = Api(sso_url).ask("POST", "/api/auth/login", {"username": username, "password": password})
    return bearer(answer["access_token"])


def make_admin(sso_url, password, demo_password):
    """The administrator of services, who signs in."""
    sso = Api(sso_url, log_in(sso_url, "admin", password))
    body = {"username": ADMIN, "password": demo_password, "full_name": "Администратор заявок", "app": "services"}
    try:
        sso.ask("POST", "/api/users/", body)
    except Refused as refusal:
        if refusal.status != 409:  # there already
            raise
    return log_in(sso_url, ADMIN, demo_password)


def with_name(items, name):
    return next((item for item in items if item["name"] == name), None)


def make_department(admin, wanted, password):
    found = with_name(admin.ask("GET", "/api/departments/"), wanted["name"])
    if found:
        return found
    body = {name: wanted[name] for name in ("name", "description", "username")}
    return admin.ask("POST", "/api/departments/", {**body, "password": password})


def make_services(admin, department, wanted):
    present = admin.ask("GET", "/api/departments/" + department["id"])["services"]
    for service in wanted:
        if not with_name(present, service["name"]):
            admin.ask("POST", "/api/services/", {**service, "department_id": department["id"]})


def make_executors(staff, wanted, password):
    present = {executor["username"] for executor in staff.ask("GET", "/api/executors/")}
    for name, username in wanted:
        if username not in present:
            staff.ask("POST", "/api/executors/", {"name": name, "username": username, "password": password})


def main(sso_url, services_url):
    password = os.environ["DEMO_PASSWORD"]
    admin = Api(services_url, make_admin(sso_url, os.environ["SSO_ADMIN_PASSWORD"], password))
    print(f"{ADMIN}: administrator of services")
    for wanted in DEPARTMENTS:
        department = make_department(admin, wanted, password)
        make_services(admin, department, wanted["services"])
        staff = Api(services_url, log_in(sso_url, wanted["username"], password))
        make_executors(staff, wanted["executors"], password)
        print(f"{wanted['username']}: staff of «{wanted['name']}»")
        for name, username in wanted["executors"]:
            print(f"{username}: executor there, {name}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except (Refused, urllib.error.URLError) as error:
        sys.exit(f"load_services: {error}")
