"""Tables as files: CSV for spreadsheet programs, Parquet, and a Fiscal Data Package."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from xlbudget.department.exporting.tables import DataTable, Field, Value
from xlbudget.files.csv_text import inert_csv
from xlbudget.files.whole_files import make_folder, write_whole
from xlbudget.model import WorkbookTemplate
from xlbudget.model.errors import InputError
from xlbudget.model.words import nearest

_VERBATIM = (
    "文字照原样写出（UTF-8）：以 = + - @ 及全角 ＝ ＋ － ＠ 开头的也没有加前缀，"
    "用表格软件打开时请按文本导入；要直接用 Excel 打开的，请导出 csv 格式。不能用 UTF-8 表示的字符写作 ?。"
)
FORMATS = ("csv", "parquet", "datapackage")


def export(
    tables: Sequence[DataTable], template: WorkbookTemplate, folder: Path, kind: str = "csv"
) -> tuple[Path, ...]:
    """Write the tables into ``folder`` as ``csv``, ``parquet`` or ``datapackage``, and return the paths.

    CSV is UTF-8 with a mark; a text that a spreadsheet program would take for a formula has a ' before it.
    A data package is plain UTF-8 with every text as it is, since its readers are no spreadsheet programs.
    Raises InputError for another format or when Parquet is wanted and pyarrow is not installed.
    """
    if kind not in FORMATS:
        raise InputError(f"没有“{kind}”这种格式{nearest(kind, FORMATS)}；可用 {'、'.join(FORMATS)}。")
    if kind == "parquet":
        from xlbudget.department.exporting.parquet import parquet_bytes

        files = {f"{table.name}.parquet": parquet_bytes(table) for table in tables}
    elif kind == "csv":
        files = {f"{table.name}.csv": csv_text(table).encode("utf-8-sig") for table in tables}
    else:
        files = {
            f"{table.name}.csv": csv_text(table, inert=False).encode(errors="replace") for table in tables
        }
        files["datapackage.json"] = _descriptor(tables, template, files)
    make_folder(folder)
    return tuple(write_whole(folder / name, content) for name, content in files.items())


def csv_text(table: DataTable, *, inert: bool = True) -> str:
    """Return a table as CSV; ``inert`` keeps spreadsheet programs from taking texts for formulas."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow([field.name for field in table.fields])
    writer.writerows([_plain(value, inert) for value in row] for row in table.rows)
    return stream.getvalue()


def _plain(value: Value, inert: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return format(value, "f")
    return inert_csv(value) if isinstance(value, str) and inert else str(value)


def _descriptor(tables: Sequence[DataTable], template: WorkbookTemplate, files: Mapping[str, bytes]) -> bytes:
    package: dict[str, Any] = {
        "name": f"xlbudget-{template.id.replace('/', '-').replace('_', '-')}",
        "title": f"{template.title}（{template.authority}）",
        "description": _VERBATIM,
        "fiscalPeriod": {"start": f"{template.year}-01-01", "end": f"{template.year}-12-31"},
        "resources": [_resource(table, files[f"{table.name}.csv"]) for table in tables],
    }
    return (json.dumps(package, ensure_ascii=False, indent=2) + "\n").encode()


def _resource(table: DataTable, content: bytes) -> dict[str, Any]:
    return {
        "name": table.name,
        "title": table.title,
        "path": f"{table.name}.csv",
        "type": "table",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "schema": {"fields": list(map(_field, table.fields))},
    }


def _field(field: Field) -> dict[str, str]:
    described = {"name": field.name, "type": field.kind, "title": field.title}
    return described | ({"columnType": field.fiscal} if field.fiscal else {})
