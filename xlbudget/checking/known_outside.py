"""Checks that are no rule and no check of entries: what they are called, how grave, where they come from.

They hold a workbook against what is known beside it, or look at all of it at once.
"""

from __future__ import annotations

from xlbudget.checking import copied_amounts, plausibility, roster_facts
from xlbudget.checking.mistakes import undone
from xlbudget.checking.prior_year import identities

_EVERY = (
    (plausibility.TITLES, plausibility.SEVERITIES, "金额是否合乎常理，见模板的 [plausibility]"),
    (roster_facts.TITLES, roster_facts.SEVERITIES, "与名册核对"),
    (
        copied_amounts.TITLES,
        copied_amounts.SEVERITIES,
        "与另一栏、上年、同批其他单位比，见模板的 [plausibility]",
    ),
    (identities.TITLES, identities.SEVERITIES, "与上年的工作簿比"),
    (undone.TITLES, undone.SEVERITIES, undone.ABOUT),
)

TITLES = {name: title for titles, _, _ in _EVERY for name, title in titles.items()}
SEVERITIES = {name: severity for _, severities, _ in _EVERY for name, severity in severities.items()}
"""The gravest that each of them is."""
ABOUT = {name: about for titles, _, about in _EVERY for name in titles}
