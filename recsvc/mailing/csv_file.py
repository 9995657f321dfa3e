"""Rows as CSV, as importers of mail tools read it: one line a shopper, the same columns in each."""

import csv
import re
from pathlib import Path
from types import TracebackType
from typing import Any

from recsvc.mailing.mail_row import Layout, MailItem, MailRow

MAX_CELL = 255
"""Characters of a title or a reason: many importers cut or refuse longer ones. Addresses are never cut."""

_BLANKS = re.compile(r"[\s\x00-\x1f\x7f]+")
_BEGINNING = "(?=[=@\uff1d\uff20]|[+\uff0b\uff0d-](?![\\d\\s().,/-]*(?:;|$)))"
"""Of a formula, in the wide forms that Japanese spreadsheets read too."""

_FORMULA = re.compile(rf"^{_BEGINNING}")
_IN_CELL = re.compile(rf"(?<=;)(\s*){_BEGINNING}")
"""A formula after a semicolon, at which a spreadsheet divides cells where the comma is that of decimals."""

GUARD = "\u200b"
"""A character without width before what a spreadsheet would take for a formula: a mail shows the text as it is."""

_TEXTS = ("title", "why")


def is_formula(text: str) -> bool:
    """Return whether a spreadsheet would compute ``text``, or a part of it: a number with a sign is none."""
    return _FORMULA.match(text) is not None or _IN_CELL.search(text) is not None


class CsvFile:
    """Writes rows to ``path``: UTF-8, commas, lines that end in CR LF, no line break within a cell."""

    ending = "csv"

    def __init__(self, path: Path, layout: Layout) -> None:
        self._file = path.open("w", encoding="utf-8", newline="")
        self._layout = layout
        self._writer = csv.writer(self._file)
        self.n_refused = 0

    def __enter__(self) -> "CsvFile":
        self._writer.writerow(self._layout.columns)
        return self

    def write(self, row: MailRow) -> None:
        """Write a row; one whose user id or code a spreadsheet would compute is refused: these cannot be changed."""
        offer = row.offer if self._layout.has_offers else None
        if is_formula(row.user_id) or (offer is not None and is_formula(offer.code or "")):
            self.n_refused += 1
            return
        cells: list[str] = [row.user_id, row.recommendation_id]
        cells += [self._cell(name, getattr(offer, name, None)) for name in self._layout.offer_fields]
        for items, n in ((row.items, self._layout.n), (row.spares, self._layout.n_spares)):
            for place in range(n):
                cells += self._cells(items[place] if place < len(items) else None)
        self._writer.writerow(cells)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def _cells(self, item: MailItem | None) -> list[str]:
        if item is None:
            return [""] * (1 + len(self._layout.fields))
        told = self._layout.told(item)
        return [self._cell(name, value) for name, value in told.items()]

    def _cell(self, name: str, value: Any) -> str:  # noqa: ANN401 - a value of JSON
        if value is None:
            return ""
        if isinstance(value, float | int):
            return f"{value:.{self._layout.decimals}f}"
        text = _BLANKS.sub(" ", value).strip()
        if name in _TEXTS:
            if len(text) > MAX_CELL:
                text = f"{text[: MAX_CELL - 1].rstrip()}…"
            text = _IN_CELL.sub(rf"\1{GUARD}", text)
        return f"{GUARD}{text}" if _FORMULA.match(text) else text
