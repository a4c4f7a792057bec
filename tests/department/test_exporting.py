"""What goes out to other tools: the same amounts, typed, and nothing that a program would run."""

from __future__ import annotations

import csv
import importlib
import json
import warnings
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from xlbudget import InputError, WorkbookTemplate, frames
from xlbudget.api import export_tables
from xlbudget.cli import run
from xlbudget.department.collection import Collection, receive
from xlbudget.department.exporting import DataTable, Field, export

Tables = tuple[DataTable, ...]


@pytest.fixture(scope="module")
def tables(department_workbooks: list[Path], template: WorkbookTemplate) -> Tables:
    return export_tables(department_workbooks, template)[0]


def test_frames_hold_what_the_units_typed(
    department_workbooks: list[Path], template: WorkbookTemplate, demo_data: Path
) -> None:
    found = frames(department_workbooks, template)
    ledger = found["ledger"]
    assert {name: str(kind) for name, kind in ledger.dtypes.items()} == {
        "unit_code": "string", "unit_name": "string", "year": "Int64", "table": "string", "row": "Int64",
        "column": "string", "功能科目": "string", "经济科目": "string", "项目编码": "string",
        "项目名称": "string", "amount": "object",
    }  # fmt: skip
    for code in ("101", "102", "103"):
        for table, name in (("基本支出", "ledger_basic.csv"), ("项目支出", "ledger_projects.csv")):
            typed = pd.read_csv(demo_data / "department" / code / name, dtype=str)
            columns = [column for column in typed if column.endswith("_yuan")]
            expected = sum((Decimal(text) for column in columns for text in typed[column]), Decimal(0))
            rows = ledger[(ledger["unit_code"] == code) & (ledger["table"] == table)]
            assert rows["amount"].sum() == expected
    general = ledger[(ledger["unit_code"] == "101") & (ledger["经济科目"] == "30101")]
    assert general["功能科目"].tolist() == ["2010301"] and general["amount"].tolist() == [Decimal(4203600)]
    cells = found["cells"]
    whole = cells[(cells["unit_code"] == "101") & (cells["form"] == 1) & (cells["line"] == "支出总计")]
    assert set(whole["amount"]) == {Decimal("2094.821075"), Decimal(48), Decimal("2142.821075")}


def test_a_table_is_written_as_csv_that_runs_nothing(template: WorkbookTemplate, tmp_path: Path) -> None:
    fields = (Field("unit_code", "string", "编码"), Field("amount", "number", "金额"))
    table = DataTable("entries", "录入数", fields, (("=1+1", Decimal("-0.50")), ("0101", None)))
    [path] = export([table], template, tmp_path)
    assert path.read_bytes() == (
        b"\xef\xbb\xbfunit_code,amount\r\n'=1+1,-0.50\r\n0101,\r\n"
    )  # fmt: skip
    with pytest.raises(InputError, match="没有“parkett”这种格式；最接近的是“parquet”"):
        export([table], template, tmp_path, "parkett")


def test_parquet_keeps_types_and_amounts(tables: Tables, template: WorkbookTemplate, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="an extra: xlbudget[parquet]")
    paths = export(tables, template, tmp_path, "parquet")
    assert [path.name for path in paths] == [f"{table.name}.parquet" for table in tables]
    ledger = pd.read_parquet(paths[1])
    assert ledger["amount"].sum() == sum(row[-1] for row in tables[1].rows if isinstance(row[-1], Decimal))
    assert set(ledger["unit_code"]) == {"101", "102", "103"}


def test_the_data_package_is_valid(tables: Tables, template: WorkbookTemplate, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frictionless = importlib.import_module("frictionless")
        export(tables, template, tmp_path, "datapackage")
        report = frictionless.validate(str(tmp_path / "datapackage.json"))
        assert report.valid, report.flatten(["message"])
        path = tmp_path / "ledger.csv"
        path.write_bytes(path.read_bytes().replace(b",4203600\r\n", b",four\r\n", 1))
        broken = frictionless.validate(str(tmp_path / "datapackage.json"))
        assert not broken.valid
    package = json.loads((tmp_path / "datapackage.json").read_text(encoding="utf-8"))
    kinds = {field["name"]: field.get("columnType") for field in package["resources"][1]["schema"]["fields"]}
    assert kinds["功能科目"] == "functional-classification:generic:code"
    assert (kinds["year"], kinds["amount"], kinds["row"]) == ("date:fiscal-year", "value", None)


def test_a_collection_is_exported_by_the_command(
    department_workbooks: list[Path], template: WorkbookTemplate, tmp_path: Path, tables: Tables
) -> None:
    with Collection.create(tmp_path / "收件", template, user="经办") as made:
        list(receive(made, department_workbooks, workers=1))
    assert run(["export", str(tmp_path / "收件"), "-o", str(tmp_path / "导出")]) == 0
    with (tmp_path / "导出" / "ledger.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    assert len(rows) - 1 == len(tables[1].rows) == 60  # counted in the ledgers
