"""Mails from strangers: attachments with their names, whatever state the headers are in.

Python's parser of headers raises errors of many kinds for headers that are broken. A name that it cannot
give is taken from the bytes of the header instead, so that the attachment is not lost.
"""

from __future__ import annotations

import email.policy
import mailbox
import re
from collections.abc import Iterator
from contextlib import closing, suppress
from email.feedparser import BytesFeedParser
from email.header import decode_header
from email.message import EmailMessage
from pathlib import Path, PurePosixPath
from typing import cast
from urllib.parse import unquote_to_bytes

from xlbudget.files.whole_files import readable_name

_NAMED = re.compile(
    r"""(?:file)?name\*?(?:0\*?)?\s*=\s*(?:"(?P<quoted>[^"]*)"|(?P<bare>[^;\s]+))""", re.IGNORECASE
)
_CHUNK = 1 << 20
_FIELDS = {"content-disposition", "content-type"}


def attachments(path: Path) -> Iterator[tuple[str, bytes | None]]:
    """Yield the name of each attachment of a mail and its bytes, None where they cannot be had.

    Raises whatever the parser does for a mail that is too broken or too deeply nested.
    """
    parser = BytesFeedParser(policy=email.policy.default)
    with path.open("rb") as stream:
        while piece := stream.read(_CHUNK):  # given as a whole, it would take four times its size more
            parser.feed(piece)
    message = cast(EmailMessage, parser.close())
    for number, part in enumerate(message.walk()):
        if part.is_multipart():
            continue
        name = _name(part) or (f"附件{number}" if _is_file(part) else "")
        if name:
            yield name, _content(part)


def letters(path: Path, most: int) -> Iterator[bytes]:
    """Yield the letters of a mailbox; of one longer than ``most`` bytes one byte more than that."""
    with closing(mailbox.mbox(path, create=False)) as box:
        for key in box.keys():  # noqa: SIM118 - a mailbox iterates over parsed letters
            with closing(box.get_file(key)) as stream:
                yield stream.read(most + 1)


def _is_file(part: EmailMessage) -> bool:
    """Whether a part without a name is a file all the same, not what the mail says."""
    with suppress(Exception):  # the parser's errors are of every kind
        return part.get_content_maintype() == "application"
    return False


def _name(part: EmailMessage) -> str:
    """Return the file name of an attachment, without any folder; names in raw GBK are read as such."""
    try:
        name = part.get_filename() or ""
    except Exception:  # the parser's errors are of every kind
        name = ""
    name = name or _raw_name(part)
    return PurePosixPath(readable_name(name).replace("\\", "/").replace("\0", "")).name


def _raw_name(part: EmailMessage) -> str:
    """Return the file name as the bytes of the headers have it, empty when they have none."""
    for field, value in part.raw_items():
        match = _NAMED.search(str(value)) if field.lower() in _FIELDS else None
        if match is not None:
            name = match["quoted"] if match["quoted"] is not None else match["bare"]
            with suppress(Exception):  # an encoding that nobody knows: the name stays as it is written
                return _decoded(name)
            return name
    return ""


def _decoded(name: str) -> str:
    if "''" in name:  # charset'language'percent-encoded
        charset, _, rest = name.split("'", 2)
        return unquote_to_bytes(rest).decode(charset or "utf-8", "replace")
    return "".join(
        piece if isinstance(piece, str) else piece.decode(charset or "gb18030", "replace")
        for piece, charset in decode_header(name)
    )


def _content(part: EmailMessage) -> bytes | None:
    try:
        content = part.get_payload(decode=True)
    except Exception:  # an encoding that is none
        return None
    return content if isinstance(content, bytes) else None
