# SPDX-License-Identifier: MIT
"""Every route of sso-svc, whom it serves, and a request to it that changes nothing whoever makes it."""

import uuid

NOBODY = str(uuid.uuid4())

ADMIN, SERVICES, TRAFFIC, BOT, USER = "admin", "services", "traffic", "bot", "user"
ANYONE = frozenset()
BEARER = frozenset({ADMIN, USER})
ADMIN_OR_SERVICE = frozenset({ADMIN, SERVICES, TRAFFIC, BOT})
TELEGRAM = frozenset({ADMIN, TRAFFIC, BOT})

SYNC = "/api/integrations/traffic/teacher-sync"


class Route:
    """`body` is refused as invalid, and nothing is found at `path`. `query` names the app for services."""

    def __init__(self, method, path, who, body=None, query=None):
        self.method = method
        self.path = path
        self.who = who
        self.body = body
        self.query = query

    def ask(self, svc, headers=None, app="traffic", path=None):
        query = {name: app for name in [self.query] if name}
        return svc.request(self.method, path or self.path, query=query, headers=headers, json_body=self.body)

    def __repr__(self):
        return f"{self.method} {self.path.replace(NOBODY, '{id}')}"


ROUTES = [
    Route("POST", "/api/auth/login", ANYONE, body={}),
    Route("POST", "/api/auth/refresh", ANYONE, body={}),
    Route("POST", "/api/auth/logout", ANYONE, body={"refresh_token": "none"}),
    Route("GET", "/.well-known/jwks.json", ANYONE),
    Route("GET", "/api/auth/me", BEARER),
    Route("GET", "/api/auth/sessions", BEARER),
    Route("DELETE", f"/api/auth/sessions/{NOBODY}", BEARER),
    Route("GET", "/api/users", ADMIN_OR_SERVICE, query="app_filter"),
    Route("GET", "/api/users/check-username", ADMIN_OR_SERVICE),
    Route("GET", "/api/users/by-telegram/1", ADMIN_OR_SERVICE, query="app_filter"),
    Route("GET", "/api/users/by-ruz-teacher/1", ADMIN_OR_SERVICE, query="app_filter"),
    Route("POST", "/api/users", frozenset({ADMIN}), body={}),
    Route("PATCH", f"/api/users/{NOBODY}", frozenset({ADMIN}), body={}),
    Route("DELETE", f"/api/users/{NOBODY}", frozenset({ADMIN})),
    Route("DELETE", "/api/users/by-entity/nothing", frozenset({ADMIN, SERVICES, TRAFFIC}), query="app"),
    Route("POST", f"/api/users/{NOBODY}/telegram-link", TELEGRAM, body={}),
    Route("DELETE", f"/api/users/{NOBODY}/telegram-link", TELEGRAM),
    Route("POST", "/api/provision/services/staff", frozenset({SERVICES}), body={}),
    Route("POST", "/api/provision/services/executor", frozenset({SERVICES}), body={}),
    Route("POST", "/api/provision/services/executors", frozenset({SERVICES}), body={}),
    Route("POST", "/api/provision/traffic/teacher", frozenset({TRAFFIC}), body={}),
    Route("POST", "/api/provision/traffic/teachers", frozenset({TRAFFIC}), body={}),
    Route("POST", "/api/provision/traffic/teachers:batch", frozenset({TRAFFIC}), body={}),
    Route("POST", "/api/provision/traffic/teacher-link-telegram", frozenset({TRAFFIC, BOT}), body={}),
    Route("GET", f"{SYNC}/status", frozenset({ADMIN})),
    Route("POST", f"{SYNC}/run", frozenset({ADMIN})),
    Route("POST", "/api/tokens/telegram", frozenset({TRAFFIC}), body={}),
    Route("GET", "/api/audit", frozenset({ADMIN})),
]

PROTECTED = [route for route in ROUTES if route.who]
OPEN = [route for route in ROUTES if not route.who]
