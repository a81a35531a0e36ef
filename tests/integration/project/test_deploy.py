# SPDX-License-Identifier: MIT
"""The files under deploy/: units, dashboard and rules are well-formed and speak of what there is."""

import json
import re
import shutil
import subprocess

import pytest

from poly_process import ROOT

DAEMONS = sorted(path.parent.name for path in ROOT.glob("*-svc/main.c"))
RULES = ROOT / "deploy/prometheus/rules.yml"
DASHBOARD = ROOT / "deploy/grafana/platform.json"
SERIES = re.compile(r"\b(?:http|log|main|poly|process|schedule|services|sso|traffic)_[a-z_]+[a-z]\b")


def metrics_of_the_code():
    """Names as the sources register them; of a histogram also what Prometheus derives."""
    sources = [*ROOT.glob("*-svc/*.c"), *ROOT.glob("libpolyshared/src/*/*.c")]
    names = set(re.findall(r'"([a-z_]+)"', "".join(source.read_text(encoding="utf-8") for source in sources)))
    return names | {name + suffix for name in names for suffix in ("_bucket", "_sum", "_count")}


@pytest.mark.parametrize("daemon", DAEMONS)
def test_a_unit_leaves_the_daemon_little_to_harm(daemon, tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd here")
    unit = tmp_path / f"{daemon}.service"
    text = (ROOT / f"deploy/systemd/{daemon}.service").read_text(encoding="utf-8")
    unit.write_text(re.sub("@[A-Z]+@", "/usr/sbin", text), encoding="utf-8")
    answer = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(unit)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout[-300:] + answer.stderr


def test_prometheus_takes_the_rules():
    if not shutil.which("promtool"):
        pytest.skip("no promtool here")
    answer = subprocess.run(
        ["promtool", "check", "rules", RULES], capture_output=True, text=True, timeout=60, check=False
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    config = subprocess.run(
        ["promtool", "check", "config", "--syntax-only", ROOT / "deploy/prometheus/prometheus.yml"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert config.returncode == 0, config.stdout + config.stderr


def test_the_rules_name_metrics_that_there_are():
    text = RULES.read_text(encoding="utf-8")
    named = {name for expression in re.findall(r"expr: (.*(?:\n {10,}.*)*)", text) for name in SERIES.findall(expression)}
    assert len(named) > 8
    assert named <= metrics_of_the_code()


def test_the_dashboard_names_metrics_that_there_are():
    board = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    expressions = [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]
    named = {name for expression in expressions for name in SERIES.findall(expression)}
    assert len(named) > 10
    assert named <= metrics_of_the_code()


def test_the_dashboard_s_panels_do_not_overlap():
    board = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    taken = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert place["x"] + place["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_each_alert_says_what_to_do():
    text = RULES.read_text(encoding="utf-8")
    alerts = re.findall(r"- alert: (\w+)\n((?: {8,}.*\n)+)", text)
    assert len(alerts) > 8
    operations = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    for name, body in alerts:
        assert "summary:" in body and "severity:" in body, name
        assert f"`{name}`" in operations, f"docs/operations.md does not explain {name}"


def test_the_rules_select_values_that_there_are():
    """outcome="reused" and the like: each is a word of the sources."""
    sources = [*ROOT.glob("*-svc/*.c"), *ROOT.glob("libpolyshared/src/*/*.c")]
    words = set(re.findall(r'"([a-z_]+)"', "".join(source.read_text(encoding="utf-8") for source in sources)))
    matchers = re.findall(r'(?:outcome|reason|result)[!=~]+"([a-z_|]+)"', RULES.read_text(encoding="utf-8"))
    assert len(matchers) > 5
    for matcher in matchers:
        assert set(matcher.split("|")) <= words, matcher
