"""Edits by hand in LibreOffice, against what a careful officer would write.

python studies/hand_edits.py                            all cases; prints the table
python studies/hand_edits.py --only 插入 --keep FOLDER    some; workbooks already in FOLDER are not made again
python studies/hand_edits.py --page docs/developers/detection.md   writes the table into its section there

The cases and what is expected of each stand in ``hand_edits.toml``, written before the tool was asked. One
process of LibreOffice does them all by its own interface (``tests/support/office_edits.py``) and saves them
with its own results. Place and cause are right if rule, sheet and address of all findings are those expected,
and each says the words that name what happened. Needs LibreOffice and python3-uno (tests/system-packages.sh).
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from support import builders, office_python

from xlbudget import Finding, Report, WorkbookTemplate, check, load_template, read_roster
from xlbudget.model import Severity

HERE = Path(__file__).parent
TEMPLATE = "shanxi_provincial/2023"
ROOM = {"基本支出": 20, "项目支出": 8, "上年项目": 4, "年终结转": 3, "收入科目": 3}
HEADING = "## Edits by hand in LibreOffice"
MOST_FINDINGS = 3  # for one action


@dataclass(frozen=True)
class Expected:
    """A finding that a careful officer would write: the cause, how grave, where, and words that name it."""

    rule: str
    severity: str
    sheet: str
    address: str
    words: str

    def found(self, finding: Finding) -> bool:
        """Whether a finding names this place and cause."""
        place = finding.place
        where = (finding.rule, place.sheet, place.address)
        return where == (self.rule, self.sheet, self.address) and self.words in finding.message


@dataclass(frozen=True)
class Case:
    """What was done to whose workbook, how it was saved, and all that is to be said of it."""

    name: str
    base: str
    steps: tuple[tuple[object, ...], ...]
    finds: tuple[Expected, ...]
    remarks: tuple[str, ...]
    saved: str

    @property
    def file(self) -> str:
        """The name of its workbook."""
        return f"{self.name.replace('/', '／')}.{self.saved}"


@dataclass(frozen=True)
class Outcome:
    """A case, and what was said of it."""

    case: Case
    findings: tuple[Finding, ...]
    remarks: tuple[str, ...]

    @property
    def right(self) -> bool:
        """Whether exactly the expected places and causes are named, and the remarks made."""
        left = list(self.findings)
        for expected in self.case.finds:
            found = next((finding for finding in left if expected.found(finding)), None)
            if found is None:
                return False
            left.remove(found)
        return not left and all(any(word in text for text in self.remarks) for word in self.case.remarks)

    @property
    def grave(self) -> bool:
        """Whether the severities are those expected."""
        expected = sorted(one.severity for one in self.case.finds)
        return sorted(one.severity.value for one in self.findings) == expected

    @property
    def silent(self) -> bool:
        """Whether nothing is said where something should be."""
        return bool(self.case.finds or self.case.remarks) and not self.findings and not self.remarks


def cases(words: Sequence[str] = ()) -> list[Case]:
    """Return the cases whose names have any of the words; all without."""
    given = tomllib.loads((HERE / "hand_edits.toml").read_text(encoding="utf-8"))["case"]
    return [
        Case(
            one["name"],
            one["base"],
            tuple(map(tuple, one["steps"])),
            tuple(Expected(*found) for found in one["finds"]),
            tuple(one.get("remarks", ())),
            one.get("saved", "xlsx"),
        )
        for one in given
        if not words or any(word in one["name"] for word in words)
    ]


def edit(chosen: Iterable[Case], folder: Path, template: WorkbookTemplate) -> None:
    """Write the workbooks of cases, by their names; those that are there already are left."""
    missing = [case for case in chosen if not (folder / case.file).exists()]
    folder.mkdir(parents=True, exist_ok=True)
    roster = read_roster(template.folder / "demo" / "units.csv", template)
    with tempfile.TemporaryDirectory() as held:
        own = Path(held)
        for code in sorted({case.base for case in missing}):
            unit = roster.find(code)
            assert unit is not None
            entries = template.folder / "demo" / "department" / code
            whole = own / "whole" / f"{code}.xlsx"
            whole.parent.mkdir(exist_ok=True)
            whole.write_bytes(builders.filled(template, unit, entries, capacity=ROOM))
            builders.without_print_titles(whole, own)
        jobs = [
            {
                "source": str(own / f"{case.base}.xlsx"),
                "target": str((folder / case.file).resolve()),
                "steps": case.steps,
            }
            for case in missing
        ]
        given = own / "jobs.json"
        soffice = shutil.which("soffice")
        given.write_text(json.dumps({"soffice": soffice, "profile": str(own / "profile"), "jobs": jobs}))
        program = Path(builders.__file__).with_name("office_edits.py")
        subprocess.run([office_python.found(), str(program), str(given)], check=True)


def outcome(case: Case, folder: Path, template: WorkbookTemplate) -> Outcome:
    """Check the workbook of a case."""
    report: Report = check(folder / case.file, template)
    return Outcome(case, report.findings, report.workbooks[0].remarks)


def page(outcomes: Sequence[Outcome]) -> str:
    """Return the table in Markdown, and what it comes to."""
    right, grave = (sum(getattr(one, part) for one in outcomes) for part in ("right", "grave"))
    silent = [one.case.name for one in outcomes if one.silent]
    many = [one.case.name for one in outcomes if len(one.findings) > MOST_FINDINGS]
    lines = [
        HEADING,
        "",
        "Made by `python studies/hand_edits.py --page docs/developers/detection.md`: workbooks of the",
        "demonstration, edited and saved by LibreOffice's own interface; what a careful officer would write",
        "of each stands in `studies/hand_edits.toml`. Of the first 80 cases 62 (77.5 %) were so before",
        "anything was mended by them; 2 were silent, 2 had more than 3 findings.",
        "",
        f"{len(outcomes)} cases. Place and cause as expected, and nothing else: {right} "
        f"({_share(right, outcomes)}). Severity as expected: {grave} ({_share(grave, outcomes)}).",
        f"Silent: {len(silent)}{_named(silent)}. "
        f"More than {MOST_FINDINGS} findings: {len(many)}{_named(many)}.",
        "",
        "| what was done | expected | said | as expected |",
        "|---|---|---|---|",
        *(_row(one) for one in outcomes),
        "",
    ]
    return "\n".join(lines)


def _share(count: int, outcomes: Sequence[Outcome]) -> str:
    return f"{100 * count / max(len(outcomes), 1):.1f} %"


def _named(names: Sequence[str]) -> str:
    return f" ({'; '.join(names)})" if names else ""


def _row(one: Outcome) -> str:
    expected = [_short(part.rule, part.severity, part.sheet, part.address) for part in one.case.finds]
    said = [
        _short(part.rule, part.severity.value, part.place.sheet, part.place.address) for part in one.findings
    ]
    expected += ["备注"] * bool(one.case.remarks)
    said += ["备注"] * bool(one.remarks)
    cells = (
        one.case.name,
        "<br>".join(expected) or "—",
        "<br>".join(said) or "—",
        "yes" if one.right else "**no**",
    )
    return f"| {' | '.join(cells)} |"


def _short(rule: str, severity: str, sheet: str, address: str) -> str:
    marks = {
        Severity.BLOCKING.value: "",
        Severity.EXPLAIN.value: " (explain)",
        Severity.NOTE.value: " (note)",
    }
    return f"{rule} {sheet}{'!' if address else ''}{address}{marks[severity]}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="*", default=(), help="words of the names of cases")
    parser.add_argument("--keep", type=Path, help="where the workbooks are kept, for another run")
    parser.add_argument("--page", type=Path, help="the page whose last section is the table")
    options = parser.parse_args()
    template, chosen = load_template(TEMPLATE), cases(options.only)
    with tempfile.TemporaryDirectory() as held:
        folder = options.keep or Path(held)
        edit(chosen, folder, template)
        outcomes = [outcome(case, folder, template) for case in chosen]
    text = page(outcomes)
    print(text)
    for one in outcomes:
        if not one.right:
            print(f"### {one.case.name}: expected {one.case.finds} {one.case.remarks}")
            for finding in one.findings:
                print(f"    {finding.rule} {finding.severity.value} {finding.message}")
            print("   ", *one.remarks)
    if options.page:
        before = options.page.read_text(encoding="utf-8").partition(HEADING)[0]
        options.page.write_text(f"{before.rstrip()}\n\n{text}", encoding="utf-8")


if __name__ == "__main__":
    main()
