"""Rows of a product export: a table, JSON objects or a feed in XML, whichever program made it."""

import csv
import gzip
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import dropwhile
from pathlib import Path
from typing import TypeAlias

from recsvc.catalogue.export_text import Blocks, decoded, encoding_of
from recsvc.catalogue.feed import FEED_START, feed_items
from recsvc.catalogue.json_rows import json_objects
from recsvc.catalogue.stock_words import says, unknown_word
from recsvc.catalogue.values import (
    PLAIN,
    Notation,
    NotationEvidence,
    as_link,
    read_attribute,
    read_moment,
    read_number,
    tidied,
)
from recsvc.errors import UnreadableExportError
from recsvc.plain_file import open_plain

GZIP_MAGIC = b"\x1f\x8b"
MAX_FIELD_LENGTH = 2**20
"""A description may be a whole page."""

_BLOCK_BYTES = 2**18
_MAX_LINE_LENGTH = 2**24
_DELIMITERS = ",;\t|"
_ABOVE = re.compile(r'"?#(?: |#|$)|"?sep=.?"?\s*$', re.IGNORECASE)
"""How lines above the header begin: what Meta's template says of its columns, and ``sep=;``."""
_HEAD_ROWS = 1000
"""The columns of objects and of feeds are those of so many first ones."""

Fields: TypeAlias = Mapping[str, str]


@dataclass(frozen=True)
class ExportRow:
    """One row of a table.

    Attributes:
        number: 1 for the first row below the header.
        fields: name of the column, in lower case -> text; blank ones are left out.
        notation: how the file writes numbers and dates.
        is_whole: whether the row has no more cells than the header has names.
    """

    number: int
    fields: Fields
    notation: Notation = PLAIN
    is_whole: bool = True

    def first(self, *names: str) -> str | None:
        """Return the first of the fields that is there."""
        return next((self.fields[name] for name in names if name in self.fields), None)

    def title_in(self, *names: str) -> str | None:
        """Return the first of the fields that is there as people read it: on one line, without markup."""
        return tidied(self.first(*names))

    def link_in(self, *names: str) -> str | None:
        """Return the first of the fields that is a link, or a path on the shop's own site."""
        return next((link for name in names if (link := as_link(self.fields.get(name)))), None)

    def number_in(self, *names: str) -> float | str | None:
        """Return the first of the fields as a number; text that is none comes back as it is, and is refused later."""
        text = self.first(*names)
        number = None if text is None else read_number(text, self.notation)
        return text if number is None else number

    def attribute_in(self, name: str) -> float | str | None:
        """Return a field that the shop alone knows the meaning of: a bare number as a number, all else as text."""
        text = self.fields.get(name)
        return None if text is None else read_attribute(text, self.notation)

    def says_no(self, *names: str) -> bool:
        """Return whether the first of the fields that is there says no."""
        return says(self.first(*names) or "1") is False

    def unknown_word(self, *names: str) -> str | None:
        """Return what is wrong with the first of the fields that is there, where it says neither yes nor no."""
        name = next((name for name in names if name in self.fields), None)
        if name is None or says(self.fields[name]) is not None:
            return None
        return unknown_word(name, self.fields[name])

    def moment_in(self, *names: str, is_end: bool = False) -> int | str | None:
        """Return the first of the fields in microseconds since 1970; text that is no moment comes back as it is."""
        text = self.first(*names)
        moment = None if text is None else read_moment(text, self.notation, is_end=is_end)
        return text if moment is None else moment

    def price_in(
        self, regular: Iterable[str], sale: Iterable[str], start: Iterable[str], end: Iterable[str]
    ) -> float | str | None:
        """Return the sale price while it holds, else the regular one; ``start`` and ``end`` name the fields of dates.

        A sale price of nothing is none, and one whose dates cannot be read does not hold.
        """
        price, reduced = self.number_in(*regular), self.number_in(*sale)
        starts, ends = self.moment_in(*start), self.moment_in(*end, is_end=True)
        is_readable = not isinstance(starts, str) and not isinstance(ends, str)
        now_us = self.notation.now_us
        if reduced and is_readable and (starts or 0) <= now_us and (ends is None or now_us < ends):  # type: ignore[operator]
            return reduced
        return price if price is not None or not isinstance(reduced, float) or not reduced else None


@dataclass(frozen=True)
class ExportTable:
    """The rows of a file; they may be gone through more than once.

    Attributes:
        names: of the columns, in lower case.
        rows: begins to read them.
        is_semicolon: whether semicolons separate the columns.
        notation: of the numbers and dates of the rows.
    """

    names: frozenset[str]
    rows: Callable[[Notation], Iterator[ExportRow]]
    is_semicolon: bool = False
    notation: Notation = PLAIN

    def __iter__(self) -> Iterator[ExportRow]:
        """Yield the rows, in the notation of the file."""
        return self.rows(self.notation)

    def with_notation(self, now_us: int, decimal_mark: str | None = None) -> "ExportTable":
        """Return the same rows with the notation that all of them tell, or with the shop's decimal mark."""
        evidence = NotationEvidence()
        for row in self.rows(self.notation):
            evidence.look(row.fields.values())
        notation = evidence.notation(now_us, is_semicolon=self.is_semicolon)
        if decimal_mark is not None:
            notation = replace(notation, decimal_mark=decimal_mark)
        return replace(self, notation=notation)


