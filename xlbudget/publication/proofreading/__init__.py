"""Checking a document that was written or edited by hand against the workbook that it speaks of.

The document that the workbook itself gives (:mod:`xlbudget.publication.narrative`) is laid beside the
one at hand, paragraph by paragraph, and every figure, year, direction word and name of theirs is compared
with ours.
"""

from __future__ import annotations

from xlbudget.publication.proofreading.checking import check_document

__all__ = ["check_document"]
