"""Rows of a product export, whatever shop it is of."""

import csv
import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from recsvc.errors import UnreadableExportError

GZIP_MAGIC = b"\x1f\x8b"
MAX_FIELD_LENGTH = 2**20
"""A description may be a whole page."""


@dataclass(frozen=True)
class Row:
    """One row; ``number`` counts from 1, the header not included.

    ``fields`` are by the names of the header, in lower case; what is blank is not there.
    """

    number: int
    fields: dict[str, str]

    def first(self, *names: str) -> str | None:
        """Return the first of the fields that is there."""
        return next((self.fields[name] for name in names if name in self.fields), None)

    def number_in(self, *names: str) -> float | str | None:
        """Return the first of the fields as a number, or as it is where it is none: that is refused later."""
        text = self.first(*names)
        try:
            return None if text is None else float(text)
        except ValueError:
            return text

    def says_no(self, *names: str) -> bool:
        """Return whether the first of the fields says no."""
        return (self.first(*names) or "").lower() in ("0", "false", "no", "-1")


@dataclass(frozen=True)
class Found:
    """What a row is: the fields of an item as ``/v1/items`` takes them, or why it is none."""

    number: int
    item: dict[str, Any] | None = None
    skipped: str = ""


@contextmanager
def read_rows(path: Path) -> Iterator[tuple[frozenset[str], Iterator[Row]]]:
    """Yield the names of the columns and the rows; raises UnreadableExportError where the file is no table."""
    csv.field_size_limit(MAX_FIELD_LENGTH)
    try:
        with _opened(path) as file:
            reader = csv.DictReader(file, strict=True)
            names = frozenset(name.strip().lower() for name in reader.fieldnames or ())
            yield names, _rows(reader)
    except (OSError, EOFError) as error:
        raise UnreadableExportError(f"{path} cannot be read: {error}") from error
    except UnicodeDecodeError as error:
        raise UnreadableExportError(f"{path} is not UTF-8: export it again as CSV (UTF-8)") from error
    except csv.Error as error:
        raise UnreadableExportError(f"{path} is no comma-separated table: {error}") from error


def _opened(path: Path) -> IO[str]:
    with path.open("rb") as file:
        is_packed = file.read(2) == GZIP_MAGIC
    if is_packed:
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _rows(reader: "csv.DictReader[str]") -> Iterator[Row]:
    for number, fields in enumerate(reader, start=1):
        texts = ((name, value) for name, value in fields.items() if isinstance(name, str))
        cleaned = ((name.strip().lower(), (value or "").strip()) for name, value in texts)
        yield Row(number, {name: value for name, value in cleaned if value})
