"""A three-unit department through the Python API: generate, fill, check, consolidate, then pandas."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from xlbudget import check, consolidate, fill, generate, load_template, read, read_roster, write_report


def main(folder: Path) -> None:
    """Write everything into ``folder`` and print what the units spend on projects."""
    template = load_template("shanxi_provincial/2023")
    rows = {"基本支出": 60, "项目支出": 60}  # these units need no more; without it there is room for 300
    data = template.folder / "demo"
    roster = read_roster(data / "units.csv", template)
    for unit in roster.units:
        issued = generate(template, folder / "issued", unit, capacity=rows)
        fill(
            issued,
            data / "department" / unit.code,
            folder / "returned" / f"{unit.code}.xlsx",
            template=template,
        )

    report = check(folder / "returned", template, roster=roster)
    write_report(report, folder / "report.xlsx")
    print(f"{len(report.workbooks)} workbooks, {len(report.findings)} findings")

    summary = consolidate(folder / "returned", folder / "summary.xlsx", template=template, roster=roster)
    print("joined:", "、".join(unit.name for unit in summary.units))

    projects = [
        {"unit": unit.name, "project": row.values["项目名称"], "yuan": row.values.get("本年一般公共预算", 0)}
        for unit in roster.units
        for row in read(folder / "returned" / f"{unit.code}.xlsx", template).entries["项目支出"]
    ]
    print(pd.DataFrame(projects).groupby("unit")["yuan"].sum().to_string())


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "department"))
