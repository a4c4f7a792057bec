"""Every number of a published document: looked at by a rule, read but in no rule, or not read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Container, Iterator, Sequence

from xlbudget.model import (
    Cell,
    Coverage,
    CoverageCounts,
    CoveredNumber,
    Place,
    PublishedDocument,
)

_CELL = re.compile(r"[-−]?\d[\d,，]*(?:\.\d+)?%?")
_TEXT = re.compile(r"(?<![\d.A-Za-z])\d[\d,，]*(?:\.\d+)?(?![\d.]*\s*[年月日、．)）\]〕号])")


def covered_numbers(
    document: PublishedDocument,
    amounts: Container[Cell] = (),
    judged: Container[Cell] = (),
    others: Container[Place] = (),
    said: Collection[Place] = (),
) -> tuple[CoveredNumber, ...]:
    """Return the numbers of a document: those of its tables, then those of its text.

    ``amounts`` are the cells of recognised forms that can hold amounts, ``judged`` those that some rule
    looked at, ``others`` the places that were looked at in other tables, ``said`` those in the text. Numbers
    of a table that nothing could read count as not read.
    """
    return (*_in_tables(document, amounts, judged, others), *_in_text(document, said))


def counts_of(numbers: Sequence[CoveredNumber]) -> CoverageCounts:
    """Return how many numbers are which."""
    counts = Counter(number.coverage for number in numbers)
    of_forms = [number.coverage for number in numbers if number.in_form]
    return CoverageCounts(
        counts[Coverage.CHECKED],
        counts[Coverage.READ],
        counts[Coverage.UNREAD],
        len(of_forms),
        of_forms.count(Coverage.CHECKED),
    )


def _in_tables(
    document: PublishedDocument,
    amounts: Container[Cell],
    judged: Container[Cell],
    others: Container[Place],
) -> Iterator[CoveredNumber]:
    of_forms: dict[Place, tuple[bool, bool]] = {}
    for form in document.forms:
        for cell, printed in form.cells.items():
            of_forms[printed.place] = cell in amounts, cell in judged
    for table in document.tables:
        for printed in table.cells:
            text = "".join(printed.text.split())
            number = printed.stored.kind == "n" if printed.stored else bool(_CELL.fullmatch(text))
            in_form, checked = of_forms.get(printed.place, (False, printed.place in others))
            if not number or (not in_form and (printed.place in of_forms or text.isdigit())):
                continue  # codes and running numbers
            status = Coverage.CHECKED if checked else Coverage.READ if in_form else Coverage.UNREAD
            yield CoveredNumber(printed.text, printed.place, status, in_form)


def _in_text(document: PublishedDocument, said: Collection[Place]) -> Iterator[CoveredNumber]:
    for paragraph in document.paragraphs:
        for line in paragraph.lines:
            held = [place for place in said if _on_line(place, line.place)]
            for found in _TEXT.finditer(line.text):
                place = line.at(found.start(), found.end())
                checked = any(_holds(one, place) for one in held)
                yield CoveredNumber(found[0], place, Coverage.CHECKED if checked else Coverage.READ)


def _on_line(place: Place, line: Place) -> bool:
    if place.box is None or line.box is None:
        return place == line
    return place.page == line.page and place.box.top == line.box.top


def _holds(said: Place, place: Place) -> bool:
    """Whether a figure that was held to something is the number at a place (or stands in its paragraph)."""
    if said.box is None or place.box is None:
        return said == place
    return said.box.left <= place.box.right and place.box.left <= said.box.right
