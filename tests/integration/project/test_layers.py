# SPDX-License-Identifier: MIT
"""scripts/check-layers.sh holds on this tree, and notices each kind of trespass in a small one."""

import subprocess

import pytest

from poly_process import ROOT

SOUND = {
    "libpolyshared/include/poly/base.h": "#include <stddef.h>\n",
    "libpolyshared/src/base/base.c": '#include "poly/base.h"\n#include "base/inner.h"\n#include <event2/event.h>\n',
    "libpolyshared/src/base/inner.h": "",
    "demo/campus-sim/main.c": '#include "poly/base.h"\n/* /api/v1/ruz */\n',
    "schedule-svc/main.c": '#include "config.h"\n#include "poly/base.h"\n#include <string.h>\n',
    "schedule-svc/config.h": "/* RUZ_BASE_URL */\n",
    "sso-svc/users.h": "",
}


def check(root):
    return subprocess.run(
        [ROOT / "scripts/check-layers.sh", root], capture_output=True, text=True, timeout=60, check=False
    )


def write_tree(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_this_tree_keeps_the_layers():
    answer = check(ROOT)
    assert answer.returncode == 0, answer.stderr


def test_a_sound_tree_passes(tmp_path):
    write_tree(tmp_path, SOUND)
    answer = check(tmp_path)
    assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize(
    "name, text",
    [
        ("libpolyshared/src/base/base.c", '#include "config.h"\n'),
        ("libpolyshared/src/base/base.c", '#include "../../../schedule-svc/config.h"\n'),
        ("libpolyshared/src/base/base.c", '#include "poly/absent.h"\n'),
        ("libpolyshared/src/base/base.c", 'static const char name[] = "RUZ_BASE_URL";\n'),
        ("libpolyshared/include/poly/base.h", "#include <curl/curl.h>\n"),
        ("libpolyshared/include/poly/base.h", '#include "base/inner.h"\n'),
        ("libpolyshared/include/poly/base.h", "struct evbuffer *poly_base_buffer(void);\n"),
        ("schedule-svc/main.c", "#include <event2/event.h>\n"),
        ("schedule-svc/main.c", "#include <cjson/cJSON.h>\n"),
        ("schedule-svc/main.c", "#  include <openssl/evp.h>\n"),
        ("schedule-svc/main.c", "#include <libpq-fe.h>\n"),
        ("schedule-svc/main.c", "#include <zlib.h>\n"),
        ("schedule-svc/main.c", '#include "../libpolyshared/src/base/inner.h"\n'),
        ("schedule-svc/main.c", '#include "base/inner.h"\n'),
        ("schedule-svc/main.c", '#include "users.h"\n'),
        ("schedule-svc/main.c", '#include "sso-svc/users.h"\n'),
        ("schedule-svc/main.c", 'static const char name[] = "CAS_SERVER";\n'),
        ("sso-svc/users.h", '/* https://ruz.spbstu.ru */\n'),
        ("demo/campus-sim/main.c", '#include "config.h"\n'),
    ],
)
def test_a_trespass_is_noticed(tmp_path, name, text):
    write_tree(tmp_path, SOUND)
    write_tree(tmp_path, {name: text})
    answer = check(tmp_path)
    assert answer.returncode == 1
    assert name in answer.stderr


def test_a_tree_without_sources_is_no_success(tmp_path):
    assert check(tmp_path).returncode == 1
