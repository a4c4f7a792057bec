"""Which template a run is about, when the user does not say so: the one that the files carry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from xlbudget.definitions.folders import OWN_TEMPLATES, template_folders, templates_folder
from xlbudget.definitions.loading import load_template
from xlbudget.files.xlsx import Limits, read_workbook
from xlbudget.model import WorkbookTemplate
from xlbudget.model.errors import InputError
from xlbudget.model.words import inert
from xlbudget.returns.published.texts import LONGEST_TITLE, title_of
from xlbudget.returns.reading import stamp_of

_FEW = 5  # files whose titles are read: each is read as a whole
_ENOUGH = 25  # files looked at: the rest of a department returns the same template


def all_templates(root: Path | None) -> tuple[WorkbookTemplate, ...]:
    """Return every template that there is; InputError when there is none."""
    known = template_folders(root or templates_folder())
    if not known:
        raise InputError(f"文件夹“{root}”里没有模板（template.toml）。")
    return tuple(load_template(name, root) for name in known)


def choose_template(
    files: Sequence[Path], name: str | None, root: Path | None, limits: Limits | None = None
) -> WorkbookTemplate:
    """Return the template called ``name``, else the one that most files are stamped with.

    Files without a stamp are of the template whose forms' titles they bear; with nothing to go by it is the
    latest. Raises InputError where all stamps name templates that are not there.
    """
    if name:
        return load_template(name, root)
    known = template_folders(root or templates_folder())
    if not known:
        return max(all_templates(root), key=lambda template: (template.year, template.id))
    stamped: Counter[str] = Counter()
    strange: Counter[str] = Counter()
    foreign: list[Path] = []
    for path in files[:_ENOUGH]:
        with suppress(Exception):  # what is wrong with a file is said where it is checked
            stamp = stamp_of(path, limits)
            if stamp is None:
                foreign.append(path)
            elif stamp.template_id in known:
                stamped[stamp.template_id] += 1
            else:
                strange[stamp.template_id] += 1
    if strange and not stamped:
        where = f"“{root}”" if root else "随程序提供的模板"
        raise InputError(f"工作簿用的模板“{inert(max(strange))}”不在{where}里；{OWN_TEMPLATES}。")
    if stamped:
        most = max(stamped.values())
        return load_template(known[max(name for name, count in stamped.items() if count == most)], root)
    templates = all_templates(root)
    titled = _titles_found(foreign, templates, limits) if len(templates) > 1 else {}
    return max(templates, key=lambda template: (titled.get(template.id, 0), template.year, template.id))


def having_rule(rule: str, root: Path | None) -> tuple[WorkbookTemplate, ...]:
    """Return the templates that have a rule of that id, in whatever case, the latest first."""
    wanted = rule.casefold()
    having = [
        template
        for template in all_templates(root)
        if any(part.id.casefold() == wanted for part in template.every_rule)
    ]
    return tuple(sorted(having, key=lambda template: (template.year, template.id), reverse=True))


def _titles_found(
    files: Sequence[Path], templates: Sequence[WorkbookTemplate], limits: Limits | None
) -> Mapping[str, int]:
    """Return how many forms of each template stand in files by title, and by year where a title has one."""
    found: Counter[str] = Counter()
    for path in files[:_FEW]:
        said: set[tuple[str, int | None]] = set()
        with suppress(Exception):  # what is wrong with a file is said where it is checked
            said = {
                title_of(cell.text)
                for sheet in read_workbook(path, limits=limits or Limits()).sheets
                for cell in sheet.cells.values()
                if cell.kind == "s" and len(cell.text) <= LONGEST_TITLE
            }
        for template in templates:
            titles = {title_of(form.title)[0] for form in (*template.forms, *template.other_forms)}
            found[template.id] += len(
                {title for title, year in said if year in (None, template.year)} & titles
            )
    return found
