# SPDX-License-Identifier: MIT
"""The coverage report: modules and domain files, in what was run of them, and what counts as neither."""

import subprocess

import pytest

from poly_process import ROOT

SOURCES = {
    "libpolyshared/src/base/half.c": "int half(int n);\nint half(int n)\n{\n    return n / 2;\n}\n",
    "tiny-svc/rule.c": (
        "int rule(int n);\nint rule(int n)\n{\n    if (n > 1)\n        return 1;\n    return 0;\n}\n"
        "int never(void);\nint never(void)\n{\n    return 2;\n}\n"
    ),
    "tiny-svc/handler.c": "struct poly_request;\nint handle(void);\nint handle(void)\n{\n    return 3;\n}\n",
    "tiny-svc/table.c": "extern const int table[2];\nconst int table[2] = {1, 2};\n",
    "tiny-svc/main.c": "int half(int n);\nint rule(int n);\nint main(void)\n{\n    return half(1) + rule(1);\n}\n",
}


def compile_source(place, source):
    target = place / "build/obj" / source.replace(".c", ".o")
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cc", "-O0", "--coverage", "-c", source, "-o", target], cwd=place, check=True)
    return target


@pytest.fixture
def place(tmp_path):
    for source, text in SOURCES.items():
        (tmp_path / source).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / source).write_text(text)
    objects = [compile_source(tmp_path, source) for source in SOURCES]
    subprocess.run(["cc", "--coverage", *objects, "-o", "program"], cwd=tmp_path, check=True)
    subprocess.run(["./program"], cwd=tmp_path, check=True)
    return tmp_path


def report(place, *options):
    command = ["/usr/bin/python3", ROOT / "scripts/coverage.py", "build", *options]
    return subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)


def test_names_modules_and_domain_files_alone(place):
    done = report(place, "--report", "report.md")
    rows = [line for line in (place / "report.md").read_text().splitlines() if line.startswith("| ")]
    assert rows[1:] == [
        "| libpolyshared | 2 | 100.0 % |",
        "| libpolyshared/src/base | 2 | 100.0 % |",
        "| tiny-svc/rule.c | 6 | 50.0 % |",
    ]
    assert (place / "report.md").read_text() in done.stdout


def test_fails_below_the_goal_and_says_where(place):
    done = report(place)
    assert done.returncode == 1
    assert "tiny-svc/rule.c is at 50.0 %, not 90 %; not run: 5 9-11" in done.stderr
    assert "coverage: 100.0 % of libpolyshared, 1 below the goal" in done.stdout
    assert report(place, "--minimum", "50").returncode == 0


def test_what_never_ran_counts_in_full(place):
    (place / "build/obj/libpolyshared/src/base/half.gcda").unlink()
    assert "| libpolyshared | 2 | 0.0 % |" in report(place).stdout


def test_counters_of_another_compilation_are_not_believed(place):
    source = place / "libpolyshared/src/base/half.c"
    source.write_text("/* changed */\n" + source.read_text())
    compile_source(place, "libpolyshared/src/base/half.c")
    done = report(place)
    assert "compiled again since they ran, and not counted (1): libpolyshared/src/base/half.c" in done.stderr
    assert "| libpolyshared | 2 | 0.0 % |" in done.stdout


def test_lists_every_source_on_request(place):
    listed = report(place, "--lines").stdout
    assert "tiny-svc/handler.c  not run: 3-5" in listed
    assert "tiny-svc/main.c" in listed
