"""The one door to the ``formulas`` engine.

Single formula shapes are evaluated over whole columns (:func:`by_engine`); all formulas of a workbook
together, cell by cell as the engine does it on its own, by :class:`EngineModel`.

In one thing the engine is mended: its SUMIFS and COUNTIF read a key like ``243001/0001`` as a date and take
it for the same as ``243001/0002``. Here, as in Excel, a text that is no number is equal to that text alone.
"""

from __future__ import annotations

import logging
import re
import threading
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

from xlbudget.files.addresses import column_letters
from xlbudget.model import ErrorValue

_lock = threading.Lock()
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_NO_DATE = "文"
"""Before a text, keeps the engine from finding a date in it."""


def engine_version() -> str | None:
    """Return the version of the engine; None where it is not installed."""
    try:
        import formulas
    except ImportError:
        return None
    return str(formulas.__version__)


def by_engine(
    text: str,
    columns: Sequence[Sequence[Any]],
    count: int,
    names: tuple[str, ...] | None = None,
    ranges: Collection[str] = (),
) -> list[Any]:
    """Evaluate a formula shape over ``A1``, ``B1`` … = the given columns, ``count`` rows at once.

    ``names`` are given where some of them are ``ranges`` (``B1:B60``), with as many values for all rows.
    Values are float, text, bool, None (an empty cell) and ErrorValue, going in and coming out; an empty cell
    as the result is 0.
    """
    import numpy as np
    import schedula

    letters = names or tuple(f"{column_letters(at)}1" for at in range(len(columns)))
    given = [_column(values, len(values)) for values in columns]
    for at, name in enumerate(letters):
        if name in ranges:  # INDEX takes an empty cell for 0 unless it comes from a reference
            given[at] = _engine().Ranges().push(name, given[at])
    result = _compiled(text, letters)(*given)
    found = np.asarray(result, dtype=object).reshape(-1)
    values = [0.0 if value is schedula.EMPTY else _plain(_ordinary(value)) for value in found[:count]]
    return values * count if len(found) == 1 else values  # one for all rows


class EngineModel:
    """All formulas of a workbook as the engine's own model, compiled once and calculated for any inputs.

    ``cells`` are constants and formulas (``=…``) by address (``'[BOOK]SHEET'!A1``, in capitals). Whatever is
    to be given as an input later must be among them.
    """

    def __init__(self, cells: Mapping[str, Any]) -> None:
        formulas = _engine()
        with _lock, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._model = formulas.ExcelModel().from_dict(dict(cells))

    def calculate(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the value of every cell; an input stands in place of a constant or of a formula's result.

        Values are float, text, bool, None (an empty cell) and ErrorValue, going in and coming out.
        """
        import formulas
        import schedula

        given = {at: formulas.Ranges().push(at, _column([value], 1)) for at, value in inputs.items()}
        with _lock, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            solution = self._model.calculate(inputs=given)
        found = {}
        for at, part in solution.items():
            if isinstance(part, formulas.Ranges) and part.value.size == 1:
                value = part.value[0, 0]
                found[str(at)] = None if value is schedula.EMPTY else _plain(_ordinary(value))
        return found


def _plain(value: Any) -> Any:
    """Return whole numbers as float, as everything outside has them."""
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _ordinary(value: Any) -> Any:
    """Return what the engine gives as Python's own number, text or truth, or as an ErrorValue."""
    if type(value).__name__ == "XlError":
        return ErrorValue(str(value))
    item = getattr(value, "item", None)
    return item() if item is not None else value


@lru_cache(maxsize=1)
def _engine() -> Any:
    """Return the engine's package, with criteria compared as Excel compares them."""
    import formulas

    logging.getLogger("schedula").setLevel(logging.CRITICAL)  # what it cannot compute is said by its error
    functions = formulas.get_functions()
    for name, first in (("SUMIFS", 1), ("COUNTIF", 0)):
        functions[name] = _without_dates(functions[name], first)
    return formulas


def _without_dates(function: Callable[..., Any], first: int) -> Callable[..., Any]:
    """Return a function of ranges and criteria that finds no dates in texts, from argument ``first`` on."""
    import numpy as np
    from formulas.functions import wrap_ranges_func

    keys = np.frompyfunc(_key, 1, 1)

    def call(*arguments: Any) -> Any:
        return function(*arguments[:first], *map(keys, arguments[first:]))

    wrapped: Callable[..., Any] = wrap_ranges_func(call)
    return wrapped


def _key(value: Any) -> Any:
    """Return a criterion, or a value held against one, so that the engine compares it as Excel does."""
    if type(value) is not str or value[:1] in ("", "<", ">", "="):  # its errors are strings, of a class apart
        return value
    return float(value) if _NUMBER.fullmatch(value) else _NO_DATE + value


@lru_cache(maxsize=1)
def _errors() -> Any:
    from formulas.tokens.operand import Error

    return Error.errors


@lru_cache(maxsize=4096)
def _compiled(text: str, names: tuple[str, ...]) -> Callable[..., Any]:
    """Compile a shape by the engine; arguments in the order of ``names``."""
    formulas = _engine()
    with _lock:
        function = formulas.Parser().ast("=" + text)[1].compile()
    order = [str(name) for name in function.inputs]
    places = [order.index(name) for name in names]

    def call(*columns: Any) -> Any:
        arranged: list[Any] = [None] * len(columns)
        for column, place in zip(columns, places, strict=True):
            arranged[place] = column
        return function(*arranged)

    return call


def _column(values: Sequence[Any], count: int) -> Any:
    """Return values as the engine wants them: a column of objects, empty cells marked as such."""
    import numpy as np
    import schedula

    errors = _errors()
    column = np.empty((count, 1), dtype=object)
    column[:, 0] = [errors[str(value)] if isinstance(value, ErrorValue) else value for value in values]
    column[column == None] = schedula.EMPTY  # noqa: E711
    return column
