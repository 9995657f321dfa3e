"""Records of delimited text that breaks the rules, read so that a damaged row costs that row and no other."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

MAX_LINES_OF_RECORD = 1000
MAX_FIELD_CHARACTERS = 1 << 20
SENTINEL = "end\n"
"""A line that no record reaches, unless its quote was never closed."""

csv.field_size_limit(MAX_FIELD_CHARACTERS)


@dataclass(frozen=True)
class Layout:
    """Shape of a delimited table: its delimiter, its number of columns and the positions that are wanted."""

    delimiter: str
    n_columns: int
    positions: tuple[int, ...] = ()


@dataclass
class Records:
    """Rows read so far; `rows[i]` has the fields of record number `numbers[i]`, None for a malformed one."""

    rows: list[list[str] | None] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    n_blank: int = 0


class RecordReader:
    """Splits lines into records and numbers them; one that goes on in the next chunk waits in `carry`."""

    def __init__(self, layout: Layout, next_number: int) -> None:
        self._layout = layout
        self.next_number = next_number
        self.carry: list[str] = []

    def read(self, lines: Sequence[str], at_end: bool) -> Records:
        r"""Return the records of what was carried over and of the lines, each ended by \n."""
        lines = [*self.carry, *lines]
        self.carry = []
        records = Records()
        position = 0
        while position < len(lines):
            n_lines, fields = self._record_at(lines, position, at_end)
            if n_lines == 0:
                self.carry = lines[position:]
                break
            self._add(records, fields)
            position += n_lines
        return records

    def _add(self, records: Records, fields: list[str] | None) -> None:
        if fields is not None and not any(field.strip() for field in fields):
            records.n_blank += 1
        else:
            records.rows.append(self._shaped(fields))
            records.numbers.append(self.next_number)
        self.next_number += 1

    def _shaped(self, fields: list[str] | None) -> list[str] | None:
        """Return the fields padded as spreadsheets do, or None when they cannot belong to this table."""
        n_columns = self._layout.n_columns
        if fields is None or len(fields) > n_columns or (len(fields) == 1 and n_columns >= 4):
            return None
        return fields + [""] * (n_columns - len(fields))

    def _record_at(self, lines: Sequence[str], position: int, at_end: bool) -> tuple[int, list[str] | None]:
        """Return how many lines the record takes (0: only the next chunk can tell) and its fields, if it has any."""
        line = lines[position]
        if '"' not in line:
            return 1, line.rstrip("\r\n").split(self._layout.delimiter)
        fields = self._one_line(line, strict=True)
        if fields is not None:
            return 1, fields
        window = lines[position : position + MAX_LINES_OF_RECORD]
        several = self._several_lines(window)
        if several is not None:
            return several
        if not at_end and len(window) < MAX_LINES_OF_RECORD and self._runs_on(window):
            return 0, None
        return 1, self._one_line(line, strict=False)

    def _one_line(self, line: str, strict: bool) -> list[str] | None:
        """Return fields of a record that ends on its first line."""
        reader = csv.reader((line, SENTINEL), delimiter=self._layout.delimiter, strict=strict)
        try:
            fields = next(reader)
        except csv.Error:
            return None
        return fields if reader.line_num == 1 else None

    def _several_lines(self, window: Sequence[str]) -> tuple[int, list[str]] | None:
        """Return a record with line ends inside its quotes, unless a stray quote made it one."""
        reader = csv.reader(window, delimiter=self._layout.delimiter, strict=True)
        try:
            fields = next(reader)
        except csv.Error:
            return None
        n_delimiters = self._layout.n_columns - 1
        each_is_a_row = n_delimiters >= 2 and all(
            line.count(self._layout.delimiter) == n_delimiters for line in window[: reader.line_num]
        )
        if len(fields) != self._layout.n_columns or each_is_a_row:
            return None
        return reader.line_num, fields

    def _runs_on(self, window: Sequence[str]) -> bool:
        """Return whether a quote is still open where the window ends."""
        reader = csv.reader((*window, SENTINEL), delimiter=self._layout.delimiter)
        try:
            next(reader)
        except csv.Error:
            return False
        return reader.line_num > len(window)


def lines_of(chunk: bytes) -> list[str]:
    r"""Return the lines of a UTF-8 chunk, ended by \n; a lone carriage return inside a line becomes a space."""
    return [f"{line.removesuffix(chr(13)).replace(chr(13), ' ')}\n" for line in split_lines(chunk)]


def split_lines(chunk: bytes) -> Iterator[str]:
    r"""Return the text between the \n of a chunk (no other character ends a line)."""
    return iter(chunk.decode().removesuffix("\n").split("\n"))
