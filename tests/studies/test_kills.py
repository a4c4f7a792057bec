"""A share of the kills of tests/kills.py."""

from __future__ import annotations

from pathlib import Path

import kills
import pytest


@pytest.mark.slow
def test_whatever_moment_a_kill_comes_nothing_is_lost_and_a_rerun_ends_as_ever(
    department_workbooks: list[Path], tmp_path: Path
) -> None:
    outcome = kills.run(kills=2, seed=3, folder=tmp_path, times=1, firsts=department_workbooks)
    assert outcome.faults == []
    assert outcome.kills.total() == 2
