# SPDX-License-Identifier: MIT
"""The documents say what is so."""

import re
import subprocess

import pytest

from poly_process import ROOT, run

DAEMONS = sorted(path.parent.name for path in ROOT.glob("*-svc/main.c"))
OPERATIONS = ROOT / "docs" / "operations.md"


def documented_variables(section):
    """{name: default} of the table below the heading."""
    text = OPERATIONS.read_text(encoding="utf-8").partition(f"\n### {section}\n")[2]
    text = re.split(r"^#", text, flags=re.M)[0]
    rows = re.findall(r"^\| `([A-Z_]+)` \| (?:`([^`]*)`|([^|]*)) \|", text, re.M)
    return {name: quoted or plain for name, quoted, plain in rows}


def real_variables(daemon):
    """From `<daemon> config`: a name at the margin, its default in the lines below."""
    text = run(daemon, "config").stdout
    parts = re.split(r"^([A-Z_]+)(?:, or a file's name in its _FILE form)?$", text, flags=re.M)[1:]
    defaults = {}
    for name, body in zip(parts[::2], parts[1::2]):
        match = re.search(r"; (?:default (.*?)|(required)); now", body)
        defaults[name] = match.group(1) or match.group(2)
    return defaults


@pytest.mark.parametrize("daemon", DAEMONS)
def test_operations_lists_every_variable_and_its_default(daemon):
    common = documented_variables("Every daemon")
    real = real_variables(daemon)
    del common["LISTEN"], real["LISTEN"]  # the port is the daemon's own
    assert {**common, **documented_variables(daemon)} == real


def test_operations_names_metrics_that_there_are():
    text = OPERATIONS.read_text(encoding="utf-8")
    named = set(re.findall(r"\b(?:http|log|main|poly|process|schedule|services|sso)_[a-z_]+", text)) - {"sso_svc", "schedule_svc", "services_svc"}
    sources = [*ROOT.glob("*-svc/*.c"), *ROOT.glob("libpolyshared/src/*/*.c")]
    literals = set(re.findall(r'"([a-z_]+)"', "".join(source.read_text(encoding="utf-8") for source in sources)))
    assert len(named) > 15
    assert named <= literals


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
