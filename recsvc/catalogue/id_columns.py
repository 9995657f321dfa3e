"""Which column of a catalogue holds the ids that orders name: its usual one, unless what was bought says otherwise."""

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from recsvc.catalogue.platforms.export import ReadRow
from recsvc.catalogue.rows import ExportRow
from recsvc.catalogue.table_columns import PROPOSED, normalised
from recsvc.identity.spelling import item_key

USUAL = ""
"""Stands for the ids that the reader of the export takes by itself."""

ANOTHER_VARIANT = "another variant of an item above"
_FEWEST = 3
"""So many items that were bought have to be found by another column, and at least twice as many as by the usual one."""
_TIMES = 2
_AS_MANY = 0.8
_DIFFERING = 0.1
_MORE = frozenset(
    (
        "id", "productid", "variantid", "reference", "handle", "urlhandle", "barcode", "variantbarcode", "ean13",
        "isbn", "mpn", "title", "name", "productname", "nom", "manufacturernumber", "manufacturerpartnumber",
        "partnumber", "entityid", "postid", "externalid", "model", "itemgroupid",
    )
)  # fmt: skip
_ID_NAMES = frozenset(PROPOSED["item_id"]) | _MORE


@dataclass(frozen=True)
class IdChoice:
    """By which column the items of a catalogue are called.

    Attributes:
        column: its name, in lower case; ``USUAL`` where the reader decides.
        n_bought: items that are known to have been bought.
        n_found: of these, how many the catalogue names by this column.
        rival: another column that names as many of them, but other items; None where nothing is open.
    """

    column: str = USUAL
    n_bought: int = 0
    n_found: int = 0
    rival: str | None = None


def id_columns(names: Iterable[str]) -> list[str]:
    """Return the columns that may hold the ids of items, by their names."""
    return sorted(name for name in names if normalised(name) in _ID_NAMES)


def chosen_ids(bought: Collection[str], places: Mapping[str, Mapping[str, Hashable]]) -> IdChoice:
    """Return by which column the items are called.

    Args:
        bought: the keys of all items that were bought.
        places: column -> key of an item that was bought -> what tells the item of the catalogue from others.
    """
    usual, n_bought = places.get(USUAL, {}), len(bought)
    others = sorted((column for column in places if column != USUAL), key=lambda one: -len(places[one]))
    best = others[0] if others else USUAL
    if len(places.get(best, ())) >= max(_FEWEST, _TIMES * len(usual)):
        return IdChoice(best, n_bought, len(places[best]))
    rival = next((column for column in others if _is_rival(usual, places[column])), None)
    return IdChoice(USUAL, n_bought, len(usual), rival)


def _is_rival(usual: Mapping[str, Hashable], other: Mapping[str, Hashable]) -> bool:
    """Return whether another column names as many of what was bought, and means other items by it."""
    if len(other) < max(_FEWEST, _AS_MANY * len(usual)):
        return False
    shared = usual.keys() & other.keys()
    n_differing = sum(usual[key] != other[key] for key in shared)
    return n_differing > _DIFFERING * len(usual)


def places_of(
    bought: Collection[str], rows: Iterable[ExportRow], read: Iterable[ReadRow], columns: Collection[str]
) -> dict[str, dict[str, Hashable]]:
    """Return, for each column that may hold ids, where it names what was bought: the numbers of the rows."""
    places: dict[str, dict[str, Hashable]] = {USUAL: {}, **{column: {} for column in columns}}
    for row, one in zip(rows, read, strict=True):
        named = {column: row.fields.get(column) for column in columns}
        named[USUAL] = (one.item or {}).get("item_id")
        for column, text in named.items():
            if text and (key := item_key(text)) in bought:
                places[column].setdefault(key, row.number)
    return places


def called_by(column: str, rows: Iterable[ExportRow], read: Iterable[ReadRow]) -> Iterator[ReadRow]:
    """Yield what rows say, with the items called by ``column``.

    Of several rows with the same id the first that is in stock counts.
    """
    if column == USUAL:
        yield from read
        return
    in_stock: dict[str, bool] = {}
    for row, one in zip(rows, read, strict=True):
        item_id = row.fields.get(column)
        if one.item is None or item_id is None:
            yield one if one.item is None else ReadRow(row.number, skipped=f"nothing in column {column}")
        elif in_stock.get(item_id) or (item_id in in_stock and not one.item.get("in_stock", True)):
            yield ReadRow(row.number, skipped=ANOTHER_VARIANT)
        else:
            in_stock[item_id] = bool(one.item.get("in_stock", True))
            yield replace(one, item={**one.item, "item_id": item_id})


def column_of_ids(rows: Iterable[ExportRow], read: Iterable[ReadRow]) -> str | None:
    """Return the column whose texts most items are called by; None where it is made of several."""
    counts: dict[str, int] = {}
    n_items = 0
    for row, one in zip(rows, read, strict=True):
        if one.item is None:
            continue
        n_items += 1
        item_id = one.item["item_id"]
        for column, text in row.fields.items():
            if text == item_id:
                counts[column] = counts.get(column, 0) + 1
    best = max(counts, key=lambda column: (counts[column], column), default=None)
    return best if best is not None and 2 * counts[best] > n_items else None
