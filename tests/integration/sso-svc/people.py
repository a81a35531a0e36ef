# SPDX-License-Identifier: MIT
"""Users of every kind, made through the API."""

import itertools

import sso

PASSWORD = "Гранит науки, 1899"


class Person:
    """A user with a password, and how it signs in."""

    def __init__(self, svc, user, password):
        self.svc = svc
        self.user = user
        self.password = password

    @property
    def id(self):
        return self.user["id"]

    @property
    def username(self):
        return self.user["username"]

    def log_in(self, password=None, **members):
        """The answer to a login, whatever it is."""
        return self.svc.log_in(self.username, password or self.password, **members)

    def login(self, **members):
        """A login that succeeds."""
        return self.svc.login(self.username, self.password, **members)

    def bearer(self):
        """Headers of a new session."""
        return sso.bearer(self.login()["access_token"])


class People:
    _numbers = itertools.count(1)

    def __init__(self, svc):
        self.svc = svc

    def number(self):
        """One that nobody else of this run has."""
        return next(self._numbers)

    def entity(self):
        return f"entity-{self.number()}"

    def provision(self, kind="teacher", password=PASSWORD, **members):
        """A new "teacher", "staff" or "executor"."""
        members.setdefault("entity_id", self.entity())
        if password:
            members["password"] = password
        return Person(self.svc, self.svc.provisioned(kind, members.pop("entity_id"), **members), password)

    def admin(self, app="sso", password=PASSWORD, **members):
        """A new administrator of that app."""
        body = {"username": f"admin.{self.number()}", "full_name": "Админова Анна", "app": app, "password": password}
        response = self.svc.as_admin("POST", "/api/users", json_body={**body, **members})
        assert response.status == 201, response
        return Person(self.svc, response.json, password)

    def change(self, person, **members):
        """A PATCH by the administrator; the answer."""
        return self.svc.as_admin("PATCH", f"/api/users/{person.id}", json_body=members)

    def delete(self, person):
        return self.svc.as_admin("DELETE", f"/api/users/{person.id}")
