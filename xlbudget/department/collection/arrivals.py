"""What arrives: files, folders, archives in archives, mails with attachments, one by one.

Nothing is unpacked to the disk under a name from inside an archive or a mail, and nothing stops what comes
behind it: what cannot be opened arrives all the same, with the reason, so that it is registered and answered.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path, PurePosixPath

from xlbudget.department.collection.staging import (
    LARGEST,
    LARGEST_NESTED,
    Bounds,
    Room,
    Staged,
    TooLarge,
    TooMuch,
    too_large,
)
from xlbudget.files.file_kinds import (
    FileKind,
    Unopened,
    kind_of,
    looks_like_workbook,
    silent,
    suffix_of,
    worth_reading,
)
from xlbudget.files.whole_files import readable_name, readable_path
from xlbudget.files.zip_archives import (
    BROKEN,
    entry_name,
    entry_pieces,
    is_encrypted,
    opened_zip,
)
from xlbudget.model.errors import InputError, XlbudgetError

MOST_NESTED = 4
"""Archives and mails within one another: a mail with an archive of archives is common, more is a trap."""
LARGEST_MAIL = 2 * LARGEST
"""Bytes of a mail, which is held in memory while it is read: post offices take smaller ones."""

_AGAIN = "请重新压缩后报送"
_NOTHING = {
    FileKind.MAIL: "邮件里没有附件",
    FileKind.MAILBOX: "信箱里没有邮件",
    FileKind.ARCHIVE: "压缩包里没有文件",
}
_OTHER = "不是工作簿、压缩包或邮件，未收"


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that could not be read, by its name, and why: what to put behind the name, with what to do.

    ``ours`` says that it was the program that failed.
    """

    name: str
    reason: str
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file that arrived: its own name, where it came from (archives and mails named), and its bytes.

    ``file`` lies in the room and belongs to whoever gets the arrival. ``unread`` says why it, or what is
    in it, cannot be read; an empty one is to be checked.
    """

    name: str
    source: str
    file: Path
    sha256: str
    size: int
    unread: tuple[Unread, ...] = ()


@dataclass(frozen=True, slots=True)
class PassedOver:
    """Something that is no workbook or cannot be taken, and why."""

    source: str
    reason: str


Found = Iterator[Arrival | PassedOver]


def arrivals(paths: list[Path], room: Path, inside: Path | None = None) -> Found:
    """Yield what lies under ``paths`` in the order of names, each put down in the folder ``room``.

    ``inside`` is the collection itself, which is never collected. Raises InputError, before anything is
    looked at, for a path that does not exist; OutputError when the room is full.
    """
    for path in paths:
        if not _exists(path):
            raise InputError(f"找不到“{path}”；请检查路径和文件名。")
    return _Reception(Room(room)).under(paths, _resolved(inside) if inside else None)


def workbooks_at_hand(paths: Iterable[Path]) -> list[Path]:
    """Return the workbooks that lie open in folders, by whose stamps a template can be chosen."""
    files = chain.from_iterable(_files(path) if path.is_dir() else [path] for path in paths if _exists(path))
    return [path for path in files if isinstance(path, Path) and _is_open_workbook(path)]


def _is_open_workbook(path: Path) -> bool:
    return suffix_of(path.name) == ".xlsx" and not silent(path.name) and path.is_file()


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that no system takes
        return False


def _files(folder: Path) -> list[Path | OSError]:
    """Return the files of a folder and below in the order of their names, and what could not be looked at."""
    errors: list[OSError] = []
    found = []
    for inner, folders, names in os.walk(folder, onerror=errors.append):
        found += [Path(inner) / name for name in names]
        found += [link for name in folders if (link := Path(inner) / name).is_symlink()]  # not gone into
    return [*sorted(found, key=lambda part: part.as_posix()), *errors]


@dataclass(frozen=True, slots=True)
class _Lying:
    """A file that is looked at: where it lies, its name, how it is called, and whether it is in the room."""

    path: Path
    name: str
    shown: str
    staged: Staged | None = None


@dataclass(frozen=True, slots=True)
class _Enclosed:
    """A file in another: its name, how it is called, its bytes, its size as packed; or why it has none."""

    name: str
    shown: str
    pieces: Callable[[], Iterator[bytes]]
    packed: int | None = None
    fault: str = ""


class _Reception:
    """Takes files as they come; ``room`` is where they are put down."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def under(self, paths: list[Path], inside: Path | None) -> Found:
        for path in paths:
            if not path.is_dir():
                yield from self._file(_Lying(path, readable_name(path.name), readable_name(path.name)))
                continue
            for part in _files(path):
                if isinstance(part, OSError):
                    where = _shown(Path(part.filename or path), path.parent)
                    yield PassedOver(where, f"文件夹不能读取（{part.strerror or '系统错误'}）")
                elif inside is None or not _resolved(part).is_relative_to(inside):
                    yield from self._file(
                        _Lying(part, readable_name(part.name), _shown(part, path.parent)), folder=True
                    )

    def _file(self, lying: _Lying, *, folder: bool = False) -> Found:
        """Yield what a file on the disk is or holds."""
        if silent(lying.name):
            return
        letter = folder and lying.path.parent.name in {"cur", "new"} and not looks_like_workbook(lying.name)
        try:
            if not lying.path.is_file():
                yield PassedOver(lying.shown, "不是文件（可能是链接、管道或设备），未收")
                return
            bounds = Bounds(lying.path.stat().st_size)
            kind = FileKind.MAIL if letter else kind_of(lying.name, lying.path)
        except OSError as error:
            yield PassedOver(lying.shown, f"不能读取（{error.strerror or '系统错误'}）")
            return
        yield from self._known(lying, kind, 0, bounds)

    def _known(self, lying: _Lying, kind: FileKind | Unopened, depth: int, bounds: Bounds) -> Found:
        """Yield a file of known kind: itself, or what is in it."""
        if kind is FileKind.OTHER:
            yield PassedOver(lying.shown, _OTHER)
        elif kind is FileKind.WORKBOOK:
            yield self._arrival(lying)
        elif isinstance(kind, Unopened):
            yield self._arrival(lying, [Unread(lying.name, kind.reason)])
        elif depth >= MOST_NESTED:
            reason = f"套了 {MOST_NESTED} 层以上，未打开；请解开后再收"
            yield self._arrival(lying, [Unread(lying.name, reason)])
        else:
            yield from self._opened(lying, kind, depth, bounds)

    def _opened(self, lying: _Lying, kind: FileKind, depth: int, bounds: Bounds) -> Found:
        """Yield what an archive, a mail or a mailbox holds; at last itself, if not all of it was read."""
        unread: list[Unread] = []
        silence = True
        with closing(_within(lying, kind)) as enclosed:
            while True:
                if bounds.exceeded:
                    unread.append(Unread(lying.name, bounds.exceeded))
                    break
                try:
                    part = next(enclosed, None)
                except Exception as error:  # the barrier: whatever a broken container raises
                    unread.append(Unread(lying.name, _why_whole(error, kind)))
                    break
                if part is None:
                    break
                for found in self._enclosed(part, kind, depth, bounds, unread):
                    silence = False
                    yield found
        if unread:
            yield self._arrival(lying, unread)
        elif silence:
            yield PassedOver(lying.shown, _NOTHING[kind])

    def _enclosed(
        self, part: _Enclosed, within: FileKind, depth: int, bounds: Bounds, unread: list[Unread]
    ) -> Found:
        """Yield what one file in another is or holds; why it cannot be had is added to ``unread``."""
        if silent(part.name):
            return
        if part.fault:
            if worth_reading(part.name, b""):
                unread.append(Unread(part.name, part.fault))
            else:
                yield PassedOver(part.shown, part.fault)
            return
        staged: Staged | None = None
        try:
            bounds.entry()
            staged = self._put(part, bounds)
            kind = FileKind.OTHER if staged is None else kind_of(part.name, staged.path)
        except Exception as error:  # the barrier: whatever a broken file raises
            if staged is not None:
                staged.path.unlink(missing_ok=True)
            if isinstance(error, XlbudgetError):  # it is the room that cannot go on
                raise
            if not isinstance(error, TooMuch):  # which is told of the source, not of what came last
                unread.append(Unread(part.name, _why(error, within)))
            return
        if staged is None:
            yield PassedOver(part.shown, _OTHER)
            return
        try:
            lying = _Lying(staged.path, part.name, part.shown, staged)
            yield from self._known(lying, kind, depth if within is FileKind.MAILBOX else depth + 1, bounds)
        finally:
            staged.path.unlink(missing_ok=True)

    def _put(self, part: _Enclosed, bounds: Bounds) -> Staged | None:
        """Put a file down that is in another; None for one that is no return by its name and first bytes."""
        pieces = part.pieces()
        head = next(pieces, b"")
        if not worth_reading(part.name, head):
            return None
        return self._room.put(chain([head], pieces), _most(part.name), bounds, part.packed)

    def _arrival(self, lying: _Lying, unread: Iterable[Unread] = ()) -> Arrival | PassedOver:
        """Return a file as an arrival, which lies in the room from now on."""
        reasons = tuple(unread)
        staged = lying.staged
        try:
            if staged is None:
                if not reasons and lying.path.stat().st_size > LARGEST:  # kept and answered, not read
                    reasons = (Unread(lying.name, too_large(LARGEST)),)
                staged = self._room.put(pieces_of(lying.path), LARGEST_NESTED if reasons else LARGEST)
            else:
                own = self._room.free_path()
                staged.path.replace(own)
                staged = Staged(own, staged.sha256, staged.size)
        except TooLarge:
            why = "；".join(f"“{part.name}”{part.reason}" for part in reasons[:3])
            return PassedOver(lying.shown, why or too_large(LARGEST))
        except OSError as error:
            return PassedOver(lying.shown, f"不能读取（{error.strerror or '系统错误'}）")
        return Arrival(lying.name, lying.shown, staged.path, staged.sha256, staged.size, reasons)


