"""Mutated templates: lint says where, or the whole chain runs and no amount is lost.

Run as a script it tries many: ``python tests/definition_fuzz.py COUNT [SEED]``; the suite tries a few.
"""

from __future__ import annotations

import csv
import random
import re
import shutil
import sys
import tempfile
import traceback
from collections import Counter
from decimal import Decimal
from pathlib import Path

from xlbudget import check, consolidate, generate
from xlbudget.checking.definitions.lint import lint_template
from xlbudget.checking.evidence import Evidence
from xlbudget.definitions.folders import templates_folder
from xlbudget.department.issue.filling import fill
from xlbudget.model import Cell, Unit, WorkbookTemplate
from xlbudget.model.errors import ConsolidationRefused, InputError
from xlbudget.model.words import published
from xlbudget.publication.document.form_tables import form_table
from xlbudget.returns.reading import open_workbook, read

SETS = {
    "shanghai_putuo/2025": "示例单位",
    "shanghai_putuo/2024_final_accounts": "示例部门",
    "shanxi_provincial/2023": "行政单位",
}
"""The templates that are mutated, and the entries (a base of their cases) that their workbooks are given."""
TOTALS = {
    "shanghai_putuo/2025": ("F1", "支出总计", "合计", 1),
    "shanghai_putuo/2024_final_accounts": ("F1", "本年支出合计", "支出", 10_000),
    "shanxi_provincial/2023": ("F1", "支出总计", "合计", 10_000),
}
"""The form cell that all expenditure comes to, and what one of its money is in 元."""
_LEDGERS = ("ledger_basic.csv", "ledger_projects.csv", "other_expenditure.csv")
_NO_AMOUNTS = re.compile(r"code|name|item|科目|编码|名称|项目$")
_ROWS = 14  # of every ledger and every block of open rows: mutants are many and small
_QUOTED = re.compile(r'"[^"\n]*"')
_NUMBER = re.compile(r"(?<== )\d+(?=[,\s}])")
_PAIR = re.compile(r'[\w"]+ = (?:"[^"]*"|\d+|true|false|\[[^\[\]]*\])(?:, )?')


def copied(name: str, folder: Path) -> Path:
    """Return a small copy of a template: no blank workbooks, of cases only the entries, few rows."""
    target = folder / name
    left_out = shutil.ignore_patterns("blank", "demo", "*.md", "distribution")
    shutil.copytree(templates_folder() / name, target, ignore=left_out)
    for path in (target / "cases").glob("*.toml"):
        path.unlink()
    for path in (*(target / "entries").glob("*.toml"), *(target / "forms").glob("*.toml")):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"capacity = \d{2,}", f"capacity = {_ROWS}", text), encoding="utf-8")
    return target


def mutate(folder: Path, chance: random.Random) -> str:
    """Spoil one file of a template as a slip of the hand would; return what was done."""
    files = [path for path in sorted(folder.rglob("*")) if path.suffix in {".toml", ".csv"}]
    path = chance.choice([path for path in files if "cases" not in path.parts])
    text = path.read_text(encoding="utf-8")
    how = chance.choice(_CSV if path.suffix == ".csv" else _TOML)
    path.write_text(how(text, chance, folder), encoding="utf-8")
    return f"{how.__name__} {path.relative_to(folder).as_posix()}"


def _line(text: str, chance: random.Random) -> tuple[list[str], int]:
    lines = text.splitlines(keepends=True) or [""]
    return lines, chance.randrange(len(lines))


def line_lost(text: str, chance: random.Random, _: Path) -> str:
    lines, at = _line(text, chance)
    return "".join(lines[:at] + lines[at + 1 :])


def line_twice(text: str, chance: random.Random, _: Path) -> str:
    lines, at = _line(text, chance)
    return "".join(lines[: at + 1] + lines[at:])


def lines_swapped(text: str, chance: random.Random, _: Path) -> str:
    lines, at = _line(text, chance)
    other = min(at + 1, len(lines) - 1)
    lines[at], lines[other] = lines[other], lines[at]
    return "".join(lines)


def _at_one(text: str, pattern: re.Pattern[str], chance: random.Random, new: str | None) -> str:
    found = list(pattern.finditer(text))
    if not found:
        return text
    one = chance.choice(found)
    return text[: one.start()] + (new or "") + text[one.end() :]


def attribute_lost(text: str, chance: random.Random, _: Path) -> str:
    return _at_one(text, _PAIR, chance, None)


def text_emptied(text: str, chance: random.Random, _: Path) -> str:
    return _at_one(text, _QUOTED, chance, '""')


def text_misspelt(text: str, chance: random.Random, _: Path) -> str:
    found = [one for one in _QUOTED.finditer(text) if len(one[0]) > 3]
    if not found:
        return text
    one = chance.choice(found)
    at = one.start() + 1 + chance.randrange(len(one[0]) - 2)
    return text[:at] + chance.choice(["", "预", "_", "1", "{year}", "{", "[", "."]) + text[at + 1 :]


def text_exchanged(text: str, chance: random.Random, _: Path) -> str:
    found = list(_QUOTED.finditer(text))
    return _at_one(text, _QUOTED, chance, chance.choice(found)[0]) if found else text


def name_of_another(text: str, chance: random.Random, folder: Path) -> str:
    """Give it the id of another file of the template, or a name of the program's own."""
    ids = ["校验", "控制数", "_封面", "基本支出", "F1", "F3"]
    for path in folder.rglob("*.toml"):
        ids += re.findall(r'^id = "([^"]+)"', path.read_text(encoding="utf-8"), re.MULTILINE)
    return re.sub(r'^id = "[^"]+"', f'id = "{chance.choice(ids)}"', text, count=1, flags=re.MULTILINE)


