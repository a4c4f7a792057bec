"""What a report depends on beside the file: what was judged on the same basis need not be judged again."""

from __future__ import annotations

import hashlib

from xlbudget.checking.runs.batch import Batch
from xlbudget.version import __version__


def basis_of(batch: Batch) -> str:
    """Return a digest of the program's version, the definitions, the rules that are off, and what is given.

    Given are roster, linked workbooks, the reader's limits, and how the files are taken.
    """
    template = batch.template
    off = [(rule.id, str(rule.off)) for rule in template.every_rule if rule.off]
    known = [(one.id, one.digest) for one in batch.templates]
    given = batch.roster, batch.as_published, batch.linked, batch.limits, known
    basis = repr((__version__, template.id, template.digest, template.engine, off, given))
    return hashlib.sha256(basis.encode()).hexdigest()
