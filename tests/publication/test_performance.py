"""Performance targets of projects: linked to the ledger by code, funds in 元 held against forms in 万元."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from support import builders

from xlbudget import WorkbookTemplate, check, read
from xlbudget.checking.evidence import Evidence
from xlbudget.checking.one_file import check_submission
from xlbudget.department.issue.filling import fill
from xlbudget.model import Cell
from xlbudget.publication.document.target_forms import target_tables
from xlbudget.publication.narrative import compose
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
            # one finding for both columns: 满足满足, 合理合理, 提升提升 twice, 保障保障
            ("doubled_word", "note", INDICATORS, "I8"),
        ]
    )


def test_nothing_personal_is_asked_for(template: WorkbookTemplate, reference_workbook: Path) -> None:
    columns = {column.key for entry in template.entries for column in entry.columns}
    assert not columns & {"负责人", "经办人", "联系电话", "填报日期"}
    assert "绩效目标" in read(reference_workbook, template).entries


@pytest.mark.parametrize(
    ("code", "name", "printed"),
    [
        ("243", "山西省公安厅", "243-山西省公安厅"),
        ("", "山西省公安厅", "山西省公安厅"),
        ("", "", "243001-山西省公安厅交通管理局"),
        ("", "山西省公安厅交通管理局", "243001-山西省公安厅交通管理局"),
    ],
)
def test_the_department_on_the_form_is_the_body_above_the_unit(
    template: WorkbookTemplate, reference_workbook: Path, code: str, name: str, printed: str
) -> None:
    """主管部门及代码 is the superior's; only what has none is its own department."""
    submission = read(reference_workbook, template)
    unit = replace(submission.unit, superior=name, superior_code=code)
    table = next(target_tables(Evidence(template, replace(submission, unit=unit))))
    cells = {(cell.row, cell.column): cell.text for cell in table.cells}
    at = next(at for at, text in cells.items() if text == "主管部门及代码")
    assert cells[at[0], at[1] + 2] == printed


def required_from(template: WorkbookTemplate, start: int) -> WorkbookTemplate:
    """The template of a finance office that wants targets of every project from so many 万元 on."""
    constants = {**template.constants, "绩效目标起点": Decimal(start)}
    return replace(template, constants=constants, digest=f"{template.digest} {start}")


@pytest.mark.parametrize(
    ("start", "wanting", "managed", "money"),
    [
        (-1, [], 19, "4,479.36"),  # nothing prescribed: as published
        (500, ["C15", "C19"], 2, "1,151.04"),  # 5,860,400 and 5,650,000 元, neither with targets
        (450, ["C15", "C19"], 3, "1,627.04"),  # and 4,760,000 元, with targets
    ],
)
def test_which_projects_must_have_targets_is_data_and_the_text_follows(
    template: WorkbookTemplate,
    reference_workbook: Path,
    start: int,
    wanting: list[str],
    managed: int,
    money: str,
) -> None:
    asked = required_from(template, start)
    submission = read(reference_workbook, template)
    report = check_submission(submission, asked)
    missing = [one for one in report.findings if one.rule.startswith("P-")]
    found = [(one.rule, one.severity.value, one.place.address) for one in missing]
    assert found == [("P-06", "explain", address) for address in wanting]
    text = compose(Evidence(asked, submission)).text
    assert f"实行绩效目标管理的项目{managed}个，涉及一般公共预算当年拨款{money}万元。" in text