def number_changed(text: str, chance: random.Random, _: Path) -> str:
    return _at_one(text, _NUMBER, chance, chance.choice(["0", "1", "2", "-1", "99", "1.5", '"1"', "true"]))


def type_changed(text: str, chance: random.Random, _: Path) -> str:
    return _at_one(text, _QUOTED, chance, chance.choice(["1", "true", "[]", '["甲"]', "{}", '{ a = "甲" }']))


def mark_strayed(text: str, chance: random.Random, _: Path) -> str:
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice([",", "“", "”", '"', "'", "}", "]", "=", "，", "#", "\\"]) + text[at:]


def cell_emptied(text: str, chance: random.Random, _: Path) -> str:
    return _at_one(text, re.compile(r"[^,\n]+"), chance, None)


_TOML = (
    line_lost,
    line_twice,
    lines_swapped,
    attribute_lost,
    attribute_lost,
    text_emptied,
    text_misspelt,
    text_misspelt,
    text_exchanged,
    name_of_another,
    number_changed,
    type_changed,
    mark_strayed,
)
_CSV = (line_lost, line_twice, lines_swapped, mark_strayed, cell_emptied)


def outcome(folder: Path, root: Path, name: str, work: Path) -> str:
    """Return ``told`` where lint says what is wrong, else ``ran``; raises what goes wrong in the chain."""
    problems, template = lint_template(folder, root)
    if problems:
        for problem in problems:
            assert problem.source.line >= 1, problem
            assert problem.message, problem
        return "told"
    assert template is not None
    _chain(template, folder / "cases" / SETS[name], work, name)
    return "ran"


def entered(name: str, base: str) -> Decimal:
    """Return what the ledgers of a base come to, as their files have it, in 元."""
    total = Decimal(0)
    for file in _LEDGERS:
        path = templates_folder() / name / "cases" / base / file
        if path.is_file():
            for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
                total += sum(Decimal(text or 0) for key, text in row.items() if not _NO_AMOUNTS.search(key))
    return total


def _cell(evidence: Evidence, place: tuple[str, str, str, int]) -> Cell:
    form = next(part for part in evidence.template.forms if part.id == place[0])
    panel = next(part for part in form.tables if any(line.key == place[1] for line in part.lines))
    return Cell(panel.id, evidence.layout.tables[panel.id].lines[place[1]], place[2])


def _chain(template: WorkbookTemplate, entries: Path, work: Path, name: str) -> None:
    """Generate, fill in, check, join; every closing line with amounts is shown in its form.

    What was entered stands in the forms, or the check tells that it does not.
    """
    unit = Unit("101", "某单位", template.kinds[0], "某部门")
    issued = generate(template, work, unit)
    try:
        filled = fill(issued, entries, work / "filled.xlsx", template=template)
    except InputError as error:  # the entries were typed for the template as it was
        assert str(error)
        return
    report = check(filled, template)
    assert report.workbooks
    evidence = Evidence(template, read(open_workbook(filled), template))
    lost = list(lost_amounts(evidence))
    assert not lost, f"合计行没有显示：{lost}"
    total = evidence.recalculated(_cell(evidence, TOTALS[name]))
    printed = total * TOTALS[name][3] if isinstance(total, Decimal) else Decimal(0)
    told = [part for part in report.findings if part.severity == "blocking"]
    assert printed == entered(name, SETS[name]) or told, f"录入 {entered(name, SETS[name])}，公开表 {printed}"
    wrong = [part for part in report.findings if part.rule in {"changed_formula", "stale_value"}]
    assert not wrong, wrong[0].message
    returned = work / "returned"
    returned.mkdir()
    shutil.move(str(filled), returned / "filled.xlsx")
    try:
        consolidate(returned, work / "department.xlsx", template=template)
    except ConsolidationRefused as refused:
        assert refused.reasons


def lost_amounts(evidence: Evidence) -> list[str]:
    """Return the closing lines whose amounts no row of their form prints."""
    lost = []
    for form in evidence.template.forms:
        printed = Counter(cell.amount for cell in form_table(evidence, form).cells if cell.amount)
        for panel in form.panels:
            closing = panel.closing
            for row, line in enumerate(closing.lines if closing else ()):
                for column in panel.columns if closing and not line.note else ():
                    value = evidence.recalculated(Cell(closing.id, row, column.key)) if closing else None
                    if isinstance(value, Decimal) and not column.hidden:
                        rounded = published(value, column.decimals)
                        if rounded and not printed[rounded]:
                            lost.append(f"{form.id}.{line.key}[{column.key}]")
    return lost


def run(count: int, seed: int) -> int:
    """Try that many mutants of each template in turn; say what became of them."""
    chance, results, failures = random.Random(seed), Counter[str](), 0
    for number in range(count):
        name = list(SETS)[number % len(SETS)] if number % 5 else next(iter(SETS))
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder) / "templates"
            work = Path(folder) / "work"
            work.mkdir()
            what = ""
            try:
                what = mutate(copied(name, root), chance)
                results[outcome(root / name, root, name, work)] += 1
            except KeyboardInterrupt:  # what was found until then is told
                break
            except Exception:
                failures += 1
                print(f"--- {number} {name}: {what}\n{traceback.format_exc()[-900:]}", flush=True)  # noqa: T201
    print(dict(results), "failed", failures)  # noqa: T201
    return failures


if __name__ == "__main__":
    sys.exit(run(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1) > 0)
