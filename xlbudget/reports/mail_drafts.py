"""Mails ready to send: a reply as a draft (.eml) with the annotated copy attached, no address."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from xlbudget.model.words import inert

_XLSX = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")
_ANY = ("application", "octet-stream")
_BOUNDARY = "=-xlbudget-draft-="  # the same reply gives the same bytes; base64 holds no such line


def mail_draft(subject: str, text: str, attached: Sequence[Path] = ()) -> bytes:
    """Return a mail that mail programs open as a draft: subject, text, and the files attached."""
    draft = EmailMessage(policy=SMTP)
    draft["X-Unsent"] = "1"  # Outlook opens it for writing on
    draft["Subject"] = inert(subject)
    draft.set_content(text, cte="base64")
    for path in attached:
        main, sub = _XLSX if path.suffix.lower() == ".xlsx" else _ANY
        draft.add_attachment(path.read_bytes(), maintype=main, subtype=sub, filename=path.name)
    if attached:
        draft.set_boundary(_BOUNDARY)
    return draft.as_bytes()
