#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Turns a text file into a C source that holds its bytes.

embed-text.py words.txt words.c     defines words_txt and words_txt_size
"""

import os
import pathlib
import sys

BYTES_A_LINE = 24


def c_source(name, data):
    lines = []
    for start in range(0, len(data), BYTES_A_LINE):
        lines.append("    " + ",".join(str(byte) for byte in data[start : start + BYTES_A_LINE]) + ",")
    return "\n".join(
        [
            "/* Made from a text file; do not edit. */",
            "#include <stddef.h>",
            "",
            f"extern const unsigned char {name}[];",
            f"extern const size_t {name}_size;",
            "",
            f"const unsigned char {name}[] = {{",
            *lines,
            "    0,",
            "};",
            f"const size_t {name}_size = sizeof({name}) - 1;",
            "",
        ]
    )


def main():
    source, target = sys.argv[1:]
    name = "".join(letter if letter.isalnum() else "_" for letter in pathlib.Path(source).name)
    partial = target + ".partial"
    with open(partial, "w", encoding="ascii") as file:
        file.write(c_source(name, pathlib.Path(source).read_bytes()))
    os.replace(partial, target)


if __name__ == "__main__":
    main()
