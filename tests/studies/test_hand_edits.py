"""A dozen of the edits by hand, made by LibreOffice: what is said is what a careful officer would write."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import hand_edits
import pytest
from support.shared_files import made_once

from xlbudget import WorkbookTemplate

SAMPLE = (
    "录入1 删去有金额的一行",
    "录入2 最前面插入两个空行",
    "录入2 插入一列，写上数量",
    "录入1 删去没有金额的一列",
    "录入1 两列对调（插入、剪切、删去）",
    "录入3 只给名称排序",
    "录入2 一行剪切到表内下方的空行",
    "录入1 插入单元格，右边整块下移",
    "公开表5 清空整张表",
    "公开表2 删去一列",
    "代码1 插入一行，加一个编码，并在录入1 使用",
    "存成 .ods，录入1 插入一列",
)


def test_there_are_cases_enough_each_of_its_own_name() -> None:
    names = [case.name for case in hand_edits.cases()]
    assert len(names) >= 60
    assert len(set(names)) == len(names)


@pytest.fixture(scope="session")
def edited(
    template: WorkbookTemplate, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The workbooks of the sample, by one process of LibreOffice."""
    chosen = [case for case in hand_edits.cases() if case.name in SAMPLE]
    make = partial(hand_edits.edit, chosen, template=template)
    return made_once(request, tmp_path_factory, "hand-edits", make)


@pytest.mark.slow
@pytest.mark.parametrize("name", SAMPLE)
def test_what_is_said_of_an_edit_is_what_an_officer_would_write(
    edited: Path, template: WorkbookTemplate, name: str
) -> None:
    [case] = [case for case in hand_edits.cases() if case.name == name]
    outcome = hand_edits.outcome(case, edited, template)
    said = [(one.rule, one.severity.value, one.place.sheet, one.place.address) for one in outcome.findings]
    wanted = [(one.rule, one.severity, one.sheet, one.address) for one in case.finds]
    assert sorted(said) == sorted(wanted)
    assert outcome.right
    assert len(outcome.findings) <= hand_edits.MOST_FINDINGS
