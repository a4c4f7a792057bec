"""Definitions that have not changed are read once; any change is seen."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support import builders

from xlbudget import WorkbookTemplate, load_template


@pytest.fixture
def folder(template: WorkbookTemplate, tmp_path: Path) -> Path:
    return builders.copy_template(template, tmp_path / "own" / "某厅" / "2023")


def test_what_has_not_changed_is_read_once(folder: Path) -> None:
    assert load_template(folder) is load_template(folder)


def test_a_changed_text_of_the_same_length_is_read_anew(folder: Path) -> None:
    before = load_template(folder)
    file = folder / "template.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(before.authority, before.authority[::-1]), encoding="utf-8")
    assert load_template(folder).authority == before.authority[::-1]


def test_a_file_put_in_the_place_of_another_is_read_anew(folder: Path) -> None:
    """As editors save: a new file of the old name, of the same length and with the old one's moment."""
    before = load_template(folder)
    file = folder / "template.toml"
    found = file.stat()
    new = folder.parent / "template.toml"
    text = file.read_text(encoding="utf-8")
    new.write_text(text.replace(before.authority, before.authority[::-1]), encoding="utf-8")
    os.utime(new, ns=(found.st_atime_ns, found.st_mtime_ns))
    new.replace(file)
    assert load_template(folder).authority == before.authority[::-1]


def test_a_file_that_is_gone_is_missed(folder: Path) -> None:
    before = load_template(folder)
    next((folder / "forms").iterdir()).unlink()
    assert len(load_template(folder).forms) == len(before.forms) - 1


def test_a_blank_or_demonstration_beside_it_changes_nothing(folder: Path) -> None:
    before = load_template(folder)
    for name in ("blank", "demo"):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "x.toml").write_text("x", encoding="utf-8")
    assert load_template(folder) is before
