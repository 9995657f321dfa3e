"""Plain files: nothing else that a name may stand for is opened, and a new name is on the disk before it counts."""

import os
import shutil
import stat
import tempfile
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

_KINDS = {
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


def open_plain(path: Path) -> BufferedReader:
    """Open a file to read; a named pipe, which could be waited for without end, a device or a directory is refused.

    Raises OSError, also of what is no plain file: its message then says what the name stands for.
    """
    _require_plain(path, path.stat().st_mode)  # opening a device or a pipe may do something already
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        _require_plain(path, os.fstat(descriptor).st_mode)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_plain_text(path: Path) -> str:
    """Return what a file in UTF-8 holds; raises OSError as ``open_plain`` does, and UnicodeDecodeError."""
    with open_plain(path) as file:
        return file.read().decode()


def open_to_add(path: Path) -> BinaryIO:
    """Open a file, new where there is none, to read and to add to; raises OSError as ``open_plain`` does."""
    if path.exists():
        _require_plain(path, path.stat().st_mode)
    return path.open("a+b")


def replace_text(path: Path, text: str) -> None:
    """Put a text in UTF-8 in the place of a file, which is whole at any moment; what a link leads to is replaced.

    Raises OSError; the file then is as it was. What is no plain file, such as a terminal, is written to.
    """
    target = path.resolve()
    if target.exists() and not target.is_file():
        target.write_text(text, encoding="utf-8")
        return
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    incoming = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, incoming)
        else:
            incoming.chmod(0o644)
        incoming.replace(target)
    finally:
        incoming.unlink(missing_ok=True)


def flush_directory(path: Path) -> None:
    """See that the names in a directory are on the disk; raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _require_plain(path: Path, mode: int) -> None:
    kind = _KINDS.get(stat.S_IFMT(mode))
    if kind is not None:
        remedy = (
            "name a plain file"
            if stat.S_ISDIR(mode)
            else "write what comes out of it into a file (… > FILE) and name that"
        )
        what = f"{path} is {kind}: {remedy}"
        raise OSError(what)
