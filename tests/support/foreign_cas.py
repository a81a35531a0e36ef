# SPDX-License-Identifier: MIT
"""A CAS server that nobody here wrote (django-cas-server, as Debian packages it), with one user and one service.

foreign_cas.py DIRECTORY PORT SERVICE_PATTERN      serves http://127.0.0.1:PORT/cas until it is ended
"""

import pathlib
import sys
import wsgiref.simple_server

import django
import django.core.management
from django.conf import settings
from django.urls import include, re_path

USER = "ivanova.ma"
PASSWORD = "Невский, 1 & <2>"
ATTRIBUTES = {
    "student_id": "7001",
    "displayName": "Иванова Мария <О'Нил> & К",
    "mail": "ivanova.ma@example.org",
    "study_group_str": "5130904/20102",
    "faculty_abbr": "ИКНК",
}

urlpatterns = []  # filled in once there are settings


def configure(directory):
    settings.configure(
        SECRET_KEY="of a test",
        ALLOWED_HOSTS=["127.0.0.1"],
        DEBUG=False,
        ROOT_URLCONF=__name__,
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "django.contrib.staticfiles",
            "cas_server",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.locale.LocaleMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(directory / "cas.sqlite")}},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        STATIC_URL="/static/",
        USE_TZ=True,
        CAS_AUTH_CLASS="cas_server.auth.TestAuthUser",
        CAS_TEST_USER=USER,
        CAS_TEST_PASSWORD=PASSWORD,
        CAS_TEST_ATTRIBUTES=ATTRIBUTES,
        CAS_NEW_VERSION_HTML_WARNING=False,
        CAS_NEW_VERSION_EMAIL_WARNING=False,
    )
    django.setup()
    urlpatterns.append(re_path("^cas/", include("cas_server.urls", namespace="cas_server")))


def allow(pattern):
    from cas_server.models import ReplaceAttributName, ServicePattern

    service = ServicePattern.objects.create(name="portal", pattern=pattern, pos=1)
    ReplaceAttributName.objects.create(name="*", service_pattern=service)


def main():
    directory, port, pattern = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    configure(directory)
    django.core.management.call_command("migrate", verbosity=0)
    allow(pattern)
    from django.core.wsgi import get_wsgi_application

    wsgiref.simple_server.make_server("127.0.0.1", port, get_wsgi_application()).serve_forever()


if __name__ == "__main__":
    main()
