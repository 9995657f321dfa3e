"""The header of a delimited table: its delimiter, its names, and where it stands."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from training.sources.aliases import KNOWN_NAMES
from training.sources.column_names import plain_alias
from training.sources.records import lines_of

DELIMITERS = ",\t;|"
MAX_HEADER_LINES = 50
LARGEST_HEADER_BYTES = 1 << 20
LINES_TO_COMPARE = 200
SEPARATOR_HINT = re.compile(r"sep=(.)\s*", re.IGNORECASE)
FEWEST_KNOWN = 2
"""A line further down is the header only if it has so many names that are known."""


@dataclass(frozen=True)
class Header:
    """Names of the columns, and how many lines and records come before the first row of data.

    ``n_texts`` lines that are not blank stand above the header.
    """

    names: tuple[str, ...]
    delimiter: str
    n_lines: int
    n_records: int
    n_texts: int = 0


def read_header(chunk: bytes) -> Header:
    """Find the delimiter and the names; blank lines, titles and Excel's `sep=;` line may come before."""
    end = chunk.rfind(b"\n", 0, LARGEST_HEADER_BYTES) + 1
    lines = lines_of(chunk[:end] if end else chunk)
    n_before = next((n for n, line in enumerate(lines) if line.strip()), 0)
    hint = SEPARATOR_HINT.fullmatch(lines[n_before])
    n_before += 1 if hint else 0
    delimiter = hint.group(1) if hint else sniff_delimiter(lines[n_before] if n_before < len(lines) else "")
    header = _header_at(lines, n_before, delimiter)
    return header if hint else _header_further_down(lines, header, n_before) or header


def sniff_delimiter(line: str) -> str:
    """Return the delimiter that splits the header line most often outside quotes; a comma when none does."""
    outside = re.sub(r'"[^"]*"', "", line)
    return max(DELIMITERS, key=outside.count)


def _header_at(lines: Sequence[str], n_before: int, delimiter: str) -> Header:
    window = lines[n_before : n_before + MAX_HEADER_LINES] or [""]
    reader = csv.reader(window, delimiter=delimiter)
    names = next(reader, [])
    n_lines = reader.line_num
    if n_lines == len(window) > 1:
        names, n_lines = window[0].rstrip("\n").split(delimiter), 1
    return Header(tuple(name.strip() for name in names), delimiter, n_before + n_lines, n_before + 1)


def _header_further_down(lines: Sequence[str], first: Header, n_before: int) -> Header | None:
    """Return the header below a title and remarks, which have other numbers of fields than the rows."""
    filled = sum(bool(name) for name in first.names)
    if _n_known(first.names) >= FEWEST_KNOWN and 2 * filled > len(first.names):
        return None
    rows = lines[n_before : n_before + MAX_HEADER_LINES + LINES_TO_COMPARE]
    tables = [(*_usual_width(rows, delimiter), delimiter) for delimiter in DELIMITERS]
    n_rows, width, delimiter = max(tables, key=lambda table: table[:2])
    if n_rows < 2 or (len(first.names) == width and 2 * filled > width):
        return None
    best, most = None, FEWEST_KNOWN - 1
    for at in range(n_before + 1, min(len(lines), n_before + MAX_HEADER_LINES)):
        names = _fields(lines[at], delimiter)
        # Groups of columns and units stand above or below the names that say most.
        if len(names) == width and (n_known := _n_known(names)) > most:
            n_texts = sum(bool(line.strip()) for line in lines[n_before:at])
            best, most = (
                Header(tuple(name.strip() for name in names), delimiter, at + 1, at + 1, n_texts),
                n_known,
            )
    return best


def _usual_width(lines: Sequence[str], delimiter: str) -> tuple[int, int]:
    """Return how many of the lines have the number of fields, above one, that most of them have, and that number."""
    widths = (len(_fields(line, delimiter)) for line in lines)
    counts = Counter(width for width in widths if width > 1)
    width, n_rows = counts.most_common(1)[0] if counts else (0, 0)
    return n_rows, width


def _fields(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter), [])


def _n_known(names: Sequence[str]) -> int:
    return sum(plain_alias(name) in KNOWN_NAMES for name in names)
