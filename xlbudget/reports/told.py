"""A finding in the two lines that people act on: what is wrong, what to do; and the rest."""

from __future__ import annotations

import re
from dataclasses import dataclass

from xlbudget.model import Finding
from xlbudget.reports.arrangement import message_text

_SENTENCE = re.compile(r"(?:“[^”]*”|（[^（）]*(?:（[^（）]*）[^（）]*)*）|[^。])+。?|。")
_ASIDE = re.compile(r"（[^（）]*[≠＝][^（）]*）")
_ALSO = re.compile("请|改正|恢复|核对|应等于")
_LONGEST_REST = 160  # letters: what one still reads on a comment or in a mail
_DO = re.compile(r"^(?:请|核对|恢复|如|应当|不要)")


@dataclass(frozen=True, slots=True)
class ToldFinding:
    """What is wrong, in a sentence; what to do, in another (empty: nothing); what else there is to say.

    ``aside`` says how stored, recalculated and required value agree: for who looks closer.
    """

    what: str
    do: str
    rest: str
    aside: str = ""

    @property
    def brief(self) -> tuple[str, ...]:
        """The lines with no more of the rest than one reads in passing; reports have all of it."""
        if len(self.rest) <= _LONGEST_REST:
            return self.lines
        kept = self.rest[:_LONGEST_REST].rpartition("；")[0] or self.rest[:_LONGEST_REST]
        return (*self.lines[:-1], f"{kept}……（其余见审核报告）")

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines that there are, what to do behind an arrow."""
        return tuple(filter(None, (self.what, self.do and f"→ {self.do}", self.rest)))


def told(finding: Finding) -> ToldFinding:
    """Return a finding's message (without the place it begins with) as what, what to do and the rest.

    Nothing of it is lost: all of them together hold every sentence.
    """
    first, *others = _SENTENCE.findall(message_text(finding)) or [""]
    asides = "".join(_ASIDE.findall(first))
    what = _ASIDE.sub("", first)
    do = next((part for part in others if _DO.match(part)), "")
    do = do or next((part for part in others if _ALSO.search(part)), "")
    rest = "".join(part for part in others if part is not do)
    return ToldFinding(what, do, rest, f"{asides[1:-1]}。" if asides else "")
