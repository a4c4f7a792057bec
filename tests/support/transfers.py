"""The demonstration department with money handed from unit to unit."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from xlbudget import Roster, WorkbookTemplate, consolidate, fill, generate_each

ROWS = {
    **{"基本支出": 30, "项目支出": 12, "年终结转": 3, "收入科目": 4, "情况说明": 5, "文字说明": 5},
    **{"绩效目标": 2, "绩效指标": 5, "内部往来": 4, "F2": 40, "F3": 40, "F5": 40, "F6": 60, "F8": 20},
}
SHARED = {"project_code": "XM009", "project_name": "业务协作", "functional_code": "2010302"}
PAID_TO_102 = {"counterparty": "102", "kind": "上级补助", "direction": "拨出", "amount_yuan": "100000.05"}
TYPED: Mapping[str, Mapping[str, Sequence[Mapping[str, str]]]] = {
    "101": {
        "revenue.csv": [{"source": "单位资金", "current_year_yuan": "300000"}],
        "ledger_projects.csv": [{**SHARED, "current_year_own_yuan": "300000"}],
        "internal_transfers.csv": [
            {"counterparty": "103", "kind": "附属上缴", "direction": "收到", "amount_yuan": "300000"},
            {**PAID_TO_102, "functional_code": "2010302", "project_code": "XM009"},
        ],
    },
    "102": {
        "revenue.csv": [{"source": "单位资金", "current_year_yuan": "100000.05"}],
        "ledger_projects.csv": [{**SHARED, "current_year_own_yuan": "100000.05"}],
        "internal_transfers.csv": [
            {"counterparty": "101", "kind": "上级补助", "direction": "收到", "amount_yuan": "100000.05"}
        ],
    },
    "103": {
        "internal_transfers.csv": [
            {
                **{"counterparty": "101", "kind": "附属上缴", "direction": "拨出", "amount_yuan": "300000"},
                **{"functional_code": "2010399", "project_code": "XM003"},
            }
        ]
    },
}
"""What the demonstration department's units type besides: 103 hands 300,000 元 to 101, 101 a third to 102."""


def add_rows(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    known: list[Mapping[str, str]] = []
    if path.exists():
        with path.open(encoding="utf-8-sig", newline="") as file:
            known = list(csv.DictReader(file))
    every = [*known, *rows]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(key for row in every for key in row)))
        writer.writeheader()
        writer.writerows(every)


def make(folder: Path, template: WorkbookTemplate, roster: Roster) -> None:
    """Fill ``folder`` with the units' returns and their summary."""
    issued = generate_each(template, folder / "下发", roster, capacity=ROWS)
    returned = []
    for unit, path in zip(roster.units, issued, strict=True):
        entries = shutil.copytree(template.folder / "demo" / "department" / unit.code, folder / unit.code)
        for name, rows in TYPED[unit.code].items():
            add_rows(entries / name, rows)
        returned.append(fill(path, entries, folder / "报送" / f"{unit.code}.xlsx", template=template))
    assert consolidate(returned, folder / "汇总.xlsx", template=template, roster=roster).gaps == ()
