"""What is left of erased ids in a file of SQLite: looked for by another process.

Whoever closes a file, on POSIX systems, gives up all locks that their process has on it, also those that SQLite
took through another descriptor; another program then believes that nobody uses the database, and removes its
write-ahead log (sqlite.org/howtocorrupt.html, 2.2). In a process that has a database open, nothing but SQLite may
open its files. This one is therefore a program of its own, and imports nothing of the project.
"""

import json
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

_CHUNK_BYTES = 2**20
_FOUND, _NOT_FOUND = 10, 11
_TIMEOUT_SECONDS = 60.0


def may_contain(path: Path, texts: Collection[bytes]) -> bool:
    """Return whether any of ``texts`` is, or may be, in the file at ``path``; True also where nobody could look."""
    program = [sys.executable, "-I", "-S", __file__, str(path)]
    wanted = json.dumps([text.hex() for text in texts]).encode()
    try:
        done = subprocess.run(program, input=wanted, timeout=_TIMEOUT_SECONDS, check=False)  # noqa: S603 - our own
    except (OSError, subprocess.TimeoutExpired):
        return True
    return done.returncode != _NOT_FOUND


def contains(path: Path, texts: Collection[bytes]) -> bool:
    """Return whether any of ``texts`` is anywhere in the file, also as a part of something else.

    To be called only in a process that does not have the database open.
    """
    overlap = max(map(len, texts), default=1) - 1
    tail = b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            window = tail + chunk
            if any(text in window for text in texts):
                return True
            tail = window[-overlap:] if overlap else b""
    return False


if __name__ == "__main__":
    texts = [bytes.fromhex(one) for one in json.load(sys.stdin)]
    sys.exit(_FOUND if contains(Path(sys.argv[1]), texts) else _NOT_FOUND)
