"""What is sent to units: workbooks filled by folder, rosters as offices write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from xlbudget import InputError
from xlbudget.filling import workbooks_with_entries

# ------------------------------------------------------------ filling a folder


def test_workbooks_find_their_entries_by_the_code_in_their_stamp(
    department_workbooks: list[Path], tmp_path: Path
) -> None:
    for code in ("101", "103"):
        (tmp_path / code).mkdir()
    folder = department_workbooks[0].parent
    pairs = workbooks_with_entries(folder, tmp_path)
    assert pairs == [
        (department_workbooks[0], tmp_path / "101"),
        (department_workbooks[2], tmp_path / "103"),
    ]
    (tmp_path / "0101").mkdir()
    with pytest.raises(InputError, match="里的 0101 在“"):
        workbooks_with_entries(folder, tmp_path)
    with pytest.raises(InputError, match="找不到录入数据文件夹"):
        workbooks_with_entries(folder, tmp_path / "无")
