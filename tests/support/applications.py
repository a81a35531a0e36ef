# SPDX-License-Identifier: MIT
"""Forms with files as browsers send them, files of each kind, and what tests do with applications."""

import io
import json
import struct
import uuid
import zipfile

from services import FIELDS, Services

APPLICATIONS = "/api/applications/"

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89\0\0\0\0IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xdb\0\x43\0" + bytes(range(64)) + b"\xff\xd9"
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<</Type/Catalog>>\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
TEXT = "Справка нужна в двух экземплярах.\n".encode()
EXE = b"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff\0\0" + bytes(100) + b"PE\0\0"


def docx():
    """A Word document as Word packs it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", '<?xml version="1.0"?><Types/>')
        archive.writestr("_rels/.rels", '<?xml version="1.0"?><Relationships/>')
        archive.writestr("word/document.xml", '<?xml version="1.0"?><w:document/>')
    return out.getvalue()


def doc():
    """An older Word document: a compound file with one stream in its directory."""
    none, end = 0xFFFFFFFF, 0xFFFFFFFE
    sizes = struct.pack("<5H6x9I", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, end, 0, end, 0)
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + sizes + bytes(4) + b"\xff" * 432
    sectors = struct.pack("<II", 0xFFFFFFFD, end) + b"\xff" * 504

    def entry(name, kind, child):
        text = name.encode("utf-16le") + bytes(2)
        return text.ljust(64, b"\0") + struct.pack("<HBBIII36xII4x", len(text), kind, 1, none, none, child, end, 0)

    return head + sectors + entry("Root Entry", 5, 1) + entry("WordDocument", 2, none) + bytes(256)


def pdf_of(size):
    """A PDF with so many bytes."""
    return PDF + b"\0" * (size - len(PDF))


class Form:
    """A multipart body: Form(service_id=…).file("a.pdf", PDF)."""

    def __init__(self, **fields):
        self.boundary = f"----boundary{uuid.uuid4().hex}"
        self.parts = []
        for name, value in fields.items():
            self.field(name, value)

    def part(self, header, content):
        self.parts.append(b"--" + self.boundary.encode() + b"\r\n" + header + b"\r\n\r\n" + content + b"\r\n")
        return self

    def field(self, name, value):
        value = value if isinstance(value, bytes) else str(value).encode()
        return self.part(f'Content-Disposition: form-data; name="{name}"'.encode(), value)

    def file(self, name, content, field="files", kind="application/octet-stream"):
        name = name if isinstance(name, bytes) else name.encode()
        disposition = b'Content-Disposition: form-data; name="' + field.encode() + b'"; filename="' + name + b'"'
        return self.part(disposition + b"\r\nContent-Type: " + kind.encode(), content)

    @property
    def headers(self):
        return {"Content-Type": f"multipart/form-data; boundary={self.boundary}"}

    @property
    def body(self):
        return b"".join(self.parts) + b"--" + self.boundary.encode() + b"--\r\n"

    def sent(self, headers=None):
        """The arguments of a request that sends it."""
        return {"body": self.body, "headers": {**self.headers, **(headers or {})}}


FILLED_IN = {"copies": 2, "place": "В банк"}


def application_form(service, data=None, **fields):
    data = {} if data is None else data
    return Form(service_id=service["id"], form_data=json.dumps(data, ensure_ascii=False), **fields)


def apply(services_svc, student, service, form=None, headers=None):
    """The answer to a new application of the student."""
    form = form or application_form(service)
    return services_svc.as_student(student["token"], "POST", APPLICATIONS, **form.sent(headers))


def path_of(application, rest=""):
    return APPLICATIONS + (application if isinstance(application, str) else application["id"]) + rest


def download_path(attachment):
    return f"{APPLICATIONS}attachments/{attachment['id']}/download"


def stored_files(uploads):
    """Every file there is in the directory, those that are coming in included."""
    return sorted(str(path.relative_to(uploads)) for path in uploads.rglob("*") if path.is_file())


class Scene:
    """A department with staff, an executor and a service; a student who has applied, and all sorts of others."""

    def __init__(self, office, **service):
        self.office = office
        self.svc: Services = office.services
        self.staff = office.staff()
        self.service = office.service(self.staff["department"], **{"required_fields": FIELDS, **service})
        self.student = office.student()

    def as_student(self, method, path, student=None, **options):
        return self.svc.as_student((student or self.student)["token"], method, path, **options)

    def as_staff(self, method, path, **options):
        return self.svc.as_user(self.staff["token"], method, path, **options)

    def as_executor(self, executor, method, path, **options):
        return self.svc.as_user(executor["token"], method, path, **options)

    def as_admin(self, method, path, **options):
        return self.office.as_admin(method, path, **options)

    def form(self, data=None):
        return application_form(self.service, FILLED_IN if data is None else data)

    def apply(self, form=None, student=None):
        answer = apply(self.svc, student or self.student, self.service, form or self.form())
        assert answer.status == 201, answer
        return answer.json

    def read(self, application, token=None):
        answer = self.as_student("GET", path_of(application)) if token is None else self.svc.as_user(token, "GET", path_of(application))
        assert answer.status == 200, answer
        return answer.json

    def assign(self, application, executor):
        body = {"executor_id": executor and executor["id"]}
        answer = self.as_staff("PATCH", path_of(application, "/assign"), json_body=body)
        assert answer.status == 200, answer

    def set_status(self, application, *statuses):
        for status in statuses:
            answer = self.as_staff("PATCH", path_of(application, "/status"), json_body={"status": status})
            assert answer.status == 200, answer

    def respond(self, application, form, token=None):
        return self.svc.as_user(token or self.staff["token"], "POST", path_of(application, "/respond"), **form.sent())
