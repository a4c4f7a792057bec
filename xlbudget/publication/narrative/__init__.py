"""The published document composed from a checked workbook: every figure in it is a cell.

:func:`compose` puts the workbook's figures and the unit's texts into the document of its template.
"""

from __future__ import annotations

from xlbudget.publication.narrative.composing import compose
from xlbudget.publication.narrative.written import Composed, ComposedText, FigureKind, QuotedFigure

__all__ = ["Composed", "ComposedText", "FigureKind", "QuotedFigure", "compose"]
