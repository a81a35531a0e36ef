# SPDX-License-Identifier: MIT
"""scripts/embed-migrations.py turns files into a table that a program can link, and refuses gaps and stray files."""

import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]

PROGRAM = """
#include "poly/pg_migrate.h"
#include <stdio.h>
extern const poly_migrations demo_svc_migrations;
int main(void)
{
    for (size_t i = 0; i < demo_svc_migrations.count; i++)
        printf("%u|%s|%s|", demo_svc_migrations.items[i].version, demo_svc_migrations.items[i].name,
               demo_svc_migrations.items[i].sql);
    return 0;
}
"""


@pytest.fixture
def migrations(tmp_path):
    directory = tmp_path / "demo-svc" / "migrations"
    directory.mkdir(parents=True)
    return directory


def embed(directory, target):
    return subprocess.run(
        ["/usr/bin/python3", str(ROOT / "scripts/embed-migrations.py"), str(directory), str(target)],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_files_come_out_as_they_are(migrations, tmp_path):
    first = "CREATE TABLE a (t text DEFAULT 'Ё \"quoted\" \\ ??/');\n" * 40
    (migrations / "0001_initial.sql").write_text(first, encoding="utf-8")
    (migrations / "0002_more.sql").write_text("SELECT 2", encoding="utf-8")
    source = tmp_path / "migrations.c"
    main = tmp_path / "main.c"
    program = tmp_path / "program"
    main.write_text(PROGRAM, encoding="utf-8")

    assert embed(migrations, source).returncode == 0
    flags = ["-std=c17", "-Wall", "-Wextra", "-Wpedantic", "-Werror", f"-I{ROOT}/libpolyshared/include"]
    subprocess.run(["cc", *flags, "-o", program, main, source], check=True, timeout=60)
    said = subprocess.run([program], capture_output=True, check=True, timeout=10).stdout.decode("utf-8")

    assert said == f"1|initial|{first}|2|more|SELECT 2|"


@pytest.mark.parametrize(
    "names",
    [
        ["0002_late.sql"],
        ["0001_a.sql", "0003_c.sql"],
        ["0001_a.sql", "0001_b.sql"],
        ["0001_a.sql", "README"],
        ["1_short.sql"],
        [],
    ],
)
def test_what_is_not_numbered_is_refused(migrations, tmp_path, names):
    for name in names:
        (migrations / name).write_text("SELECT 1", encoding="utf-8")

    refusal = embed(migrations, tmp_path / "migrations.c")

    assert refusal.returncode != 0
    assert "embed-migrations: " in refusal.stderr
    assert not (tmp_path / "migrations.c").exists()
