"""A table of events, with the fields of ``POST /v1/events`` as its columns."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from recsvc.catalogue.rows import ExportRow, read_rows
from recsvc.catalogue.stock_words import says
from recsvc.clock import to_text
from recsvc.errors import UnreadableExportError

NUMBERS, WORDS, MOMENTS = ("quantity", "unit_price"), ("seen", "consent"), ("occurred_at",)
TEXTS = (
    "type", "item_id", "user_id", "session_id", "order_id", "channel", "event_id", "recommendation_id",
)  # fmt: skip
FIELDS = (*TEXTS, *NUMBERS, *WORDS, *MOMENTS, "position")
_NEEDED = ("type", "item_id")
UNNAMED = "event_id or occurred_at is needed: without, a file that is read again would count twice"


@dataclass(frozen=True)
class EventRow:
    """A row as the values of JSON that a client would post.

    Attributes:
        number: 1 for the first row below the header.
        values: what is not as it should be stays text, and is refused by whoever takes events.
        problem: why nobody can take it; empty where somebody may.
    """

    number: int
    values: dict[str, Any]
    problem: str = ""


def read_events(
    path: Path, encoding: str | None = None, decimal_mark: str | None = None
) -> Iterator[EventRow]:
    """Yield the rows of a table.

    A row without an ``event_id`` is called by what it says, and by how often the file has said so before: read again,
    or in another file, it says nothing new.

    Raises UnreadableExportError where it is no table, or has columns that events do not have.
    """
    with read_rows(path, encoding=encoding) as table:
        unknown = sorted(table.names - set(FIELDS))
        missing = [name for name in _NEEDED if name not in table.names]
        if unknown or missing:
            wrong = [f"no column {', '.join(missing)}"] if missing else []
            wrong += [f"columns that events do not have: {', '.join(unknown)[:300]}"] if unknown else []
            raise UnreadableExportError(f"{path} has {' and '.join(wrong)}; events have {', '.join(FIELDS)}")
        rows = table.with_notation(0, decimal_mark)
        repeated = _repeated(rows)
        said: Counter[bytes] = Counter()
        for row in rows:
            if "event_id" in row.fields:
                yield EventRow(row.number, _values(row))
            elif "occurred_at" not in row.fields:
                yield EventRow(row.number, {}, UNNAMED)
            else:
                digest, number = _digest(row), 1
                if _short(digest) in repeated:
                    said[digest] += 1
                    number = said[digest]
                yield EventRow(row.number, {**_values(row), "event_id": f"row/{digest.hex()}/{number}"})


def _repeated(rows: Iterable[ExportRow]) -> frozenset[int]:
    """Return the short digests of rows without an ``event_id`` that a file may say more than once.

    Only these are counted one by one: 8 bytes a row are kept, where a counter of every row takes some 150.
    """
    unnamed = (
        _short(_digest(row)) for row in rows if "event_id" not in row.fields and "occurred_at" in row.fields
    )
    digests = np.sort(np.fromiter(unnamed, dtype=np.uint64))
    return frozenset(digests[1:][digests[1:] == digests[:-1]].tolist())


def _values(row: ExportRow) -> dict[str, Any]:
    values: dict[str, Any] = {name: row.fields[name] for name in TEXTS if name in row.fields}
    values |= {name: row.number_in(name) for name in NUMBERS if name in row.fields}
    for name in WORDS:
        if name in row.fields:
            said = says(row.fields[name])
            values[name] = row.fields[name] if said is None else said
    for name in MOMENTS:
        if name in row.fields:
            values[name] = _moment(row, name)
    if "position" in row.fields:
        text = row.fields["position"]
        values["position"] = int(text) if text.isascii() and text.isdecimal() else text
    return values


def _moment(row: ExportRow, name: str) -> str:
    """Return a moment as RFC 3339 has it; one without a zone is one of UTC."""
    moment = row.moment_in(name)
    return to_text(moment) if isinstance(moment, int) else row.fields[name]


def _digest(row: ExportRow) -> bytes:
    text = "\0".join(f"{name}={value}" for name, value in sorted(row.fields.items()))
    return hashlib.blake2b(text.encode(), digest_size=12).digest()


def _short(digest: bytes) -> int:
    return int.from_bytes(digest[:8])
