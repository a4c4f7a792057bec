"""What goes out with the workbooks: a list of them with their hashes, and a covering note for each unit.

The wording of the notes is the template's (``distribution/covering_note.txt``), with names in braces for
what differs between units; a template without the file has no notes.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from xlbudget.definitions.toml_items import Problems, read_text
from xlbudget.files.csv_text import inert_csv
from xlbudget.files.whole_files import safe_name, write_whole
from xlbudget.model import Issue, Roster, Unit, WorkbookTemplate
from xlbudget.model.errors import InputError
from xlbudget.model.words import nearest, shown

MANIFEST, NOTES, WORDING = "下发清单.csv", "通知", Path("distribution") / "covering_note.txt"
_NAME = re.compile(r"\{([^{}]*)\}")


def write_manifest(
    template: WorkbookTemplate,
    roster: Roster,
    paths: Mapping[str, Path],
    folder: Path,
    taken: Mapping[str, Issue] | None = None,
) -> Path:
    """Write the list of the workbooks sent out, one line a unit: file, sha256, template, control totals.

    ``taken`` says of units what was taken over from last year; then there is a column for it. CSV in UTF-8
    with a mark, as Excel opens it; OutputError when it cannot be written.
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
        "文件",
        "SHA-256",
        "模板",
        "模板摘要",
    ]
    limited = [f"{name}（{template.form_money}）" for name in columns]
    lists = [part for part in template.catalogues if any(part.id in codes for codes in roster.codes.values())]
    limited += [part.roster_column for part in lists]
    writer.writerow([*known, *limited, *(["上年数"] if taken is not None else [])])
    for unit in roster.units:
        path, limits = paths.get(unit.code), roster.controls.get(unit.code, {})
        if path is None:
            continue
        texts = [unit.code, unit.name, unit.kind, unit.superior, unit.superior_code, path.name]
        texts += [hashlib.sha256(path.read_bytes()).hexdigest(), template.id, template.digest]
        amounts = [format(limits[name], "f") if name in limits else "" for name in columns]
        codes = roster.codes.get(unit.code, {})
        amounts += [inert_csv("、".join(codes.get(part.id, ()))) for part in lists]
        last_year = [inert_csv(_taken(taken.get(unit.code, Issue())))] if taken is not None else []
        writer.writerow([*map(inert_csv, texts), *amounts, *last_year])
    return write_whole(folder / MANIFEST, stream.getvalue().encode("utf-8-sig"))


def _taken(issue: Issue) -> str:
    """Say whether last year's figures were put into a workbook, or why not (all of them)."""
    return "；".join((*(["已带入"] if issue.entries else []), *issue.remarks))


def write_notes(
    template: WorkbookTemplate,
    roster: Roster,
    paths: Mapping[str, Path],
    folder: Path,
    until: date | None = None,
) -> tuple[Path, ...]:
    """Write a covering note for each unit with a workbook into the folder 通知 and return their paths.

    InputError when the wording has a name in braces that does not exist.
    """
    source = template.folder / WORDING
    if not source.is_file():
        return ()
    problems = Problems()
    wording = read_text(source, WORDING.as_posix(), problems)
    if problems.found:
        raise InputError(str(problems.found[0]))
    return tuple(
        write_whole(
            folder / NOTES / f"{safe_name(unit.code)}_{safe_name(unit.name)}.txt",
            _note(wording, _facts(template, roster, unit, paths[unit.code].name, until)).encode("utf-8-sig"),
        )
        for unit in roster.units
        if unit.code in paths
    )


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


def paths_by_unit(units: Sequence[Unit], paths: Sequence[Path]) -> dict[str, Path]:
    """Return the workbook of each unit by its code."""
    return {unit.code: path for unit, path in zip(units, paths, strict=True)}
