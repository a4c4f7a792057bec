"""What each check of published documents is called where people read of it."""

from __future__ import annotations

from xlbudget.checking.published import joint
from xlbudget.checking.published.across import ACROSS
from xlbudget.checking.published.checking import CHECKS
from xlbudget.checking.published.coded_rows import CODED
from xlbudget.checking.published.general import GENERAL
from xlbudget.checking.published.text_findings import TEXT

TITLES = {
    **{name: title for name, (title, _) in (CHECKS | GENERAL | CODED | TEXT | ACROSS).items()},
    joint.RULE: joint.TITLE,
    joint.UNLIKELY: joint.UNLIKELY_TITLE,
}
"""Title by name; rules of templates and checks of workbooks are not among them."""
