"""A collection as linked workbooks, as last year's: the returns that were accepted."""

from __future__ import annotations

from pathlib import Path

from xlbudget.checking.prior_year.workbooks import LinkedFolder
from xlbudget.department.collection.folder import Collection
from xlbudget.department.collection.records import Status
from xlbudget.model import LAST_YEAR


def accepted_returns(
    collection: Collection, templates: Path | None = None, link: str = LAST_YEAR
) -> LinkedFolder:
    """Return the accepted return of each unit; ``templates`` defaults to the collection's own folder."""
    files, names, unusable = {}, {}, []
    for part in collection.counted():
        if part.receipt.status is Status.ACCEPTED:
            files[part.unit.code] = ((part.path, part.receipt.sha256),)
            names[part.unit.code] = part.unit.name
        else:
            unusable.append(
                f"{part.receipt.number} 号收件（{part.unit.name}）是“{part.receipt.status}”，没有接收"
            )
    own = collection.settings["templates"]
    folder = templates or (Path(own) if own else None)
    return LinkedFolder(collection.folder, files, folder, tuple(unusable), names, link)
