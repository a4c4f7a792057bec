"""A template with more forms: every form again, under numbers of its own."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from xlbudget import WorkbookTemplate, load_template

NUMBERED = r"((?<![A-Za-z0-9-])F|^number = |公开表)(\d+)"
"""Where a form's definition says its number: in names of its tables, as its number, on its sheet."""


def with_more_forms(template: WorkbookTemplate, times: int, folder: Path) -> WorkbookTemplate:
    """Return a copy of a template in ``folder`` with all its forms so many times; rules stay as they are."""
    copy = folder / template.folder.name
    shutil.copytree(template.folder, copy, ignore=shutil.ignore_patterns("blank", "demo", "cases"))
    count = len(template.forms)
    for path in sorted((copy / "forms").glob("*.toml")):
        text = path.read_text(encoding="utf-8")
        for more in range(count, count * times, count):
            again = re.sub(
                NUMBERED,
                lambda found: f"{found[1]}{int(found[2]) + more}",  # noqa: B023
                text,
                flags=re.MULTILINE,
            )
            path.with_name(f"f{more:03}_{path.name}").write_text(again, encoding="utf-8")
    return load_template(copy)
