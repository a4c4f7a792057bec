"""A collection as one archive, for browsers that give no folder: taken apart, and put together again."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, ZipFile

from xlbudget.department.collection.folder import REGISTER
from xlbudget.desk.jobs import Desk, Done, Job, Output, Step
from xlbudget.desk.papers import archived, made_in
from xlbudget.files.whole_files import write_whole
from xlbudget.model.errors import InputError

_LARGEST = 2**30  # bytes of a collection that is held in memory


def unpack(desk: Desk, job: str, archive: str) -> Job:
    """Give the files of a collection that was saved as an archive; InputError when it is none."""
    yield Step(0, 1)
    outputs = []
    try:
        with ZipFile(archive) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > _LARGEST:
                raise InputError("收件档案太大，网页里打不开；请用安装的程序处理。")
            for entry in packed.infolist():
                name = PurePosixPath(entry.filename)
                if entry.is_dir() or name.is_absolute() or ".." in name.parts:
                    continue
                path = desk.place(job) / "unpacked" / name
                outputs.append(Output(name.as_posix(), write_whole(path, packed.read(entry))))
    except InputError:
        raise
    except (BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise InputError("这不是完好的收件档案（.zip）；请选以前在这里保存的收件档案。") from error
    if not any(output.name == REGISTER for output in outputs):
        raise InputError("这个压缩包不是收件档案（里面没有登记簿）；请选以前在这里保存的收件档案。")
    return Done({}, tuple(outputs))


def pack(desk: Desk, job: str, folder: str) -> Job:
    """Put a collection into one archive, to be saved."""
    yield Step(0, 1)
    root = Path(folder)
    target = desk.place(job) / "collection.zip"
    return Done({}, (Output(target.name, archived(root, made_in(root), target)),))
