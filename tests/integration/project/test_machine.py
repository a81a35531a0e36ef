# SPDX-License-Identifier: MIT
"""What reports say of the machine."""

import machine


def test_the_commit_where_git_is_not_installed(monkeypatch):
    assert machine.commit()
    monkeypatch.setenv("PATH", "/nonexistent")
    assert machine.commit() == machine.NO_COMMIT
