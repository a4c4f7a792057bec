"""What goes out with the workbooks: a list of them with their hashes, and a covering note for each unit.

The wording of the notes is the template's (``distribution/covering_note.txt``), with names in braces for
what differs between units; a template without the file has no notes.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path

from xlbudget.definitions.toml_items import Problems, read_text
from xlbudget.department.issue.existing_workbooks import Issued, Outcome
from xlbudget.files.csv_text import inert_csv
from xlbudget.files.own_outputs import ISSUED, kind_of
from xlbudget.files.whole_files import safe_name, write_whole
from xlbudget.model import Issue, Roster, Unit, WorkbookTemplate
from xlbudget.model.errors import InputError
from xlbudget.model.words import nearest, shown

MANIFEST, NOTES, WORDING = "下发清单.csv", "通知", Path("distribution") / "covering_note.txt"
_FILE, _HASH, _TEMPLATE, _LAST_YEAR = "文件", "SHA-256", ("模板", "模板摘要"), "上年数"
_NOT_NOW = {Outcome.KEPT, Outcome.PASSED}
_NAME = re.compile(r"\{([^{}]*)\}")


def write_manifest(
    template: WorkbookTemplate,
    roster: Roster,
    sent: Mapping[str, Issued],
    folder: Path,
    taken: Mapping[str, Issue] | None = None,
) -> Path:
    """Write the list of the workbooks sent out, one line a unit: file, sha256, template, control totals.

    Of a workbook that was not written now the line says what an earlier list does: by now it may be filled
    in. ``taken`` says of units what was taken over from last year; then there is a column for it. CSV in
    UTF-8 with a mark, as Excel opens it; OutputError when it cannot be written, or when another file, or a
    list to which somebody has added a column, stands there.
    """
    columns = [control.column for control in template.controls]
    columns = [name for name in columns if any(name in limits for limits in roster.controls.values())]
    stream = io.StringIO()
    writer = csv.writer(stream)
    known = [
        "单位编码",
        "单位名称",
        "单位性质",
        "上级单位",
        "上级编码",
        _FILE,
        _HASH,
        *_TEMPLATE,
    ]
    limited = [f"{name}（{template.form_money}）" for name in columns]
    lists = [part for part in template.catalogues if any(part.id in codes for codes in roster.codes.values())]
    limited += [part.roster_column for part in lists]
    headings = [*known, *limited, *([_LAST_YEAR] if taken is not None else [])]
    writer.writerow(headings)
    earlier = _earlier(folder / MANIFEST, {*headings, *_possible(template)})
    for unit in roster.units:
        issued, limits = sent.get(unit.code), roster.controls.get(unit.code, {})
        if issued is None:
            continue
        texts = [unit.code, unit.name, unit.kind, unit.superior, unit.superior_code, issued.path.name]
        texts += _as_sent(issued, template, (earlier or {}).get(issued.path.name, {}))
        amounts = [format(limits[name], "f") if name in limits else "" for name in columns]
        codes = roster.codes.get(unit.code, {})
        amounts += [inert_csv("、".join(codes.get(part.id, ()))) for part in lists]
        last_year = [inert_csv(_taken(taken.get(unit.code, Issue())))] if taken is not None else []
        writer.writerow([*map(inert_csv, texts), *amounts, *last_year])
    content = stream.getvalue().encode("utf-8-sig")
    return write_whole(folder / MANIFEST, content, replace=earlier is not None)


def _possible(template: WorkbookTemplate) -> list[str]:
    """Return every heading that a list of this template may have beside those that all have."""
    limits = [f"{control.column}（{template.form_money}）" for control in template.controls]
    return [*limits, *(part.roster_column for part in template.catalogues), _LAST_YEAR]


def _earlier(path: Path, headings: Collection[str]) -> dict[str, dict[str, str]] | None:
    """Return the lines of an earlier list by file; None when what stands there is no list of ours."""
    try:
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    except (OSError, ValueError, csv.Error):
        return None
    if not rows or _FILE not in rows[0] or not set(rows[0]) <= set(headings):
        return None
    lines = (dict(zip(rows[0], row, strict=False)) for row in rows[1:])
    return {line[_FILE].removeprefix("'"): line for line in lines if line.get(_FILE)}


def _as_sent(issued: Issued, template: WorkbookTemplate, before: Mapping[str, str]) -> list[str]:
    """Return hash and template of a workbook as it was sent out; empty where nobody knows any more."""
    digest = hashlib.sha256(issued.path.read_bytes()).hexdigest()
    if issued.outcome not in _NOT_NOW:
        return [digest, template.id, template.digest]
    if before:
        return [before.get(name, "") for name in (_HASH, *_TEMPLATE)]
    return [digest if kind_of(issued.path) == ISSUED else "", "", ""]


def _taken(issue: Issue) -> str:
    """Say whether last year's figures were put into a workbook, or why not (all of them)."""
    return "；".join((*(["已带入"] if issue.entries else []), *issue.remarks))


def write_notes(
    template: WorkbookTemplate,
    roster: Roster,
    sent: Mapping[str, Issued],
    folder: Path,
    until: date | None = None,
) -> tuple[Path, ...]:
    """Write a covering note for each unit whose workbook is new into the folder 通知; return their paths.

    InputError when the wording has a name in braces that does not exist.
    """
    source = template.folder / WORDING
    if not source.is_file():
        return ()
    problems = Problems()
    wording = read_text(source, WORDING.as_posix(), problems)
    if problems.found:
        raise InputError(str(problems.found[0]))
    notes = []
    for unit in roster.units:
        issued = sent.get(unit.code)
        if issued is not None and issued.outcome not in _NOT_NOW:
            text = _note(wording, _facts(template, roster, unit, issued.path.name, until))
            path = folder / NOTES / f"{safe_name(unit.code)}_{safe_name(unit.name)}.txt"
            notes.append(write_whole(path, text.encode("utf-8-sig")))
    return tuple(notes)


def _facts(
    template: WorkbookTemplate, roster: Roster, unit: Unit, file: str, until: date | None
) -> dict[str, str]:
    limits = roster.controls.get(unit.code, {})
    lines = [
        f"{control.title}：{'' if control.exact else '不超过 '}"
        + shown(limits[control.column], template.form_money)
        for control in template.controls
        if control.column in limits
    ]
    return {
        "单位": unit.name,
        "编码": unit.code,
        "性质": unit.kind,
        "上级": unit.superior or "主管部门",
        "标题": template.title,
        "文件": file,
        "期限": f" {until.year} 年 {until.month} 月 {until.day} 日前" if until else "规定时间内",
        "录入单位": template.entry_money,
        "控制数": "\n你单位的控制数：\n" + "".join(f"  {line}\n" for line in lines) if lines else "",
    }


def _note(wording: str, facts: Mapping[str, str]) -> str:
    """Put the facts of one unit into the wording; what they contain is not read again."""
    for name in _NAME.findall(wording):
        if name not in facts:
            raise InputError(
                f"{WORDING.as_posix()} 里的“{{{name}}}”没有这个名称{nearest(name, facts)}；"
                f"可用 {'、'.join(facts)}。"
            )
    return _NAME.sub(lambda found: facts[found[1]], wording).replace("\r\n", "\n").replace("\n", "\r\n")
