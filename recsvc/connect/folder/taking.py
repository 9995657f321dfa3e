"""What becomes of a file that was dropped into a folder."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from recsvc.catalogue.product_import import Told, import_products
from recsvc.catalogue.stock_table import StockRow, read_stock
from recsvc.connect.folder.drop_folder import DroppedFile, FileKind
from recsvc.connect.folder.event_table import read_events
from recsvc.errors import UnreadableExportError
from recsvc.identity.spelling import item_key
from recsvc.store.item_catalogue import Catalogue

EVENTS_AT_ONCE = ITEMS_AT_ONCE = 1000
MOST_NAMED = 1_000
"""So many refused rows are named in a report; all are counted."""


@dataclass(frozen=True)
class PostedRows:
    """What became of events.

    Attributes:
        n_new, n_known, n_ignored: stored now, stored before, and not to be stored.
        refused: place in the batch, 0 for the first -> what is wrong.
    """

    n_new: int
    n_known: int
    n_ignored: int
    refused: Mapping[int, str]


@dataclass(frozen=True)
class Taken:
    """What became of one file.

    Attributes:
        n_rows: of it.
        n_changed: items stored or changed, or events that are new.
        says: the rest, for people.
        refused: number and reason of rows that are not as they should be.
        n_refused: how many these are.
        error: why nothing of the file could be read; empty where it could.
    """

    n_rows: int = 0
    n_changed: int = 0
    says: str = ""
    refused: tuple[tuple[int, str], ...] = ()
    n_refused: int = 0
    error: str = ""

    @property
    def is_fine(self) -> bool:
        """Whether nobody has to look at it."""
        return not self.error and not self.n_refused

    def report(self, name: str) -> str | None:
        """Return what a person has to know who mends the file; None where there is nothing to mend."""
        if self.is_fine:
            return None
        if self.error:
            return f"{name}: nothing of it is stored.\n{self.error}\n"
        rows = "".join(f"row {number}: {reason}\n" for number, reason in self.refused)
        left = self.n_refused - len(self.refused)
        return (
            f"{name}: {self.n_refused:,} of {self.n_rows:,} rows were refused; the others are stored.\n"
            "Mend these rows, and drop the file again: what is stored already does not count twice. Row 1 is the first "
            f"below the header.\n{rows}{f'and {left:,} more' if left else ''}"
        ).rstrip() + "\n"


@dataclass(frozen=True)
class Taker:
    """Stores what files say.

    Attributes:
        catalogue: of the items.
        told: what the shop says of files of products.
        stock_told: the same of files of stock.
        post: takes up to 1,000 events as a client would post them.
        clock: returns the time, in microseconds since 1970.
        is_dry: whether nothing is stored; ``post`` then stores nothing either.
    """

    catalogue: Catalogue
    told: Told
    stock_told: Told
    post: Callable[[Sequence[dict[str, Any]]], PostedRows]
    clock: Callable[[], int]
    is_dry: bool = False

    def take(self, file: DroppedFile) -> Taken:
        """Store what a file says; raises StoreError, and whoever runs it again begins with the same file."""
        reads = {
            FileKind.PRODUCTS: self._products,
            FileKind.STOCK: self._stock,
            FileKind.EVENTS: self._events,
        }
        try:
            return reads[file.kind](file)
        except UnreadableExportError as error:
            return Taken(error=str(error))

    def _products(self, file: DroppedFile) -> Taken:
        put = (lambda _items: None) if self.is_dry else self.catalogue.put
        found = import_products(file.path, put, self.clock(), told=replace(self.told, max_named=MOST_NAMED))
        if not found.n_items and not found.n_refused:
            return Taken(found.n_rows, error="it has no usable item: a file without any row says nothing")
        return Taken(
            found.n_rows, found.n_items, f"{found.n_items:,} items", tuple(found.refused), found.n_refused
        )

    def _stock(self, file: DroppedFile) -> Taken:
        rows = read_stock(file.path, self.stock_told)
        refused = [(one.number, one.problem) for one in rows if one.problem]
        stock = _stock_of(rows)
        n_changed, unknown = 0, set[str]()
        for part in _parts(stock.items()):
            changes = {item_id: {"in_stock": in_stock} for item_id, in_stock in part}
            changed, strange = (
                self._looked_at(changes) if self.is_dry else self.catalogue.patch_many(changes, self.clock())
            )
            n_changed += changed
            unknown |= strange
        names = f": {', '.join(sorted(unknown)[:5])}{' …' if len(unknown) > 5 else ''}" if unknown else ""
        says = f"{len(stock):,} items, {n_changed:,} stocks changed"
        says += f", {len(unknown):,} not in the catalogue{names}" if unknown else ""
        return Taken(len(rows), n_changed, says, tuple(refused[:MOST_NAMED]), len(refused))

    def _looked_at(self, changes: Mapping[str, Mapping[str, bool]]) -> tuple[int, frozenset[str]]:
        known = self.catalogue.get_many(list(changes))
        n_changed = sum(known[one].in_stock is not changes[one]["in_stock"] for one in known)
        return n_changed, frozenset(changes) - known.keys()

    def _events(self, file: DroppedFile) -> Taken:
        rows = read_events(file.path, self.told.encoding, self.told.decimal_mark)
        n_rows = n_new = n_known = n_ignored = n_refused = 0
        refused: list[tuple[int, str]] = []
        for part in _parts(rows, EVENTS_AT_ONCE):
            named = [one for one in part if not one.problem]
            found = self.post([one.values for one in named]) if named else PostedRows(0, 0, 0, {})
            n_rows, n_new = n_rows + len(part), n_new + found.n_new
            n_known, n_ignored = n_known + found.n_known, n_ignored + found.n_ignored
            problems = [(one.number, one.problem) for one in part if one.problem]
            problems += [(named[place].number, reason) for place, reason in found.refused.items()]
            n_refused += len(problems)
            refused += sorted(problems)[: MOST_NAMED - len(refused)]
        says = f"{n_new:,} events new"
        says += f", {n_known:,} known already" if n_known else ""
        says += f", {n_ignored:,} without consent or of the erased" if n_ignored else ""
        return Taken(n_rows, n_new, says, tuple(refused), n_refused)


def _stock_of(rows: Iterable[StockRow]) -> dict[str, bool]:
    """Return by item whether it can be sold: an item with a row for each warehouse is in stock where any has it.

    Warehouses may spell one item in several ways; the first spelling names it.
    """
    spelled: dict[str, str] = {}
    found: dict[str, bool] = {}
    for row in rows:
        if not row.problem:
            item_id = spelled.setdefault(item_key(row.item_id), row.item_id)
            found[item_id] = found.get(item_id, False) or row.in_stock
    return found


def _parts(of: Iterable[Any], size: int = ITEMS_AT_ONCE) -> Iterator[list[Any]]:
    left = iter(of)
    while part := list(islice(left, size)):
        yield part
