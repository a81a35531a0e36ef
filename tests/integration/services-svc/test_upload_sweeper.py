# SPDX-License-Identifier: MIT
"""Files that belong to no application are removed, and no others."""

import os
import time

import poly_process
from applications import PDF, Scene, download_path, stored_files

SETTINGS = {"UPLOAD_SWEEP_SECONDS": 1, "UPLOAD_ORPHAN_SECONDS": 60}


def put(uploads, shelf, name, age):
    path = uploads / shelf / name
    path.write_bytes(PDF)
    then = time.time() - age
    os.utime(path, (then, then))
    return f"{shelf}/{name}"


def test_only_orphans_go(office):
    scene = Scene(office)
    uploads = scene.svc.uploads
    [attachment] = scene.apply(scene.form().file("a.pdf", PDF))["attachments"]
    [kept] = stored_files(uploads)
    os.utime(uploads / kept, (0, 0))
    old = [put(uploads, shelf, f"{shelf}{number:030x}", 100) for number, shelf in enumerate(("00", "7f", "ff"))]
    old.append(put(uploads, "incoming", "0" * 32, 100))
    young = [put(uploads, "ab", "ab" + "0" * 30, 0), put(uploads, "incoming", "1" * 32, 0)]
    other = put(uploads, "ab", "README", 100)
    poly_process.wait_until(lambda: not set(old) & set(stored_files(uploads)), 10, "the orphans are still there")
    assert stored_files(uploads) == sorted([kept, other, *young])
    assert scene.as_student("GET", download_path(attachment)).body == PDF
    assert scene.svc.metric("services_swept_files_total") >= 4


def test_a_database_that_knows_none_of_many_files_is_not_believed(office):
    uploads = office.services.uploads
    many = [put(uploads, "cd", f"cd{number:030x}", 1000) for number in range(25)]
    marker = put(uploads, "ce", f"ce{0:030x}", 1000)
    poly_process.wait_until(lambda: marker not in stored_files(uploads), 10, "nothing was swept")
    assert set(many) <= set(stored_files(uploads))
