"""Performance targets of projects: linked to the ledger by code, funds in 元 held against forms in 万元."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from support import builders

from xlbudget import WorkbookTemplate, check, read
from xlbudget.checking.evidence import Evidence
from xlbudget.department.issue.filling import fill
from xlbudget.model import Cell
from xlbudget.returns.reading import open_workbook
from xlbudget.returns.reading import read as read_opened

TARGETS, INDICATORS = "录入11 绩效目标", "录入12 绩效指标"


@pytest.fixture(scope="module")
def as_published(
    template: WorkbookTemplate,
    reference_workbook: Path,
    demo_data: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The reference budget with its three performance forms as published, slips and all."""
    path = tmp_path_factory.mktemp("published") / "243001.xlsx"
    return fill(reference_workbook, demo_data / "reference_as_published", path, template=template)


def test_year_funds_in_yuan_are_the_published_projects_in_wan_yuan(
    template: WorkbookTemplate, reference_workbook: Path
) -> None:
    evidence = Evidence(template, read_opened(open_workbook(reference_workbook), template))
    rows = {
        evidence.recalculated(Cell("F12", row, "项目名称")): evidence.recalculated(Cell("F12", row, "合计"))
        for row in range(evidence.layout.tables["F12"].rows)
    }
    targets = evidence.submission.entries["绩效目标"]
    names = [evidence.recalculated(Cell("绩效目标", row.row, "项目名称")) for row in targets]
    assert names == ["培训费", "印刷费", "政府购买服务-12123语音平台服务"]
    funds = [row.values["年度资金"] for row in targets]
    assert funds == [Decimal(3000000), Decimal(4760000), Decimal(1562800)]
    assert [amount / 10000 for amount in funds if isinstance(amount, Decimal)] == [
        rows[name] for name in names
    ]


def test_targets_as_published_give_exactly_these_findings(
    template: WorkbookTemplate, as_published: Path
) -> None:
    found = [tuple(row[:4]) for row in builders.rows_of(check(as_published, template))]
    assert sorted(found) == sorted(
        [
            ("P-04", "explain", TARGETS, "H6"),  # 13,306,000 against 4 × 3,000,000
            ("P-04", "explain", TARGETS, "H7"),  # 21,350,000 against 4 × 4,760,000
            ("contradicting_amount", "note", TARGETS, "T6"),  # P-05: 培训费453.85万元, 3,000,000
            *(("impossible_share", "explain", INDICATORS, at) for at in ("H18", "K18")),  # ≥195
            *(("impossible_share", "explain", INDICATORS, at) for at in ("H20", "K20")),  # ≥190%
            ("misplaced_indicator", "explain", INDICATORS, "E18"),  # 服务对象满意度 among economic benefits
            ("misplaced_indicator", "explain", INDICATORS, "E26"),  # 工作效率提升度 among ecological benefits
            *(("placeholder_text", "explain", INDICATORS, at) for at in ("I23", "L23")),  # XX月XX日
            # one finding for a column: 满足满足, 合理合理, 提升提升 twice, 保障保障
            *(("doubled_word", "note", INDICATORS, at) for at in ("I8", "L8")),
        ]
    )


def test_nothing_personal_is_asked_for(template: WorkbookTemplate, reference_workbook: Path) -> None:
    columns = {column.key for entry in template.entries for column in entry.columns}
    assert not columns & {"负责人", "经办人", "联系电话", "填报日期"}
    assert "绩效目标" in read(reference_workbook, template).entries
