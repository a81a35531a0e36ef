# SPDX-License-Identifier: MIT
"""Every fault of the list has its name, every fault test says which it shows, and the report counts right."""

import ast
import subprocess
import sys

from poly_process import ROOT

PLACE = ROOT / "tests" / "fault"
sys.path.insert(0, str(PLACE))

from faults import FAULTS  # noqa: E402

# A word of each, in the order of the list of goals.
WORDS = {
    1: "kill -9", 2: "PostgreSQL crashes", 3: "standby", 4: "frozen", 5: "max_connections", 6: "slow query",
    7: "migration", 8: "LISTEN", 9: "lock's holder", 10: "RUZ", 11: "stampede", 12: "received a POST", 13: "half-open",
    14: "drip", 15: "event streams", 16: "client is gone", 17: "smuggling", 18: "JSON", 19: "tokens",
    20: "descriptor", 21: "library", 22: "disk full", 23: "clock", 24: "SIGTERM", 25: "twice the load", 26: "uploads",
}


def test_the_list_is_whole():
    assert list(FAULTS) == list(range(1, 27))
    for number, (what, holds) in FAULTS.items():
        assert WORDS[number] in what, number
        assert len(holds) > 10, number


def marked(decorators):
    """The numbers of pytest.mark.fault(…) among these expressions."""
    calls = [each for each in decorators if isinstance(each, ast.Call) and ast.unparse(each.func) == "pytest.mark.fault"]
    return [argument.value for call in calls for argument in call.args]


def marks_of(file):
    """{test: numbers} of a file; a mark of the module is every test's that has none of its own."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    module = []
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark":
            module = marked(node.value.elts if isinstance(node.value, ast.List) else [node.value])
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    return {node.name: marked(node.decorator_list) or module for node in functions}


def test_every_fault_test_says_its_fault():
    silent = []
    for file in PLACE.glob("test_*.py"):
        for test, numbers in marks_of(file).items():
            if not numbers or not set(numbers) <= set(FAULTS):
                silent.append(f"{file.name}::{test} {numbers}")
    assert not silent


SAMPLE = """\
import pytest

@pytest.mark.fault(3)
@pytest.mark.parametrize("side", [1, 2])
def test_it_holds(side): pass

@pytest.mark.fault(3, 4)
def test_it_breaks(): assert False

@pytest.fixture
def untidy():
    yield
    raise RuntimeError

@pytest.mark.fault(5)
def test_it_does_not_tidy_up(untidy): pass

@pytest.mark.fault(6)
@pytest.mark.skip
def test_not_here(): pass

@pytest.mark.slow
@pytest.mark.fault(7)
def test_later(): pass

def test_of_nothing(): pass
"""


def test_the_report_counts(tmp_path):
    suite = tmp_path / "fault"
    suite.mkdir()
    (suite / "test_sample.py").write_text(SAMPLE, encoding="utf-8")
    for name in ("faults.py", "fault_report.py", "conftest.py"):
        (suite / name).symlink_to(PLACE / name)
    (tmp_path / "conftest.py").symlink_to(ROOT / "tests" / "conftest.py")
    path = tmp_path / "out" / "faults.md"
    command = ["/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow", f"--fault-report={path}", suite]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    said = {int(line[:2]): line for line in answer.stdout.splitlines() if line[:2].strip().isdigit() and "→" in line}
    assert list(said) == list(FAULTS), answer.stdout + answer.stderr
    assert said[3].startswith(" 3 2 passed, 1 failed: the primary")
    assert said[4].startswith(" 4 1 failed: ")
    assert said[5].startswith(" 5 1 failed: ")
    assert said[6].startswith(" 6 1 skipped: ")
    assert said[7].startswith(" 7 1 left out: ")
    assert said[8].startswith(" 8 NO TEST: ")
    assert "1 passed: of no fault of the list" in answer.stdout
    written = path.read_text(encoding="utf-8")
    assert "- it holds (`test_sample.py`): 2 passed" in written
    assert "## 26. " in written
