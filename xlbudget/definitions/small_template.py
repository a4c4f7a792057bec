"""A new authority's template: the small one that comes with the package, under its own name and year."""

from __future__ import annotations

import re
from pathlib import Path

from xlbudget.definitions.loading import templates_folder
from xlbudget.files.whole_files import safe_name, write_whole
from xlbudget.model.errors import ExistingFile, InputError

_SMALL = "_small"
_MAIN = "template.txt"  # no template before it has a year, and so in no list of templates
_AUTHORITY, _YEAR = "〔发布单位〕", "〔年度〕"
_NAME = re.compile(r"([^/\\]+)/(\d{4})")


def split_name(name: str) -> tuple[str, str]:
    """Return authority and year of a template's id; InputError when it is none."""
    found = _NAME.fullmatch(name.strip())
    if found is None or safe_name(found[1]) != found[1] or '"' in found[1]:
        raise InputError(f"“{name}”应写作“发布单位/年度”，年度是四位数字。")
    return found[1], found[2]


def free_folder(name: str, root: Path) -> Path:
    """Return where the template of that id goes; ExistingFile when something stands there."""
    folder = root.joinpath(*split_name(name))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ExistingFile(f"“{folder}”已经有内容，没有改动；请换一个名称或文件夹。")
    return folder


def new_template(name: str, root: Path) -> Path:
    """Write the small template as ``name`` (``authority/year``) below ``root`` and return its folder.

    Raises InputError for a name that is none, ExistingFile when its folder holds anything. The file that
    makes it a template is written last: what a full disk cuts short is none.
    """
    authority, year = split_name(name)
    folder = free_folder(name, root)
    source = templates_folder() / _SMALL
    files = sorted(path for path in source.rglob("*") if path.is_file() and not path.name.startswith("."))
    for path in sorted(files, key=lambda path: path.name == _MAIN):
        text = path.read_text(encoding="utf-8").replace(_AUTHORITY, authority).replace(_YEAR, year)
        target = folder / path.relative_to(source)
        if path.name == _MAIN:
            target = target.with_suffix(".toml")
        write_whole(target, text.encode())
    return folder
