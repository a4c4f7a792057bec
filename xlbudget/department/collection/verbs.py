"""A department's round from Python: collect, status, decide, close. Paths may be texts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from xlbudget.definitions.loading import load_template
from xlbudget.department.collection import closing, decisions
from xlbudget.department.collection.arrivals import PassedOver, workbooks_at_hand
from xlbudget.department.collection.choice import receipt_to_decide
from xlbudget.department.collection.folder import Collection, is_collection
from xlbudget.department.collection.receiving import Received, receive
from xlbudget.department.collection.records import Receipt
from xlbudget.department.collection.status import CollectionStatus, status_of
from xlbudget.department.summary.naming import department_of
from xlbudget.model import Roster, Waiver, WorkbookTemplate
from xlbudget.model.errors import InputError
from xlbudget.model.words import nearest
from xlbudget.returns.template_choice import choose_template

ACTIONS = ("accept", "return", "waive", "replace", "zero")
"""What can be decided about a return."""


def opened(
    folder: Path,
    paths: Sequence[Path],
    template: WorkbookTemplate | str | None = None,
    roster: Roster | None = None,
    templates: Path | None = None,
    user: str = "",
) -> Collection:
    """Open a collection to receive ``paths`` into, or make it, by the template that they carry."""
    if is_collection(folder) and not (roster or template):
        return Collection.open(folder, user=user)
    if not isinstance(template, WorkbookTemplate):
        template = (
            load_template(template, templates)
            if template
            else choose_template(workbooks_at_hand(paths), None, templates)
        )
    return Collection.create(folder, template, roster, templates, user=user)


def collect(
    paths: Iterable[Path | str] | Path | str,
    into: Path | str,
    *,
    roster: Roster | None = None,
    template: WorkbookTemplate | str | None = None,
    templates: Path | str | None = None,
    again: bool = False,
    workers: int | None = None,
    user: str = "",
) -> list[Received | PassedOver]:
    """Receive files, folders, archives and mails into a collection; return what became of each, in order.

    ``again`` judges those once more that nobody could read before. Raises InputError for a path that does
    not exist or a closed collection, OutputError when the disk does not take it.
    """
    listed = [Path(path) for path in ([paths] if isinstance(paths, Path | str) else paths)]
    folder = Path(templates) if templates else None
    with opened(Path(into), listed, template, roster, folder, user) as collection:
        return list(receive(collection, listed, workers=workers, again=again))


def status(collection: Path | str) -> CollectionStatus:
    """Return where a collection stands; InputError when the folder is none."""
    with Collection.open(Path(collection)) as found:
        return status_of(found)


def decide(
    collection: Path | str,
    which: str | int,
    action: str,
    reason: str,
    *,
    waivers: Sequence[Waiver] = (),
    user: str = "",
) -> Receipt:
    """Decide about a return (one of :data:`ACTIONS`) and return its receipt.

    ``which`` is a unit's code or name, or the number of a receipt. Raises InputError as
    :mod:`xlbudget.department.collection.decisions` does.
    """
    if action not in ACTIONS:
        raise InputError(f"没有“{action}”这个决定{nearest(action, ACTIONS)}；可用 {'、'.join(ACTIONS)}。")
    with Collection.open(Path(collection), user=user) as found:
        word = f"{which}号" if isinstance(which, int) else which
        number = receipt_to_decide(found, word, waiting=action == "replace").number
        if action == "waive":
            return decisions.waive(found, number, waivers, reason)
        decided = {
            "accept": decisions.accept,
            "return": decisions.send_back,
            "replace": decisions.prefer,
            "zero": decisions.confirm_zero,
        }[action]
        return decided(found, number, reason)


def close(
    collection: Path | str,
    reason: str,
    *,
    allow: Sequence[str] = (),
    code: str = "",
    name: str = "",
    user: str = "",
) -> Path:
    """Close a collection and return its manifest; ConsolidationRefused as long as something is open."""
    with Collection.open(Path(collection), user=user) as found:
        department = department_of(found.roster.units, code, name)
        return found.folder / closing.close(found, department, reason, allow)
