# SPDX-License-Identifier: MIT
"""Real answers of RUZ. They stay outside of the project: tests that want them are skipped without them."""

import json
import os
import pathlib

PROJECT = pathlib.Path(__file__).resolve().parents[2]
DIRECTORY = pathlib.Path(os.environ.get("POLY_RUZ_RECORDINGS", PROJECT.parent / "shared" / "ruz" / "recorded"))


def present():
    return (DIRECTORY / "index.tsv").is_file()


def index():
    """Every recording: {request target below RUZ's base URL: path of the file}."""
    lines = (DIRECTORY / "index.tsv").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("\t") for line in lines if line]
    return {target: DIRECTORY / name for target, name in pairs}


def text(target):
    return index()[target].read_text(encoding="utf-8")


def document(target):
    return json.loads(text(target))
