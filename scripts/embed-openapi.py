#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Turns an OpenAPI document into a C source that holds it as JSON.

embed-openapi.py openapi.yaml openapi.c
"""

import json
import os
import sys

import openapi_document

BYTES_A_LINE = 24


def c_source(data):
    lines = []
    for start in range(0, len(data), BYTES_A_LINE):
        lines.append("    " + ",".join(str(byte) for byte in data[start : start + BYTES_A_LINE]) + ",")
    return "\n".join(
        [
            "/* Made from openapi.yaml; do not edit. */",
            "#include <stddef.h>",
            "",
            "extern const char openapi_json[];",
            "extern const size_t openapi_json_size;",
            "",
            "const char openapi_json[] = {",
            *lines,
            "    0,",
            "};",
            "const size_t openapi_json_size = sizeof(openapi_json) - 1;",
            "",
        ]
    )


def main():
    source, target = sys.argv[1:]
    # ASCII only: a char's sign never matters.
    text = json.dumps(openapi_document.load(source), ensure_ascii=True, separators=(",", ":"))
    partial = target + ".partial"
    with open(partial, "w", encoding="ascii") as file:
        file.write(c_source(text.encode("ascii")))
    os.replace(partial, target)


if __name__ == "__main__":
    main()
