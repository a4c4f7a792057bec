"""Which template a run is about, when the user does not say so: the one that the files carry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from xlbudget.definitions.loading import load_template, template_folders, templates_folder
from xlbudget.files.xlsx import Limits
from xlbudget.model import WorkbookTemplate
from xlbudget.model.errors import InputError, UnreadableWorkbook
from xlbudget.returns.reading import stamp_of

_ENOUGH = 25  # files looked at: the rest of a department returns the same template


def choose_template(
    files: Sequence[Path], name: str | None, root: Path | None, limits: Limits | None = None
) -> WorkbookTemplate:
    """Return the template called ``name``, else the one most files are stamped with, else the latest."""
    if name:
        return load_template(name, root)
    known = template_folders(root or templates_folder())
    if not known:
        raise InputError(f"文件夹“{root}”里没有模板（template.toml）。")
    stamped: Counter[str] = Counter()
    for path in files[:_ENOUGH]:
        try:
            stamp = stamp_of(path, limits)
        except UnreadableWorkbook:
            continue
        if stamp is not None and stamp.template_id in known:
            stamped[stamp.template_id] += 1
    if stamped:
        most = max(stamped.values())
        return load_template(max(name for name, count in stamped.items() if count == most), root)
    templates = [load_template(name, root) for name in known]
    return max(templates, key=lambda template: (template.year, template.id))
