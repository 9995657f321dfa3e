"""Follows what was said of items and placements and who asked to be forgotten, wherever it was said."""

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock

from recsvc.catalogue.item import Item
from recsvc.errors import StoreError
from recsvc.identity.tombstones import Tombstones
from recsvc.repeating import Repeating
from recsvc.rules.rule_book import NO_RULES, RuleBook
from recsvc.serving.placements import read_stored
from recsvc.serving.rules_at_work import RulesAtWork
from recsvc.serving.shop_categories import ShopCategories
from recsvc.store.item_catalogue import every_item
from recsvc.store.store import Position, Store


@dataclass(frozen=True, eq=False)
class Mask:
    """Items out of stock, withdrawn, not yet or no longer available; one object stands until another set does.

    ``hidden``: their ids.
    """

    hidden: frozenset[str] = frozenset()


NOTHING_HIDDEN = Mask()


class Restrictions:
    """Items that cannot, or one day could not, be shown: all others are not kept."""

    def __init__(self) -> None:
        self._items: dict[str, Item] = {}

    def take(self, items: Iterable[Item]) -> None:
        """Take up what was said of ``items``."""
        for item in items:
            self._items.pop(item.item_id, None)
            if not item.in_stock or item.available_from_us is not None or item.available_until_us is not None:
                self._items[item.item_id] = item

    def get(self, item_id: str) -> Item | None:
        """Return the item if it is one of those that are kept."""
        return self._items.get(item_id)

    def hidden_at(self, now_us: int) -> frozenset[str]:
        """Return the items that must not be shown at ``now_us``, in microseconds since 1970."""
        return frozenset(item_id for item_id, item in self._items.items() if not item.is_sold_at(now_us))


POLL_SECONDS = 0.3


class StoreWatch:
    """Asks the store every ``POLL_SECONDS`` how far it has come, and reads what is new.

    While the store does not answer, what was last known stays. ``on_answer`` is called when it has answered.

    Attributes:
        mask: what must not be shown now.
        categories: which items are in which category.
        placements: the rules of all placements.
    """

    def __init__(
        self, store: Store, on_answer: Callable[[], None] = lambda: None, book: RuleBook = NO_RULES
    ) -> None:
        self._store = store
        self._on_answer = on_answer
        self._restrictions = Restrictions()
        self.categories = ShopCategories()
        self._revision = 0
        self._tombstones = Tombstones(b"", frozenset())
        self._n_tombstones = 0
        self._placement_revision = 0
        self._lock = Lock()
        self._following = Repeating("store-watch", POLL_SECONDS, self._try)
        self.mask: Mask = NOTHING_HIDDEN
        self.placements = RulesAtWork(book)

    def is_erased(self, user_id: str) -> bool:
        """Return whether the shopper was erased, as far as was heard."""
        return self._tombstones.holds(user_id)

    def restricted(self, item_id: str) -> Item | None:
        """Return what is known of an item that cannot, or one day could not, be shown; None for all others."""
        return self._restrictions.get(item_id)

    def refresh(self) -> None:
        """Ask once; raises StoreError when the store does not answer."""
        position = self._store.position()
        # Two threads may have asked; what is read after the older answer is at least as new.
        with self._lock:
            self._follow_placements(position)
            self._follow_items(position)
            self._follow_erasures(position)
            self.placements.settle()
        self._on_answer()

    def start(self) -> None:
        """Ask now, and from now on."""
        self._try()
        self._following.start()

    def stop(self) -> None:
        """Stop asking."""
        self._following.stop()

    def _follow_items(self, position: Position) -> None:
        while self._revision < position.item:
            changes = self._store.catalogue.changes_since(self._revision)
            self._restrictions.take(changes.items)
            self.categories.take(changes.items)
            self.placements.take(changes.items)
            if changes.revision == self._revision:
                break
            self._revision = changes.revision
        hidden = self._restrictions.hidden_at(time.time_ns() // 1000)
        if hidden != self.mask.hidden:
            self.mask = Mask(hidden) if hidden else NOTHING_HIDDEN

    def _follow_erasures(self, position: Position) -> None:
        if position.tombstone > self._n_tombstones:
            self._tombstones = self._store.users.tombstones()
            self._n_tombstones = position.tombstone

    def _follow_placements(self, position: Position) -> None:
        if position.placement > self._placement_revision:
            stored = read_stored(self._store.placements.all())
            self.placements.follow(
                self.placements.book.with_stored(stored), lambda: every_item(self._store.catalogue)
            )
            self._placement_revision = position.placement

    def _try(self) -> None:
        with suppress(StoreError):  # logged where it happened
            self.refresh()
