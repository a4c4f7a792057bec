"""Codes that a document prints and no code list of the template has."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.word_documents import word_document

from xlbudget.definitions.loading import load_template
from xlbudget.model import Catalogue
from xlbudget.returns.published.coded import parts_as_code, row_like_listed, unlisted_codes
from xlbudget.returns.published.documents import read_document
from xlbudget.returns.published.grids import Grid, grid_of

TEMPLATE = load_template("shanghai_putuo/2025")


def functional() -> Catalogue:
    return next(one for one in TEMPLATE.catalogues if "functional" in one.id or "功能" in one.title)


def grids(folder: Path, *tables: list[tuple[str, str, str]]) -> list[Grid]:
    printed = [part for rows in tables for part in ("支出表", (("编码", "名称", "金额"), *rows))]
    path = word_document(folder / "文件.docx", printed)
    return [grid_of(table, number) for number, table in enumerate(read_document(path).tables)]


def test_a_code_printed_alike_in_two_tables_is_taken(tmp_path: Path) -> None:
    rows = [("20126", "档案事务", "5.00"), ("2012604", "档案馆", "5.00")]
    assert unlisted_codes(grids(tmp_path, rows, rows), TEMPLATE.catalogues) == {
        "20126": "档案事务",
        "2012604": "档案馆",
    }


def test_a_code_with_a_name_that_another_one_bears_is_not_taken_once(tmp_path: Path) -> None:
    """A slip of one digit: the name stands elsewhere with the code that is listed."""
    slip = [("2010391", "行政运行", "5.00")]
    right = [("2010301", "行政运行", "5.00")]
    assert unlisted_codes(grids(tmp_path, slip, right), TEMPLATE.catalogues) == {}


def test_a_code_with_two_names_is_not_taken(tmp_path: Path) -> None:
    one, other = [("20126", "档案事务", "5.00")], [("20126", "档案馆", "5.00")]
    assert unlisted_codes(grids(tmp_path, one, other), TEMPLATE.catalogues) == {}


def test_a_row_as_the_list_would_have_it() -> None:
    row = row_like_listed(functional(), "2012604", "档案馆")
    assert row is not None
    assert dict(row) == {
        "编码": "2012604",
        "名称": "档案馆",
        "级次": "项",
        "上级": "20126",
        "类": "201",
        "款": "26",
        "项": "04",
    }
    assert row_like_listed(functional(), "5012604", "档案馆") is None


@pytest.mark.parametrize(
    ("parts", "code"),
    [(("201", "26", "04"), "2012604"), (("201", "3", ""), "20103"), (("201",), "201"), ((), "")],
)
def test_a_code_from_its_parts(parts: tuple[str, ...], code: str) -> None:
    assert parts_as_code(parts) == code