def _resolved(path: Path) -> Path:
    """Return where a path really leads; links in a circle lead to themselves."""
    return Path(os.path.realpath(path))


def _shown(path: Path, above: Path) -> str:
    parts = path.relative_to(above).parts if path.is_relative_to(above) else path.parts
    return readable_path("/".join(parts))


def _most(name: str) -> int:
    return LARGEST if looks_like_workbook(name) else LARGEST_NESTED


def pieces_of(path: Path) -> Iterator[bytes]:
    """Yield the bytes of a file."""
    with path.open("rb") as stream:
        while piece := stream.read(1 << 20):
            yield piece


def _within(lying: _Lying, kind: FileKind) -> Generator[_Enclosed, None, None]:
    """Yield the files in an archive, a mail or a mailbox; raises whatever a broken one makes others raise."""
    if kind is FileKind.ARCHIVE:
        yield from _in_archive(lying)
    elif kind is FileKind.MAIL:
        yield from _in_mail(lying)
    else:
        from xlbudget.files.mails import letters  # email takes a moment to import

        for number, letter in enumerate(letters(lying.path, LARGEST_MAIL), 1):
            name = f"第 {number} 封"
            yield _Enclosed(f"{name}.eml", f"{lying.shown} {name}", partial(iter, [letter]))