@contextmanager
def read_rows(path: Path, blocks: Blocks | None = None, encoding: str | None = None) -> Iterator[ExportTable]:
    """Yield the rows of a file; ``blocks`` reads its content where it is not that of a plain or gzip-packed file.

    ``encoding`` is the shop's word for what is no UTF-8.

    Raises:
        UnreadableExportError: the file is no table, no JSON objects, no product feed, or not legible text.
    """
    csv.field_size_limit(MAX_FIELD_LENGTH)
    try:
        yield _table_of(path, blocks or (lambda: _blocks(path)), encoding)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableExportError(f"{path} cannot be read: {error}") from error
    except csv.Error as error:
        raise UnreadableExportError(f"{path} is no comma-separated table: {error}") from error


def _blocks(path: Path) -> Iterator[bytes]:
    with open_plain(path) as file:
        is_packed = file.read(2) == GZIP_MAGIC
        file.seek(0)
        if not is_packed:
            yield from iter(lambda: file.read(_BLOCK_BYTES), b"")
            return
        with gzip.open(file, "rb") as unpacked:
            yield from iter(lambda: unpacked.read(_BLOCK_BYTES), b"")


def _table_of(path: Path, blocks: Blocks, told: str | None) -> ExportTable:
    head = next(iter(blocks()), b"").lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(FEED_START):
        return _of_objects(lambda: feed_items(path, blocks()))
    encoding = encoding_of(path, blocks, told)
    if head.startswith((b"{", b"[")):
        return _of_objects(lambda: json_objects(path, decoded(blocks, encoding)))
    return _delimited(blocks, encoding)


def _of_objects(objects: Callable[[], Iterator[Fields]]) -> ExportTable:
    names: set[str] = set()
    for _, one in zip(range(_HEAD_ROWS), objects(), strict=False):
        names |= one.keys()

    def rows(notation: Notation) -> Iterator[ExportRow]:
        for number, one in enumerate(objects(), start=1):
            yield ExportRow(number, one, notation)

    return ExportTable(frozenset(names), rows)


def _delimited(blocks: Blocks, encoding: str) -> ExportTable:
    first = next(_table_lines(blocks, encoding), "")
    delimiter = max(_DELIMITERS, key=first.count) if first else ","
    is_quoted = delimiter != "\t" or _has_sound_quotes(blocks, encoding)

    def records() -> Iterator[list[str]]:
        lines = _table_lines(blocks, encoding)
        if is_quoted:
            return csv.reader(lines, delimiter=delimiter, strict=True)
        return csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)

    header = [name.strip().lower() for name in next(records(), [])]

    def rows(notation: Notation) -> Iterator[ExportRow]:
        cells, number = records(), 0
        next(cells, None)
        for row in cells:
            if row:
                number += 1
                yield _row_of(number, header, row, notation)

    return ExportTable(frozenset(filter(None, header)), rows, delimiter == ";")


def _row_of(number: int, header: list[str], cells: list[str], notation: Notation) -> ExportRow:
    fields: dict[str, str] = {}
    for name, cell in zip(header, cells, strict=False):
        text = cell.strip()
        if text and name and name not in fields:
            fields[name] = _unquoted(text) if text[0] == "=" else text
    is_whole = len(cells) <= len(header) or not any(cell.strip() for cell in cells[len(header) :])
    return ExportRow(number, fields, notation, is_whole)


def _unquoted(text: str) -> str:
    """Return a text without what spreadsheets put around it so that it stays text: ``="0042"``."""
    return text[2:-1] if text.startswith('="') and text.endswith('"') else text


def _has_sound_quotes(blocks: Blocks, encoding: str) -> bool:
    """Return whether quotes enclose cells; feeds separated by tabs hold inches, and quotes that nobody closes."""
    try:
        for _ in csv.reader(_table_lines(blocks, encoding), delimiter="\t", strict=True):
            pass
    except csv.Error:
        return False
    return True


def _table_lines(blocks: Blocks, encoding: str) -> Iterator[str]:
    """Yield the lines from the header on: without blank ones, remarks and the mark of a spreadsheet above it."""
    return dropwhile(lambda line: not line.strip() or _ABOVE.match(line), _lines(blocks, encoding))


def _lines(blocks: Blocks, encoding: str) -> Iterator[str]:
    """Yield the lines of a text, each with its end; a NUL is none of it."""
    rest = ""
    for part in decoded(blocks, encoding):
        *lines, rest = (rest + part.replace("\0", "")).replace("\r\n", "\n").split("\n")
        yield from (f"{line}\n" for line in lines)
        if len(rest) > _MAX_LINE_LENGTH:
            raise csv.Error(f"it has a line of more than {_MAX_LINE_LENGTH:,} characters")
    if rest:
        yield rest
