"""Rows of a product export, whichever platform made it."""

import csv
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from recsvc.errors import UnreadableExportError
from recsvc.plain_file import open_plain

GZIP_MAGIC = b"\x1f\x8b"
MAX_FIELD_LENGTH = 2**20
"""A description may be a whole page."""


@dataclass(frozen=True)
class ExportRow:
    """One row of a table.

    Attributes:
        number: 1 for the first row below the header.
        fields: name of the column, in lower case -> text; blank ones are left out.
    """

    number: int
    fields: dict[str, str]

    def first(self, *names: str) -> str | None:
        """Return the first of the fields that is there."""
        return next((self.fields[name] for name in names if name in self.fields), None)

    def number_in(self, *names: str) -> float | str | None:
        """Return the first of the fields as a number; text that is none comes back as it is, and is refused later."""
        text = self.first(*names)
        try:
            return None if text is None else float(text)
        except ValueError:
            return text

    def says_no(self, *names: str) -> bool:
        """Return whether the first of the fields that is there says no."""
        return (self.first(*names) or "").lower() in ("0", "false", "no", "-1")


@contextmanager
def read_rows(path: Path) -> Iterator[tuple[frozenset[str], Iterator[ExportRow]]]:
    """Yield the names of the columns, in lower case, and the rows.

    Raises:
        UnreadableExportError: the file is no comma-separated table in UTF-8, packed with gzip or not.
    """
    csv.field_size_limit(MAX_FIELD_LENGTH)
    try:
        with _opened(path) as file:
            reader = csv.DictReader(file, strict=True)
            names = frozenset(name.strip().lower() for name in reader.fieldnames or ())
            yield names, _rows(reader)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableExportError(f"{path} cannot be read: {error}") from error
    except UnicodeDecodeError as error:
        raise UnreadableExportError(f"{path} is not UTF-8: export it again as CSV (UTF-8)") from error
    except csv.Error as error:
        raise UnreadableExportError(f"{path} is no comma-separated table: {error}") from error


def _opened(path: Path) -> IO[str]:
    with open_plain(path) as file:
        is_packed = file.read(2) == GZIP_MAGIC
    if is_packed:
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _rows(reader: "csv.DictReader[str]") -> Iterator[ExportRow]:
    for number, fields in enumerate(reader, start=1):
        texts = ((name, value) for name, value in fields.items() if isinstance(name, str))
        cleaned = ((name.strip().lower(), (value or "").strip()) for name, value in texts)
        yield ExportRow(number, {name: value for name, value in cleaned if value})
