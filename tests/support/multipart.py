# SPDX-License-Identifier: MIT
"""Forms with files, as browsers send them."""

import uuid


def form(fields, files=()):
    """{"headers", "body"} for a request: `fields` are pairs, `files` are (file name, bytes) under the name "files"."""
    boundary = uuid.uuid4().hex
    parts = []
    for name, value in fields:
        parts.append(f'Content-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value.encode())
    for file_name, content in files:
        head = f'Content-Disposition: form-data; name="files"; filename="{file_name}"\r\n'
        parts.append(head.encode() + b"Content-Type: application/octet-stream\r\n\r\n" + content)
    body = b"".join(b"--" + boundary.encode() + b"\r\n" + part + b"\r\n" for part in parts)
    body += b"--" + boundary.encode() + b"--\r\n"
    return {"headers": {"Content-Type": f"multipart/form-data; boundary={boundary}"}, "body": body}
