# SPDX-License-Identifier: MIT
"""An administrator makes a department, its staff a service, a student applies with a file and gets one back."""

import uuid

import multipart

PASSWORD = "Гранит науки, 1899"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
ANSWER = PDF + b"% the answer\n" * 1000
FORM = [
    {"name": "copies", "label": "Сколько экземпляров", "type": "number", "required": True},
    {"name": "place", "label": "Куда", "type": "select", "required": True, "options": ["В банк", "По месту требования"]},
]


def unique(name):
    return f"{name}{uuid.uuid4().hex[:8]}"


def make_admin(platform, app):
    person = {"username": unique("boss"), "password": PASSWORD}
    body = {**person, "full_name": "Смирнова Анна Павловна", "app": app}
    platform.sso.ask("POST", "/api/users/", 201, token=platform.admin(), json_body=body)
    return platform.login(person["username"], PASSWORD)


class Story:
    """The department and everybody in it."""

    def __init__(self, platform):
        self.platform = platform
        self.services = platform.services
        self.admin = make_admin(platform, "services")
        self.staff_name = unique("staff")
        body = {"name": unique("Деканат "), "username": self.staff_name, "password": PASSWORD}
        self.department = self.services.ask("POST", "/api/departments/", 201, token=self.admin, json_body=body)
        self.staff = platform.login(self.staff_name, PASSWORD, "services")

    def make_service(self):
        body = {"department_id": self.department["id"], "name": "Справка об обучении", "required_fields": FORM, "requires_attachment": True}
        return self.services.ask("POST", "/api/services/", 201, token=self.staff, json_body=body)

    def make_executor(self):
        self.executor_name = unique("executor")
        body = {"name": "Петрова Нина Олеговна", "username": self.executor_name, "password": PASSWORD}
        self.executor = self.services.ask("POST", "/api/executors/", 201, token=self.staff, json_body=body)
        return self.platform.login(self.executor_name, PASSWORD, "services")

    def student(self, username):
        launch = self.platform.launch_token(self.platform.student(username), "services")
        answer = self.services.ask("POST", "/api/auth/verify-launch", json_body={"token": launch})
        return {"X-Student-Token": answer["student_token"]}

    def apply(self, student, service):
        data = multipart.form(
            [("service_id", service["id"]), ("form_data", '{"copies": 2, "place": "В банк"}')], [("паспорт.pdf", PDF)]
        )
        headers = {**student, **data["headers"]}
        return self.services.ask("POST", "/api/applications/", 201, headers=headers, body=data["body"])

    def users(self):
        """How many users sso-svc has for the department and its executor."""
        ids = f"{self.department['id']},{self.executor['id']}"
        return self.platform.sso.ask("GET", "/api/users/", token=self.platform.admin(), query={"entity_ids": ids})


def test_from_the_department_to_the_answer(platform):
    story = Story(platform)
    service = story.make_service()
    executor = story.make_executor()
    student = story.student("student2")
    application = story.apply(student, service)
    path = f"/api/applications/{application['id']}"

    with story.services.stream(story.services.path_of(path + "/events"), headers=student) as events:
        story.services.ask("PATCH", path + "/assign", token=story.staff, json_body={"executor_id": story.executor["id"]})
        story.services.ask("PATCH", path + "/status", token=story.staff, json_body={"status": "in_progress"})
        data = multipart.form([("message", "Готово."), ("new_status", "completed")], [("справка.pdf", ANSWER)])
        story.services.ask("POST", path + "/respond", token=executor, headers=data["headers"], body=data["body"])
        events.until(lambda event: event.get("status") == "completed")

    seen = story.services.ask("GET", path, headers=student)
    assert seen["status"] == "completed"
    [response] = seen["responses"]
    [attachment] = response["attachments"]
    download = story.services.request("GET", f"/api/applications/attachments/{attachment['id']}/download", headers=student)
    assert (download.status, download.body) == (200, ANSWER)
    assert "UTF-8''%D1%81%D0%BF%D1%80%D0%B0%D0%B2%D0%BA%D0%B0.pdf" in download.header("content-disposition")


def test_nobody_is_left_when_the_department_goes(platform):
    story = Story(platform)
    service = story.make_service()
    executor = story.make_executor()
    application = story.apply(story.student("student3"), service)
    assert len(story.users()) == 2

    answer = story.services.request("DELETE", f"/api/departments/{story.department['id']}", token=story.admin)
    assert answer.status == 204, answer
    assert story.users() == []
    for username in (story.staff_name, story.executor_name):
        body = {"username": username, "password": PASSWORD, "app": "services"}
        assert platform.sso.request("POST", "/api/auth/login", json_body=body).status == 401
    path = f"/api/applications/{application['id']}"
    assert story.services.request("GET", path, token=executor).status == 401
    assert story.services.request("GET", path, token=story.staff).status == 401
    assert story.services.ask("GET", path, headers=story.student("student3"))["id"] == application["id"]