def _in_archive(lying: _Lying) -> Iterator[_Enclosed]:
    with opened_zip(lying.path) as archive:
        named = [(entry_name(entry).replace("\\", "/"), entry) for entry in archive.infolist()]
        for name, entry in sorted(named, key=lambda pair: pair[0]):
            path = PurePosixPath(name.replace("\0", ""))
            if name.endswith("/") or "__MACOSX" in path.parts:
                continue
            fault = "有密码，不能打开；请去掉密码后重报" if is_encrypted(entry) else ""
            yield _Enclosed(
                readable_name(path.name),
                f"{lying.shown} → {readable_path(path.as_posix())}",
                partial(entry_pieces, archive, entry),
                entry.compress_size,
                fault,
            )


def _in_mail(lying: _Lying) -> Iterator[_Enclosed]:
    from xlbudget.files.mails import attachments

    if lying.path.stat().st_size > LARGEST_MAIL:
        raise TooLarge(too_large(LARGEST_MAIL))
    for name, content in attachments(lying.path):
        fault = "" if content is not None else "是不能读取的附件；请重新发送"
        yield _Enclosed(name, f"{lying.shown} → {name}", partial(iter, [content or b""]), fault=fault)


def _why(error: Exception, within: FileKind) -> str:
    """Return why a file in an archive or a mail cannot be read; unknown errors are named by their class."""
    again = _AGAIN if within is FileKind.ARCHIVE else "请重新发送"
    if isinstance(error, TooLarge):
        return str(error)
    if isinstance(error, NotImplementedError):
        return f"用了不支持的压缩方法，不能打开；{_AGAIN}"
    if within is FileKind.ARCHIVE and isinstance(error, BROKEN):
        return f"在压缩包里已损坏；{_AGAIN}"
    return f"无法读取（{type(error).__name__}）；{again}"


def _why_whole(error: Exception, kind: FileKind) -> str:
    """Return why an archive, a mail or a mailbox cannot be opened, or not to its end."""
    if isinstance(error, TooLarge):
        return str(error)
    if isinstance(error, RecursionError):
        return "套的层数太多，不能打开；请把附件单独发送"
    if isinstance(error, NotImplementedError):
        return f"用了不支持的压缩方法，不能打开；{_AGAIN}"
    if kind is FileKind.ARCHIVE and isinstance(error, BROKEN):
        return f"不是完好的 zip 压缩包；{_AGAIN}"
    again = _AGAIN if kind is FileKind.ARCHIVE else "请把附件单独重新发送"
    return f"无法读取（{type(error).__name__}）；{again}"
