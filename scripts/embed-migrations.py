#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Turns a directory of migrations into a C source that holds them.

embed-migrations.py DIRECTORY migrations.c

The files are NNNN_name.sql, numbered from 0001 without a gap. The source defines `poly_migrations DAEMON_migrations`,
where DAEMON is the directory's parent with '_' for '-'.
"""

import os
import re
import sys

FILE_NAME = re.compile(r"([0-9]{4})_([a-z0-9_]+)\.sql")
BYTES_A_LINE = 24


def migrations_of(directory):
    found = []
    for name in sorted(os.listdir(directory)):
        match = FILE_NAME.fullmatch(name)
        if not match:
            sys.exit(f"embed-migrations: '{directory}/{name}' is not named NNNN_name.sql")
        version = int(match[1])
        if version != len(found) + 1:
            sys.exit(f"embed-migrations: '{directory}/{name}' should have the number {len(found) + 1:04}")
        with open(os.path.join(directory, name), "rb") as file:
            sql = file.read()
        if b"\0" in sql:
            sys.exit(f"embed-migrations: '{directory}/{name}' has a NUL byte")
        found.append((version, match[2], sql))
    return found


def char_array(name, data):
    lines = [f"static const char {name}[] = {{"]
    for start in range(0, len(data), BYTES_A_LINE):
        # As signed bytes: a char may be one.
        numbers = (byte - 256 if byte > 127 else byte for byte in data[start : start + BYTES_A_LINE])
        lines.append("    " + ",".join(f"(char){number}" if number < 0 else str(number) for number in numbers) + ",")
    return lines + ["    0,", "};"]


def c_source(symbol, migrations):
    lines = [
        "/* Made from the migrations' files; do not edit. */",
        '#include "poly/pg_migrate.h"',
        "",
        f"extern const poly_migrations {symbol};",
        "",
    ]
    for version, _, sql in migrations:
        lines += char_array(f"sql_{version}", sql)
    lines.append("static const poly_migration items[] = {")
    lines += [f'    {{{version}, "{name}", sql_{version}}},' for version, name, _ in migrations]
    lines += ["};", f"const poly_migrations {symbol} = {{items, {len(migrations)}}};", ""]
    return "\n".join(lines)


def main():
    directory, target = sys.argv[1:]
    migrations = migrations_of(directory)
    if not migrations:
        sys.exit(f"embed-migrations: there is no migration in '{directory}'")
    daemon = os.path.basename(os.path.dirname(os.path.abspath(directory)))
    partial = target + ".partial"
    with open(partial, "w", encoding="ascii") as file:
        file.write(c_source(daemon.replace("-", "_") + "_migrations", migrations))
    os.replace(partial, target)


if __name__ == "__main__":
    main()
