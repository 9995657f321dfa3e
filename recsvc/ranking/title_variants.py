"""Which items are variants of one product by their titles, those among them that the model never saw."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from recsvc.model.content import words_of
from recsvc.model.model import Model
from recsvc.model.product_name import (
    MOST_VARIANTS,
    NO_PRODUCT,
    divided_by_price,
    product_digest,
    product_name,
)
from recsvc.model.variant_words import COLOURS, SIZES

MAX_NAMED = 8_000
"""Of so many titles it is remembered what they say the product is."""


@dataclass(frozen=True)
class Titled:
    """What tells of an item which product it is a variant of.

    Attributes:
        title: what it is called.
        kind: its narrowest categories, as indices of the model.
        price: of one item; None where it is not known.
    """

    title: str
    kind: tuple[int, ...] = ()
    price: float | None = None

    @property
    def log_price(self) -> float:
        """The logarithm of the price; 0 where none is known."""
        return math.log(self.price) if self.price and self.price > 0 else 0.0


@dataclass(frozen=True, eq=False)
class TitleVariants:
    """Finds variants as the training of ``model`` did, by the words that it learned and its prices."""

    model: Model
    _names: LRUCache[tuple[str, tuple[int, ...]], int] = field(default_factory=lambda: LRUCache(MAX_NAMED))

    def groups(self, new: Sequence[Titled], renamed: Mapping[int, str]) -> NDArray[np.int32] | None:
        """Return the group of each item of the model and of those behind it, -1 for none; int32, shape (n,).

        Where the model has a group for variants of an item that it never saw, that is the item's. None where nothing
        is a variant of anything.

        Args:
            new: items that the model never saw.
            renamed: by index, what items of the model are called now, if the name says another product.
        """
        learned = self.model.variant_groups
        if not len(new) and not renamed:
            return learned if int(learned.max(initial=-1)) >= 0 else None
        groups = np.concatenate([learned, np.full(len(new), -1, dtype=np.int32)])
        groups[list(renamed)] = -1
        members: dict[int, list[int]] = defaultdict(list)
        for index, title in renamed.items():
            members[self.digest_of(title, self.kind_of(index))].append(index)
        for place, item in enumerate(new):
            members[self.digest_of(item.title, item.kind)].append(len(learned) + place)
        members.pop(NO_PRODUCT, None)
        prices = self.model.item_statistic("log_price")
        next_group = int(learned.max(initial=-1)) + 1
        for digest, of_product in members.items():
            known = [item for item in self._learned(digest) if item not in renamed]
            items = [*known, *of_product]
            if not 1 < len(items) <= MOST_VARIANTS:
                continue
            log_prices = [
                float(prices[item]) if item < len(learned) else new[item - len(learned)].log_price
                for item in items
            ]
            for part in divided_by_price(items, log_prices):
                if len(part) > 1:
                    named = [group for group in groups[part].tolist() if group >= 0]
                    without = [item for item in part if groups[item] < 0]
                    groups[without] = named[0] if named else next_group
                    next_group += not named
        return groups if int(groups.max(initial=-1)) >= 0 else None

    def says_another(self, index: int, title: str) -> bool:
        """Return whether ``title`` says another product than the model knows the item at ``index`` to be."""
        before, kind = self.model.titles[index], self.kind_of(index)
        return title != before and self.digest_of(title, kind) != self.digest_of(before, kind)

    def digest_of(self, title: str, kind: tuple[int, ...]) -> int:
        """Return the number of the product that a title and narrowest categories name; ``NO_PRODUCT`` for none."""
        found = self._names.get((title, kind))
        if found is None:
            found = product_digest(product_name(words_of(title), self._words), kind)
            self._names[title, kind] = found
        return found

    def kind_of(self, index: int) -> tuple[int, ...]:
        """Return the narrowest categories of an item of the model."""
        categories = self.model.item_categories.row(index)[0]
        levels = self.model.category_levels[categories]
        return tuple(categories[levels == levels.max(initial=0)].tolist())

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(self.model.variant_words.ids) or COLOURS | SIZES

    @cached_property
    def _order(self) -> NDArray[np.intp]:
        return np.argsort(self.model.product_digests, kind="stable")

    def _learned(self, digest: int) -> list[int]:
        """Return the items of the model that their titles say to be one product."""
        digests, order = self.model.product_digests, self._order
        first, last = (np.searchsorted(digests, digest, side, sorter=order) for side in ("left", "right"))
        found: list[int] = order[first : min(last, first + MOST_VARIANTS + 1)].tolist()
        return found
