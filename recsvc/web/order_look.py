"""What the training job says of a file with orders; the file is read once and kept nowhere."""

import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import Any

from recsvc.processes.bounded import Bounds, Ended, run_bounded

BOUNDS = Bounds(seconds=60.0, memory_bytes=3 * 2**30, file_bytes=8 * 2**20)
PROGRAM = "recsvc-train"
EXIT_DATA = 3
FOLDER = "recsvc-look-"
LEFT_SECONDS = 600.0
"""A folder so old belongs to a worker that was killed while it looked."""

_MAX_TEXT, _MAX_QUESTIONS = 1000, 50
_ADDRESS = re.compile(r"[^\s“”\"'(<]+@[^\s“”\"')>]+")
_QUOTED = re.compile(r"“[^”]*”(?:, (?:“[^”]*”|…))*")
_WITHOUT_SHOPPERS = (
    "date_format", "decimal_mark", "statuses", "partly_returned", "unknown_events", "not_a_product", "catalogue_ids",
    "what_came_back", "unreadable_date", "unreadable_price", "unreadable_quantity", "date_by_values",
    "quantity_by_values", "price_by_values",
)  # fmt: skip
"""Questions that quote values, none of which is of a shopper; in all others the values are left out."""

_NOBODY = (
    "An id of a shopper has so many of the lines that it may stand for everybody without an account, such as guests or "
    "the till.",
    "Look at the file where the job runs: recsvc-train look names the id, and the setting that decides.",
)


class BusyError(Exception):
    """Another file is being looked at on this machine."""


class UnseenError(Exception):
    """Nothing can be said of the file; the message says why, for people."""


@dataclass(frozen=True)
class Question:
    """What the data leave open, and what decides it; ``stops`` says whether a training would end there."""

    text: str
    remedy: str
    stops: bool


@dataclass(frozen=True)
class OrderLook:
    """How a file would be read.

    Attributes:
        format, encoding, delimiter: as the training job names them; "" where that is not known.
        columns: header by role, such as ``user_id``.
        counts: rows, purchases, users, items, orders.
        first, last: ISO 8601; None where there are no dates.
        rejected: rows by the code of the reason; most first.
        questions: those that stop a training first.
        problem: why a training would stop beside the questions; "" where it would not.
    """

    format: str
    encoding: str
    delimiter: str
    columns: Mapping[str, str]
    counts: Mapping[str, int]
    first: str | None
    last: str | None
    rejected: tuple[tuple[str, int], ...]
    questions: tuple[Question, ...]
    problem: str

    @property
    def stops(self) -> bool:
        """Whether a training would learn nothing from the file as it is."""
        return bool(self.problem) or any(question.stops for question in self.questions)


def program() -> Path | None:
    """Return the training job's command, which is installed beside this Python, or None."""
    found = Path(sys.executable).with_name(PROGRAM)
    return found if os.access(found, os.X_OK) and found.is_file() else None


@contextmanager
def one_at_a_time(command: Path) -> Iterator[None]:
    """Raise BusyError where any worker of the machine looks at a file with ``command``; hold them off meanwhile."""
    descriptor = os.open(command, os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            flock(descriptor, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            raise BusyError from None
        except OSError:  # a file system that knows no locks: better two looks than none
            pass
        yield
    finally:
        os.close(descriptor)


@contextmanager
def private_folder() -> Iterator[Path]:
    """Yield a folder that this user alone can open, and remove it with all that is in it."""
    sweep()
    with tempfile.TemporaryDirectory(prefix=FOLDER, ignore_cleanup_errors=True) as name:
        yield Path(name)


def sweep() -> None:
    """Remove folders of workers that were killed while they looked."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
        with suppress(OSError):
            found = folder.lstat()
            if found.st_uid == os.getuid() and found.st_mtime < time.time() - LEFT_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)


def look_at(
    command: Path, orders: Path, name: str, options: Sequence[str] = (), bounds: Bounds = BOUNDS
) -> OrderLook:
    """Return how ``orders`` would be read; ``name`` is what people call the file. Raises UnseenError."""
    answer, said = orders.with_name("look.json"), orders.with_name("said.txt")
    environment = {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "HOME": str(orders.parent),
        "TMPDIR": str(orders.parent),
        "COLUMNS": "1000",
        "POLARS_MAX_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "PYTHONUNBUFFERED": "1",
    }
    arguments = [str(command), "look", f"--orders={orders}", f"--json={answer}", *options]
    try:
        ended = run_bounded(arguments, bounds, said, environment)
    except OSError as error:
        raise UnseenError(f"The training job cannot be started: {error.strerror}.") from error
    called = _Called(str(orders), name)
    try:
        document = json.loads(answer.read_text(encoding="utf-8"))
        return _read(document, called)
    except (OSError, ValueError, TypeError, AttributeError, KeyError):
        raise UnseenError(_why(ended, said, called, bounds)) from None


def _why(ended: Ended, said: Path, called: "_Called", bounds: Bounds) -> str:
    """Return in words why there is no answer."""
    if ended.is_late:
        return f"Reading it took longer than {bounds.seconds:.0f} s, so it was ended. Look at a part of the file."
    text = said.read_text(encoding="utf-8", errors="replace") if said.exists() else ""
    lines = [line for line in text.splitlines() if line.lower().startswith("error: ")]
    if lines and ended.status > 0:
        return called.in_public(lines[-1][len("error: ") :])
    return (
        f"Reading it took more memory than the {bounds.memory_bytes / 2**30:.0f} GiB that a look may take, or failed: "
        "a small file may unpack to a huge one. Look at a part of the file, or at all of it where the job runs."
    )


@dataclass(frozen=True)
class _Called:
    """What a file is called here, and for people."""

    path: str
    name: str

    def in_public(self, text: str, *, may_quote: bool = False) -> str:
        """Return ``text`` without the path, and without values that could be those of a shopper."""
        text = _ADDRESS.sub("…@…", str(text)[: 4 * _MAX_TEXT])
        if not may_quote:
            text = _QUOTED.sub("values that are not shown here", text)
        return text.replace(self.path, self.name)[:_MAX_TEXT]


def _read(document: Mapping[str, Any], called: _Called) -> OrderLook:
    file = document["files"][0] if document["files"] else {}
    questions = [_question(one, called) for one in document["questions"][:_MAX_QUESTIONS]]
    names = ("rows", "purchases", "users", "items", "orders")
    rejected = sorted(document["rejected"].items(), key=lambda one: -int(one[1]))
    return OrderLook(
        format=str(file.get("format") or ""),
        encoding=str(file.get("encoding") or ""),
        delimiter=str(file.get("delimiter") or ""),
        columns={str(role): called.in_public(column) for role, column in file.get("columns", {}).items()},
        counts={name: int(document[name]) for name in names},
        first=document["first"],
        last=document["last"],
        rejected=tuple((str(code), int(n)) for code, n in rejected if int(n) > 0),
        questions=tuple(sorted(questions, key=lambda question: not question.stops)),
        problem=called.in_public(document["problem"] or ""),
    )


def _question(said: Mapping[str, Any], called: _Called) -> Question:
    code, stops = said["code"], bool(said["stops"])
    if code == "who_is_nobody":
        return Question(*_NOBODY, stops)
    may_quote = code in _WITHOUT_SHOPPERS
    text, remedy = (called.in_public(said[part], may_quote=may_quote) for part in ("text", "remedy"))
    return Question(text, remedy, stops)
