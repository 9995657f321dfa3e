"""What an export looks like: its columns, how it arranges the lines of an order, and its notations."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Arrangement = Literal[
    "lines",
    "continued",
    "merged",
    "headed",
    "pieces",
    "wide",
    "joined",
    "cell",
    "json cell",
    "nested",
    "children",
    "lists",
    "listed cells",
]
Format = Literal["delimited", "ndjson", "json", "parquet", "sqlite"]

ARRANGEMENTS: dict[Arrangement, str] = {
    "lines": "a row for each line of an order",
    "continued": "a row for each line; only the first row of an order has the order's fields",
    "merged": "a row for each line; only the first row of an order has the order's fields and its number",
    "headed": "a row for each line; an order of several lines has a row of its own above them",
    "pieces": "a row for each piece",
    "wide": "a row for each order, columns for each line",
    "joined": "a row for each order, several values in a cell",
    "cell": "a row for each order, all items in one cell",
    "json cell": "a row for each order, JSON in a cell",
    "nested": "a document for each order, with a list of its lines",
    "lists": "a row for each order, lists side by side",
    "listed cells": "a row for each order, lists as text side by side",
    "children": "a document for each order, and one for each line that names its order as `__parentId`",
}
"""How the lines of an order stand in a file."""

ROLES = ("user", "item", "order", "date", "quantity", "price")
OF_A_LINE = re.compile(r"\{(product|pieces|price|cents|total|title|thing|colour|line|place|things|back)\b")


@dataclass(frozen=True)
class Column:
    """A column with the text of its cells, and what it is to be taken for, or ``""``."""

    name: str
    template: str
    role: str

    @property
    def of_a_line(self) -> bool:
        """Whether its cells say something of a line and not of the whole order."""
        return bool(OF_A_LINE.search(self.template)) or "[]" in self.name


@dataclass(frozen=True)
class Shape:
    """The shape of one export.

    Attributes:
        platform, export: which export of which platform this is.
        columns: ``role:Name=template`` with `` | `` between; a role stands where the column has to be taken for it.
            Dots in the names of documents lead inwards, ``[]`` is the list of an order's lines.
        item: how a cell with several items writes one, for JSON in the notation of ``columns``, or the whole list.
        separator: stands between the items of a cell.
        dates, times: as for `strftime`, or ``epoch`` or ``excel``; an offset at the end is the zone of the clock.
        numbers: how 1234.50 is written, or 123456.50 where lakhs are set apart.
        counts: how 1234 pieces are written.
        bought, other: statuses of an order that was bought, and of one that was not.
        stays: columns of the order that continuation rows have as well.
        above: lines above the header.
        inside: where in a JSON document the list of the orders stands, with ``[]`` for it; what follows is around each.
        postage: code and title of postage, which most orders have as a line of its own.
        may_ask: why a question is right too; empty where the shape has to be read.
        must_ask: why nobody can read it, so that a question has to stop.
    """

    platform: str
    export: str
    columns: str
    arrangement: Arrangement = "lines"
    format: Format = "delimited"
    delimiter: str = ","
    encoding: str = "utf-8"
    item: str = ""
    separator: str = ", "
    dates: str = "%Y-%m-%d %H:%M:%S"
    times: str = "%H:%M:%S"
    numbers: str = "1234.50"
    counts: str = "1234"
    bought: tuple[str, ...] = ("completed",)
    other: tuple[str, ...] = ("cancelled",)
    stays: tuple[str, ...] = ()
    above: tuple[str, ...] = ()
    inside: str = "[]"
    postage: tuple[str, str] | None = None
    may_ask: str = ""
    must_ask: str = ""

    @property
    def name(self) -> str:
        """Return the name of the shape, which is that of its file as well."""
        return re.sub(r"\W+", "-", f"{self.platform} {self.export}".lower()).strip("-")

    @property
    def file_name(self) -> str:
        """Return a name with a suffix that fits."""
        return f"{self.name}.{'csv' if self.format == 'delimited' else self.format}"

    @cached_property
    def table(self) -> tuple[Column, ...]:
        """Return the columns one by one."""
        return tuple(_column(text.strip()) for text in self.columns.split(" | "))

    def column_of(self, role: str) -> Column | None:
        """Return the column that has to be taken for this."""
        return next((column for column in self.table if column.role == role), None)

    @property
    def tells_status(self) -> bool:
        """Whether a column says what became of the order: its status, or the pieces that came back."""
        return "{status}" in self.columns or "{back}" in self.columns

    @property
    def tells_pieces(self) -> bool:
        """Whether it says how many pieces were bought."""
        return "{pieces}" in self.columns + self.item

    @property
    def tells_price(self) -> bool:
        """Whether prices are in it."""
        return any(f"{{{field}" in self.columns + self.item for field in ("price", "total", "cents"))

    @property
    def tells_time(self) -> bool:
        """Whether the time of day is in it."""
        return "{time}" in self.columns or self.dates in ("epoch", "epoch ms", "excel") or "%M" in self.dates


def _column(text: str) -> Column:
    head, _, template = text.partition("=")
    role, colon, name = head.partition(":")
    if colon and role in ROLES:
        return Column(name, template, role)
    return Column(head, template, "")
