"""Brings the catalogue in line with products of a shop's own system."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import structlog

from recsvc.catalogue.item import Item
from recsvc.store.platform_records import PlatformRecord
from recsvc.store.store import Store

_log = structlog.get_logger(__name__)
MAX_TOLD = 5
"""So many problems of products are logged."""


@dataclass(frozen=True)
class PlatformProduct:
    """A product, or a variation of one.

    Attributes:
        record_id: how the system calls it.
        item: as the catalogue has it; None where the product that it is a variation of is the item.
        modified_at_us: microseconds since 1970; 0 where nobody said.
        parent_id: the product that it is a variation of.
        body: what is to be remembered for its variations, as JSON.
    """

    record_id: str
    item: Item | None
    modified_at_us: int = 0
    parent_id: str | None = None
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ProductRecorder:
    """Stores products of one platform.

    Attributes:
        platform: the shop's own system.
        store: where items and records are kept.
        clock: returns the time, in microseconds since 1970.
    """

    platform: str
    store: Store
    clock: Callable[[], int]

    def record(self, products: Sequence[PlatformProduct], *, is_newest: bool) -> int:
        """Store products; return how many items changed. What is as it was is not written again.

        ``is_newest`` says that nothing newer can be known, as what the interface answers; a webhook may be late.
        """
        known = self.store.platform.get_many(self.platform, "product", [one.record_id for one in products])
        fresh = [one for one in products if is_newest or not _is_old(one, known.get(one.record_id))]
        items = _items_of(fresh)
        before = self.store.catalogue.get_many(list(items))
        closing = [name for name, item in items.items() if name in before and _closes(before[name], item)]
        others = self._others_called(closing, {one.record_id for one in fresh})
        sold = {str(one.body["item_id"]) for one in others if one.body.get("in_stock")}
        changed = [
            item for name, item in items.items() if name not in sold and not _is_same(before.get(name), item)
        ]
        if changed:
            self.store.catalogue.put(changed)
        records = [self._record_of(one) for one in fresh]
        self._withdraw_renamed(known, records)
        new = [record for record in records if known.get(record.record_id) != record]
        if new:
            self.store.platform.put(new)
        return len(changed)

    def tell_left_out(self, problems: Sequence[str]) -> None:
        """Log why parts of a delivery are not stored.

        Its system would send a refused delivery again as it is, and end the webhook after some of them.
        """
        if problems:
            told = list(problems[:MAX_TOLD])
            _log.warning("product_in_part", platform=self.platform, n_problems=len(problems), problems=told)

    def withdraw(self, record_ids: Collection[str], deleted_at_us: int = 0) -> int:
        """Take products that the shop deleted, and their variations, out of the catalogue; return how many items.

        Where ``deleted_at_us`` says when that was, in microseconds since 1970, what is told of before, also of products
        that are not known yet, changes nothing any more.
        """
        gone = set(record_ids)
        records = list(self.store.platform.created_since(self.platform, "product"))
        found = [
            one
            for one in records
            if not one.body.get("deleted") and (one.record_id in gone or one.body.get("parent_id") in gone)
        ]
        kept = {
            one.body["item_id"]
            for one in records
            if one not in found and not one.body.get("deleted") and one.body.get("in_stock", True)
        }
        item_ids = {one.body["item_id"] for one in found} - kept - {None}
        for item_id in sorted(item_ids):
            self.store.catalogue.withdraw(item_id, self.clock())
        deleted = [
            replace(
                one,
                modified_at_us=max(one.modified_at_us, deleted_at_us),
                body={**one.body, "deleted": True},
            )
            for one in found
        ]
        if deleted_at_us:
            unknown = {"parent_id": None, "item_id": None, "deleted": True}
            names = sorted(gone - {one.record_id for one in records})
            deleted += [
                PlatformRecord(self.platform, "product", name, 0, deleted_at_us, unknown) for name in names
            ]
        self.store.platform.put(deleted)
        return len(item_ids)

    def hide_variations(self, record_id: str) -> int:
        """Take the variations of a product out of lists, because it is not offered any more; return how many."""
        parts = [
            one.body["item_id"]
            for one in self.store.platform.created_since(self.platform, "product")
            if one.body.get("parent_id") == record_id and one.body["item_id"] and not one.body.get("deleted")
        ]
        changes = {"in_stock": False, "updated_at_us": self.clock()}
        return sum(self.store.catalogue.patch(item_id, changes) is not None for item_id in parts)

    def there(self) -> set[str]:
        """Return the numbers of the products and variations that were not deleted, as far as is known."""
        records = self.store.platform.created_since(self.platform, "product")
        return {one.record_id for one in records if not one.body.get("deleted")}

    def _withdraw_renamed(
        self, known: Mapping[str, PlatformRecord], records: Sequence[PlatformRecord]
    ) -> None:
        """Withdraw items whose product is called otherwise now, unless another one is called so."""
        now_used = {record.body["item_id"] for record in records}
        before = [known[one.record_id] for one in records if one.record_id in known]
        old = {one.body["item_id"] for one in before if not one.body.get("deleted")} - now_used - {None}
        names = {one.record_id for one in records}
        still_used = {one.body["item_id"] for one in self._others_called(old, names)}
        for item_id in sorted(old - still_used):
            self.store.catalogue.withdraw(item_id, self.clock())

    def _others_called(self, item_ids: Collection[str], record_ids: Collection[str]) -> list[PlatformRecord]:
        """Return the products that are there, beside ``record_ids``, whose items are among ``item_ids``."""
        found = self.store.platform.products_called(self.platform, item_ids) if item_ids else []
        return [one for one in found if one.record_id not in record_ids and not one.body.get("deleted")]

    def _record_of(self, product: PlatformProduct) -> PlatformRecord:
        named = {
            "parent_id": product.parent_id,
            **product.body,
            "item_id": product.item.item_id if product.item else None,
            "in_stock": product.item is not None and product.item.in_stock,
        }
        return PlatformRecord(self.platform, "product", product.record_id, 0, product.modified_at_us, named)


def _items_of(products: Sequence[PlatformProduct]) -> dict[str, Item]:
    """Return the items by their ids; of several products of one item, one that can be sold.

    A SKU may be given twice, as to an old listing that is archived, and to each language of a product.
    """
    items: dict[str, Item] = {}
    for item in (one.item for one in products if one.item is not None):
        if item.in_stock or not (item.item_id in items and items[item.item_id].in_stock):
            items[item.item_id] = item
    return items


def _closes(before: Item, item: Item) -> bool:
    return before.in_stock and not item.in_stock


def _is_old(product: PlatformProduct, known: PlatformRecord | None) -> bool:
    if known is None:
        return False
    if known.body.get("deleted"):
        return product.modified_at_us <= known.modified_at_us
    return product.modified_at_us < known.modified_at_us


def _is_same(before: Item | None, item: Item) -> bool:
    return before is not None and replace(before, item_id=item.item_id, updated_at_us=0) == replace(
        item, updated_at_us=0
    )
