"""What the published document says beside the forms is typed in the workbook and read back whole."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from xlbudget import Submission, WorkbookTemplate, read


def typed(submission: Submission, table: str, column: str) -> list[object]:
    return [row.values.get(column) for row in submission.entries[table]]


def test_procurement_assets_and_last_year_are_those_of_the_published_narrative(
    template: WorkbookTemplate, reference_workbook: Path
) -> None:
    submission = read(reference_workbook, template)
    assert sum(typed(submission, "政府采购", "金额")) == Decimal("25779200")  # 2577.92 万元
    assert typed(submission, "资产", "数量") == [Decimal(27), Decimal("52880.68")]
    last_year = {
        template.entry("上年数").lines[row.row].key: row.values["金额"]
        for row in submission.entries["上年数"]
    }
    # current figures of the forms less the changes that the narrative states (万元)
    assert last_year["收入总计"] == (Decimal("10656.80") - Decimal("944.25")) * 10000
    assert last_year["一般公共预算当年拨款"] == (Decimal("6673.43") + Decimal("1508.11")) * 10000
    assert last_year["三公经费"] == (Decimal("337.50") - Decimal("183.00")) * 10000
    assert last_year["机关运行经费"] == (Decimal("402.71") + Decimal("10.83")) * 10000


def test_texts_are_read_in_order_a_paragraph_to_a_row(
    template: WorkbookTemplate, reference_workbook: Path
) -> None:
    submission = read(reference_workbook, template)
    items = typed(submission, "文字说明", "事项")
    assert Counter(items)["单位职责"] == 10
    assert str(typed(submission, "文字说明", "内容")[9]).startswith("（十）")
    assert items.count("机关运行经费变动原因") == 1


@pytest.mark.filterwarnings("ignore:Print area cannot be set")
def test_quantities_of_different_kinds_are_not_added_up(reference_workbook: Path) -> None:
    book = openpyxl.load_workbook(reference_workbook)
    rows = {name: [cell.value for cell in book[name][3]] for name in ("录入8 政府采购", "录入9 资产")}
    assert rows["录入8 政府采购"][:2] == ["合计（元）", "=SUM($B$5:$B$7)"]
    assert set(rows["录入9 资产"][1:]) <= {None}
