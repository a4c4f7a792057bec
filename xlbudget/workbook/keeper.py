"""What is dear to make from a template is made once and kept while the program runs."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from xlbudget.model import WorkbookTemplate

Value = TypeVar("Value")


def identity(template: WorkbookTemplate) -> Hashable:
    """Return what tells a template from every other, the rules that are off in it among that.

    Its digest alone does not: rules switched off, the engine and the level travel with the template.
    """
    off = tuple((rule.id, rule.off, rule.off.where) for rule in template.every_rule if rule.off)
    return template.id, template.digest, template.engine, template.is_department, off


class Keeper(Generic[Value]):
    """A few values by key; the one that was not asked for longest goes first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Hashable, Value] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return the value kept under ``key``, else what ``make`` gives; one thread makes at a time."""
        with self._lock:
            if key not in self._values:
                self._values[key] = make()
                while len(self._values) > self._most:
                    self._values.popitem(last=False)
            self._values.move_to_end(key)
            return self._values[key]
