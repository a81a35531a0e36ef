# SPDX-License-Identifier: MIT
"""The documents say what is so."""

import re
import subprocess

import pytest

from poly_process import ROOT, run

OPERATIONS = ROOT / "docs" / "operations.md"


def documented_variables():
    rows = re.findall(r"^\| `([A-Z_]+)` \| (?:`([^`]*)`|none) \|", OPERATIONS.read_text(encoding="utf-8"), re.M)
    return {name: default or "none" for name, default in rows}


def real_variables():
    """From `schedule-svc config`: a name at the margin, its default in the lines below."""
    text = run("schedule-svc", "config", check=True).stdout
    parts = re.split(r"^([A-Z_]+)$", text, flags=re.M)[1:]
    return {name: re.search(r"; default (.*?); now", body).group(1) for name, body in zip(parts[::2], parts[1::2])}


def test_operations_lists_every_variable_and_its_default():
    assert documented_variables() == real_variables()


def test_links_lead_somewhere():
    missing = []
    for document in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("*-svc/*.md"), *ROOT.glob("demo/**/*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8")):
            if not (document.parent / target).exists():
                missing.append(f"{document.relative_to(ROOT)}: {target}")
    assert not missing


@pytest.mark.parametrize("source", ROOT.glob("*-svc/openapi.yaml"), ids=lambda source: source.parent.name)
def test_the_api_page_is_made_from_the_present_document(source, tmp_path):
    page = tmp_path / "page.md"
    subprocess.run([ROOT / "scripts/api-docs.py", source, page], check=True, timeout=60)
    kept = ROOT / "docs" / "api" / f"{source.parent.name}.md"
    assert kept.read_text(encoding="utf-8") == page.read_text(encoding="utf-8"), "try make api-docs"
