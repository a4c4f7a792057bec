"""A new authority's template: the small one that comes with the package, under its own name and year."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

from xlbudget.definitions.folders import templates_folder
from xlbudget.definitions.written_forms import FormWords, SeenForm, form_toml
from xlbudget.files.whole_files import safe_name, write_whole
from xlbudget.model.errors import ExistingFile, InputError

_SMALL = "_small"
_WORDS = "_new_forms.toml"
_OF_ITS_FORMS = {"forms", "cross_form_rules.toml", "cases", "demo", "document"}
_MAIN = "template.txt"  # no template before it has a year, and so in no list of templates
_AUTHORITY, _YEAR = "〔发布单位〕", "〔年度〕"
_NAME = re.compile(r"([^/\\]+)/(\d{4})(_\w+)?")


def split_name(name: str) -> tuple[str, str, str]:
    """Return authority, year and kind (``_决算``; may be empty) of a template's id; InputError if none."""
    found = _NAME.fullmatch(name.strip())
    if found is None or safe_name(found[1]) != found[1] or '"' in found[1]:
        raise InputError(f"“{name}”应写作“发布单位/年度”，年度是四位数字，后面可以加“_决算”等。")
    return found[1], found[2], found[3] or ""


def free_folder(name: str, root: Path) -> Path:
    """Return where the template of that id goes; ExistingFile when something stands there."""
    authority, year, kind = split_name(name)
    folder = root / authority / f"{year}{kind}"
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ExistingFile(f"“{folder}”已经有内容，没有改动；请换一个名称或文件夹。")
    return folder


def new_template(name: str, root: Path, forms: Sequence[SeenForm] = ()) -> Path:
    """Write the small template as ``name`` (``authority/year``) below ``root`` and return its folder.

    ``forms`` take the place of its two, whose rules, cases and figures are left out then. Raises InputError
    for a name that is none, ExistingFile when its folder holds anything. The file that makes it a template is
    written last: what a full disk cuts short is none.
    """
    authority, year, _ = split_name(name)
    folder = free_folder(name, root)
    source = templates_folder() / _SMALL
    files = sorted(path for path in source.rglob("*") if path.is_file() and not path.name.startswith("."))
    if forms:
        files = [path for path in files if path.relative_to(source).parts[0] not in _OF_ITS_FORMS]
        _write_forms(folder, forms)
    for path in sorted(files, key=lambda path: path.name == _MAIN):
        text = path.read_text(encoding="utf-8").replace(_AUTHORITY, authority).replace(_YEAR, year)
        target = folder / path.relative_to(source)
        if path.name == _MAIN:
            target = target.with_suffix(".toml")
            text = _with_units(text, forms)
        write_whole(target, text.encode())
    return folder


def form_words() -> FormWords:
    """Return the words by which blank forms are read."""
    data = tomllib.loads((templates_folder() / _WORDS).read_text(encoding="utf-8"))
    columns = data["text_columns"]
    return FormWords(
        {str(unit): int(size) for unit, size in data["units"].items()},
        frozenset(columns["whole"]),
        tuple(columns["endings"]),
        frozenset(data["numbering"]["words"]),
    )


def _write_forms(folder: Path, forms: Sequence[SeenForm]) -> None:
    default_money = next(iter(form_words().units))
    for number, form in enumerate(forms, 1):
        text = form_toml(form, number, default_money)
        write_whole(folder / "forms" / f"f{number:02}.toml", text.encode())
    write_whole(folder / "document" / "document.txt", f"{forms[0].title}\n{{公开表}}\n".encode())


def _with_units(text: str, forms: Sequence[SeenForm]) -> str:
    """Return the main file with the units of money that the forms use beside its own."""
    sizes = form_words().units
    first = next(iter(sizes))
    used = [unit for unit in sizes if unit != first and any(form.money == unit for form in forms)]
    if not used:
        return text
    stated = ", ".join(f'"{unit}" = {sizes[unit]}' for unit in used)
    return text.replace("factor = 1\n", f"factor = 1\nunits = {{ {stated} }}\n", 1)
