"""Rows with the items of an order side by side, in numbered columns: ``SKU 1, Qty 1, SKU 2, Qty 2``."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from training.sources.aliases import ALIASES
from training.sources.cell_readers import Cells, Item
from training.sources.column_names import plain_alias
from training.sources.split import Split
from training.sources.table_head import Column, TableHead

NUMBER = re.compile(r"\d{1,3}")
FIRST_NUMBERS = frozenset({0, 1})
MOST_FIELDS = 20
ITEM_NAMES = {alias: at for at, alias in enumerate((*ALIASES["item_id"], *ALIASES["title"]))}
OF_ITEMS = frozenset((*ITEM_NAMES, *ALIASES["quantity"], *ALIASES["unit_price"]))
Fields = dict[str, dict[int, Column]]


@dataclass(frozen=True)
class SideBySide:
    """The cells of a row, item by item with ``n_fields`` each; ``naming`` are the fields that name an item."""

    n_fields: int
    naming: tuple[int, ...]

    def __call__(self, cells: Cells) -> list[Item]:
        """Return the items that have a name."""
        items = [cells[at : at + self.n_fields] for at in range(0, len(cells), self.n_fields)]
        return [one for one in items if any((one[at] or "").strip() for at in self.naming)]


def find_wide(head: TableHead, mapped: Mapping[str, int | None]) -> Split | None:
    """Return how a row is made into one for each item, if numbered columns name items and no other one does."""
    if mapped.get("item_id") is not None or any(
        one.alias in ITEM_NAMES and len(one.filled) for one in head.columns
    ):
        return None
    fields = _numbered_fields(head)
    names = sorted((name for name in fields if plain_alias(name) in ITEM_NAMES), key=_rank)
    if not names:
        return None
    numbers = max((tuple(sorted(fields[name])) for name in names), key=len)
    if len(numbers) < 2 or numbers[0] not in FIRST_NUMBERS or numbers[-1] - numbers[0] + 1 != len(numbers):
        return None
    kept = [name for name in fields if plain_alias(name) in OF_ITEMS and set(fields[name]) == set(numbers)]
    if not kept or len(kept) > MOST_FIELDS:
        return None
    positions = tuple(fields[name][number].position for number in numbers for name in kept)
    first = len(head.names)
    naming = tuple(at for at, name in enumerate(kept) if plain_alias(name) in ITEM_NAMES)
    reader = SideBySide(len(kept), naming)
    return Split(positions, first, tuple(kept), reader, tuple(range(first, first + len(kept))))


def _rank(name: str) -> int:
    return ITEM_NAMES[plain_alias(name)]


def _numbered_fields(head: TableHead) -> Fields:
    """Return, for each name without its number, the columns by their numbers."""
    fields: Fields = {}
    for column in head.columns:
        for name, number in _without_number(column.name):
            fields.setdefault(name, {}).setdefault(number, column)
    return {name: columns for name, columns in fields.items() if len(columns) > 1}


def _without_number(name: str) -> Iterator[tuple[str, int]]:
    for found in NUMBER.finditer(name):
        rest = f"{name[: found.start()]} {name[found.end() :]}"
        yield re.sub(r"[\s_.#:()\[\]/-]+", " ", rest).strip(), int(found[0])
