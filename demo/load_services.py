#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Departments, services, staff, executors and applications to look at, made through the APIs as people would make them.

    SSO_ADMIN_PASSWORD=… DEMO_PASSWORD=… demo/load_services.py SSO_URL SERVICES_URL [MAIN_URL]

What is there already is left alone, so it may be run again. With main-svc in front of campus-sim its students apply, too.
Prints the logins, a line each.
"""

import json
import os
import sys
import urllib.error

from api import Api, Refused, bearer, log_in

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


# A picture of one dot: what a photograph looks like to a demonstration.
PHOTO = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)

# Whose, for what, filled in how, and how far it has come: by whom it is done, and what is said.
APPLICATIONS = [
    ("student4", REFERENCE, {"copies": 2, "place": "По месту требования"}, None),
    ("student4", DORMITORY, {"city": "Псков", "from": "2026-09-01"}, {"executor": "a.kuznetsov"}),
    (
        "student4",
        PASS_CARD,
        {"lost_on": "2026-09-15", "circumstances": "Остался в такси."},
        {"executor": "n.petrova", "answer": "Пропуск готов, забирайте в кабинете 112."},
    ),
    ("student3", REPAIR, {"room": "Общежитие 8, комната 412", "fault": "Не закрывается окно."}, {"executor": "a.kuznetsov"}),
    ("student2", REFERENCE, {"copies": 1, "place": "В банк", "remark": "На английском языке."}, None),
]


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


class Demo:
    """The daemons' addresses, and the people of the demonstration as callers."""

    def __init__(self, sso_url, services_url, main_url=None):
        self.sso_url = sso_url
        self.services_url = services_url
        self.main_url = main_url
        self.password = os.environ["DEMO_PASSWORD"]
        self.admin = Api(services_url, make_admin(sso_url, os.environ["SSO_ADMIN_PASSWORD"], self.password))

    def user(self, username):
        return Api(self.services_url, log_in(self.sso_url, username, self.password))

    def student(self, username):
        """Through the portal, as students come."""
        login = {"username": username, "password": f"polytech-{username}"}
        token = Api(self.main_url).ask("POST", "/api/auth/login", login)["token"]
        launch = Api(self.main_url, bearer(token)).ask("GET", "/api/miniapps/launch-token?app=services")["launch_token"]
        session = Api(self.services_url).ask("POST", "/api/auth/verify-launch", {"token": launch})
        return Api(self.services_url, {"X-Student-Token": session["student_token"]})


def make_offers(demo):
    """Departments with what they offer; {service's name: (service, staff, {username: executor's id})}."""
    offers = {}
    for wanted in DEPARTMENTS:
        department = make_department(demo.admin, wanted, demo.password)
        make_services(demo.admin, department, wanted["services"])
        staff = demo.user(wanted["username"])
        make_executors(staff, wanted["executors"], demo.password)
        executors = {each["username"]: each["id"] for each in staff.ask("GET", "/api/executors/")}
        for service in demo.admin.ask("GET", "/api/departments/" + department["id"])["services"]:
            offers[service["name"]] = (service, staff, executors)
        print(f"{wanted['username']}: staff of «{wanted['name']}»")
        for name, username in wanted["executors"]:
            print(f"{username}: executor there, {name}")
    return offers


def carry_on(demo, application, staff, executors, progress):
    """As far as the department has come with it."""
    path = "/api/applications/" + application["id"]
    staff.ask("PATCH", path + "/assign", {"executor_id": executors[progress["executor"]]})
    staff.ask("PATCH", path + "/status", {"status": "in_progress"})
    if "answer" in progress:
        executor = demo.user(progress["executor"])
        executor.send_form(path + "/respond", {"message": progress["answer"], "new_status": "completed"})


def make_application(demo, wanted, offers):
    username, definition, filled_in, progress = wanted
    service, staff, executors = offers[definition["name"]]
    student = demo.student(username)
    present = student.ask("GET", "/api/applications/?page=1&page_size=200")["items"]
    if any(application["service_id"] == service["id"] for application in present):
        return
    fields = {"service_id": service["id"], "form_data": json.dumps(filled_in, ensure_ascii=False)}
    file = ("фотография.png", PHOTO) if service["requires_attachment"] else None
    application = student.send_form("/api/applications/", fields, file)
    if progress:
        carry_on(demo, application, staff, executors, progress)


def main(*urls):
    demo = Demo(*urls)
    print(f"{ADMIN}: administrator of services")
    offers = make_offers(demo)
    if demo.main_url:
        for wanted in APPLICATIONS:
            make_application(demo, wanted, offers)


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except (Refused, urllib.error.URLError) as error:
        sys.exit(f"load_services: {error}")
