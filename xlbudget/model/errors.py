"""Everything that xlbudget raises, as one tree.

Findings (what is wrong with a returned workbook) are values and are returned;
errors (what stops the program from doing its work) are raised::

    XlbudgetError
    ├── DefinitionError        a mistake in workbook_templates/: file, line, what to do
    ├── InputError             a path, roster or entries file that cannot be used
    │   ├── UnreadableWorkbook a file that is not a workbook we can read safely
    │   └── NotAnnotatable     a returned workbook into which no comments can be put safely
    ├── OutputError            a folder or file that cannot be written
    │   └── ExistingFile       something that is not ours to replace stands there
    ├── ConsolidationRefused   workbooks that must not be joined, each with its reason
    └── PublicationRefused     a workbook that is not ready to be published, with what it lacks

Every message is one Chinese sentence (or one a line) that says where, what and
what to do; it can be shown to an officer as it is.
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING

from xlbudget.version import __version__

if TYPE_CHECKING:
    from xlbudget.model import Problem


OUR_FAULT = "program"
"""The reason of a file that cannot be read because the reader failed on it: nothing is said of the file."""

SEND_US = "不是文件的问题，不要退回单位。请把这一句和该文件发给程序维护人员"
"""What an officer does about a failure of the program at one file."""


def fault(error: BaseException) -> str:
    """Return what tells us where the program failed: the error's class and the last line of ours under way.

    Neither the error's own text nor the path of a file is in it: both may tell what is nobody's business.
    """
    package = __name__.partition(".")[0]
    walked = traceback.walk_tb(error.__traceback__)
    lines = [(str(frame.f_globals.get("__name__", "")), line) for frame, line in walked]
    ours = [f"{name}:{line}" for name, line in lines if name.partition(".")[0] == package]
    return "，".join([type(error).__name__, *ours[-1:], f"版本 {__version__}"])


class XlbudgetError(Exception):
    """Base of all errors raised on purpose; ``str(error)`` is a message in Chinese."""


class DefinitionError(XlbudgetError):
    """The definitions of a workbook template are wrong; carries every problem found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class InputError(XlbudgetError):
    """A file or argument given by the user cannot be used."""


class UnreadableWorkbook(InputError):
    """The file cannot be read as a workbook.

    ``reason`` is a short stable code for programs (``not_found``, ``not_a_workbook``,
    ``encrypted``, ``damaged``, ``limit``, ``doctype``, ``unsafe``, ``old_format``, ``lock_file``,
    ``not_installed``), or :data:`OUR_FAULT`; the message is for people.
    """

    def __init__(self, reason: str, message: str) -> None:
        self.reason = reason
        super().__init__(message)


class NotAnnotatable(InputError):
    """No annotated copy can be made of a returned workbook; the message is the reason."""


class OutputError(XlbudgetError):
    """The result cannot be written where it was asked for."""


class ExistingFile(OutputError):
    """A file stands where one was to be written, and is no older version of it: it is left as it is."""


class ConsolidationRefused(XlbudgetError):
    """The workbooks given must not be joined; ``reasons`` names each of them."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("\n".join(self.reasons))


class PublicationRefused(XlbudgetError):
    """The workbook is not ready to be published; the message says what is wrong or missing."""
