"""Everything that xlbudget raises, as one tree.

Findings (what is wrong with a returned workbook) are values and are returned;
errors (what stops the program from doing its work) are raised::

    XlbudgetError
    ├── DefinitionError        a mistake in workbook_templates/: file, line, what to do
    ├── InputError             a path, roster or entries file that cannot be used
    │   ├── UnreadableWorkbook a file that is not a workbook we can read safely
    │   └── NotAnnotatable     a returned workbook into which no comments can be put safely
    ├── OutputError            a folder or file that cannot be written
    ├── ConsolidationRefused   workbooks that must not be joined, each with its reason
    └── PublicationRefused     a workbook that is not ready to be published, with what it lacks

Every message is one Chinese sentence (or one a line) that says where, what and
what to do; it can be shown to an officer as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xlbudget.model import Problem


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
    ``encrypted``, ``damaged``, ``limit``, ``doctype``, ``unsafe``, ``old_format``, ``lock_file``);
    the message is for people.
    """

    def __init__(self, reason: str, message: str) -> None:
        self.reason = reason
        super().__init__(message)


class NotAnnotatable(InputError):
    """No annotated copy can be made of a returned workbook; the message is the reason."""


class OutputError(XlbudgetError):
    """The result cannot be written where it was asked for."""


class ConsolidationRefused(XlbudgetError):
    """The workbooks given must not be joined; ``reasons`` names each of them."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("\n".join(self.reasons))


class PublicationRefused(XlbudgetError):
    """The workbook is not ready to be published; the message says what is wrong or missing."""
