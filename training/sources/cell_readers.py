"""The notations in which one cell holds several items, each read into a tuple of texts for an item."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from training.sources.listed_values import listed_value
from training.sources.nested import flattened, unwrapped

Item = tuple[str | None, ...]
Cells = tuple[str | None, ...]
MOST_ITEMS = 1000
LONGEST_CELL = 20_000
"""Characters; a longer cell is read by the JSON parser alone, which no text can make slow."""

KEY = re.compile(r"(?:^|[,;|\n])\s*([^\W\d][\w .-]{0,40}?)\s*:\s*")
COUNTED = (
    re.compile(
        r"\s*(?P<n>\d{1,4})\s*[x\u00d7*]\s+(?P<item>.+?)\s*(?:[,;|\n](?=\s*\d{1,4}\s*[x\u00d7*]\s)|$)",
        re.I | re.S,
    ),
    re.compile(r"\s*(?P<item>[^\n]+?)\s*[(\[]?\s*\b[x\u00d7*]\s?(?P<n>\d{1,4})[)\]]?\s*(?:[,;|\n]|$)", re.I),
    re.compile(r"\s*(?P<item>[^\n]+?)\s*[(\[](?P<n>\d{1,4})[)\]]\s*(?:[,;|\n]|$)"),
    re.compile(r"\s*(?P<item>[^,;|:\n]+?)\s*[:=]\s*(?P<n>\d{1,4})\s*(?:[,;|\n]|$)"),
)
"""``2x Mug, 1x Bowl``, ``Mug x 2, Bowl x 1``, ``Mug (2), Bowl (1)``, ``MUG-1:2, BOWL-3:1``."""


@dataclass(frozen=True)
class JsonCell:
    """A JSON list of objects, or one object; an item is what its objects have under each of ``names``."""

    names: tuple[str, ...]

    def __call__(self, cells: Cells) -> list[Item] | None:
        """Return the items; None where the cell is no such list."""
        objects = json_objects(cells[0] or "")
        if objects is None:
            return None
        return [tuple(_text(one.get(name)) for name in self.names) for one in objects]


@dataclass(frozen=True)
class PairsCell:
    """``Product ID: 3, Product Qty: 2|Product ID: 15, …``: an item begins where the first key comes again."""

    names: tuple[str, ...]

    def __call__(self, cells: Cells) -> list[Item] | None:
        """Return the items; None where the cell does not begin with the first key."""
        cell = _tidy(cells[0] or "")
        keys = "|".join(sorted(map(re.escape, self.names), key=len, reverse=True))
        found = list(re.finditer(rf"(?:^|[,;|\n])\s*({keys})\s*:\s*", cell))
        if not found or found[0].start() or found[0][1] != self.names[0]:
            return None
        items: list[dict[str, str]] = []
        for one, after in zip(found, [*found[1:], None], strict=True):
            value = cell[one.end() : after.start() if after else len(cell)].strip()
            if one[1] == self.names[0]:
                items.append({})
            items[-1].setdefault(one[1], value)
        return [tuple(item.get(name) or None for name in self.names) for item in items]


@dataclass(frozen=True)
class CountedCell:
    """Items with their numbers of pieces; an item is its name and that number."""

    pattern: re.Pattern[str]

    def __call__(self, cells: Cells) -> list[Item] | None:
        """Return the items; None where a part of the cell is something else."""
        items: list[Item] = []
        cell, at = _tidy(cells[0] or ""), 0
        while at < len(cell) and len(items) <= MOST_ITEMS:
            match = self.pattern.match(cell, at)
            if match is None or match.end() == at:
                return None
            items.append((match["item"], match["n"]))
            at = match.end()
        return items or None


@dataclass(frozen=True)
class SeparatedCells:
    """Values between separators, in one column or in several that belong together part by part."""

    separator: str

    def __call__(self, cells: Cells) -> list[Item] | None:
        """Return the items; None where the columns hold different numbers of parts."""
        parts = [
            None if cell is None else [part.strip() or None for part in cell.split(self.separator)]
            for cell in cells
        ]
        n_parts = {len(one) for one in parts if one is not None}
        if len(n_parts) != 1:
            return None
        (n,) = n_parts
        return list(zip(*([None] * n if one is None else one for one in parts), strict=True))


@dataclass(frozen=True)
class ParallelLists:
    """Lists in several columns, of which the first values belong together, the second, and so on."""

    def __call__(self, cells: Cells) -> list[Item] | None:
        """Return the items; None where a cell is no list or the lists have different lengths."""
        lists = [[] if cell is None else scalars_of(cell) for cell in cells]
        known = [one for one in lists if one is not None]
        if len(known) < len(lists) or len({len(one) for one in known}) != 1:
            return None
        return list(zip(*known, strict=True))


Reader = Callable[[Cells], list[Item] | None]


def json_objects(cell: str) -> list[dict[str, object]] | None:
    """Return the objects of a list, scalars as objects with one key ``item``; None for anything else."""
    value = listed_value(cell)
    values = value if isinstance(value, list) else [value] if isinstance(value, dict) else None
    if values is None:
        return None
    plain = [unwrapped(one) for one in values]
    return [flattened(one) if isinstance(one, dict) else {"item": one} for one in plain]


def keys_of_pairs(cells: Sequence[str]) -> tuple[str, ...]:
    """Return the keys that nearly all items in the cells have, the first one first; none where they are no pairs."""
    counts: dict[str, int] = {}
    for cell in cells:
        for key in KEY.findall(_tidy(cell)):
            counts[key] = counts.get(key, 0) + 1
    first = next(iter(counts), None)
    if first is None:
        return ()
    common = tuple(key for key, n in counts.items() if n >= 0.5 * counts[first])
    return common if len(common) > 1 else ()


def scalars_of(cell: str) -> list[str | None] | None:
    """Return the values of a list without objects as texts; None for anything else."""
    value = listed_value(cell)
    if not isinstance(value, list):
        return None
    plain = [unwrapped(one) for one in value]
    return None if any(isinstance(one, dict | list) for one in plain) else [_text(one) for one in plain]


def names_of_objects(cells: Iterable[str]) -> tuple[str, ...]:
    """Return all keys of the objects in the cells, in the order in which they come."""
    objects = (one for cell in cells for one in json_objects(cell) or ())
    return tuple(dict.fromkeys(key for one in objects for key in one))


def _tidy(cell: str) -> str:
    """Return the cell without runs of blanks, over which an expression runs again and again; "" if it is too long."""
    if len(cell) > LONGEST_CELL:
        return ""
    return re.sub(r"\s*\n\s*", "\n", re.sub(r"[^\S\n]+", " ", cell)).strip()


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    return json.dumps(value)
