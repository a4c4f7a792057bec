"""A journal of a long run: reports of single files as they are made, to go on from after an interruption.

One line of JSON a file. The first line says what the reports depend on beside
the file itself; a journal of another template, version or roster is begun anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TextIO

from xlbudget.checking.runs.basis import basis_of
from xlbudget.checking.runs.batch import Batch
from xlbudget.checking.runs.report_data import data_of, report_from
from xlbudget.files.elsewhere import digest
from xlbudget.model import WorkbookReport
from xlbudget.model.errors import InputError, OutputError

_HEAD = "xlbudget_journal"
_LONGEST_HEAD = 256


def refuse_strange(path: Path) -> None:
    """Raise InputError when a file stands at ``path`` that is no journal: it would be lost."""
    try:
        with path.open("rb") as stream:
            head = stream.read(_LONGEST_HEAD)
    except OSError:
        return  # nothing there, or nothing that can be read: opening it to write will say so
    start, wanted = head.lstrip(b"\n"), b'{"' + _HEAD.encode() + b'":'
    if not start.startswith(wanted) and not wanted.startswith(start):  # an interruption may have torn it
        raise InputError(f"“{path}”不是续审记录，没有改动它；请给 --resume 另取一个文件名。")


class Journal:
    """Reports kept in a file; use as a context manager. Raises OutputError when it cannot be written."""

    def __init__(self, path: Path, batch: Batch) -> None:
        self.path = path
        self._basis = basis_of(batch)
        self._known: dict[tuple[str, str], dict[str, Any]] = {}
        self._stream: TextIO | None = None

    def __enter__(self) -> Journal:
        """Read what an earlier run has left, and open the file for more."""
        refuse_strange(self.path)
        lines = self._lines()
        current = bool(lines) and lines[0] == {_HEAD: self._basis}
        for line in lines[1:] if current else ():
            report = line.get("report", {})
            self._known[report.get("path", ""), report.get("sha256", "")] = report
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._stream = self.path.open(
                "a" if current else "w",
                encoding="utf-8",
                errors="backslashreplace",  # of file names that are no UTF-8: JSON reads it back
            )
        except OSError as error:
            raise OutputError(f"无法写入续审记录“{self.path}”；请换一个有写入权限的位置。") from error
        self._write({} if current else {_HEAD: self._basis})
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        if self._stream is not None:
            self._stream.close()

    def find(self, path: Path) -> WorkbookReport | None:
        """Return the report of a file that has not changed since, or None."""
        if not self._known:
            return None
        try:
            return report_from(self._known[str(path), digest(path)])
        except (OSError, InputError, KeyError, ValueError):
            return None

    def keep(self, report: WorkbookReport) -> None:
        """Add the report of one file; files not read or not checked are looked at again next time."""
        if report.sha256 and not report.failed:
            self._write({"report": data_of(report)})

    def _write(self, line: dict[str, Any]) -> None:
        # begins with a line break, so that a line torn by an interruption spoils no other
        if self._stream is not None:
            self._stream.write("\n" + json.dumps(line, ensure_ascii=False))
            self._stream.flush()

    def _lines(self) -> list[dict[str, Any]]:
        try:
            text = self.path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return []
        lines = []
        for line in filter(None, text.split("\n")):
            try:
                value = json.loads(line)
            except ValueError:
                continue
            lines += [value] if isinstance(value, dict) else []
        return lines
