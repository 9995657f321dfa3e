"""The items of the training part, as the evaluation counts them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from training.evaluation.metrics import NO_ITEM, Lists
from training.history.interactions import Interactions


@dataclass(frozen=True, eq=False)
class Catalogue:
    """What can be shown, and how well it sells.

    Attributes:
        index: the index of each item id, as in ``interactions.items``.
        ranks: int64, shape (n_items,): sales rank of each item by orders, guests' included; 1 sells best, of
            equals the first id.
        categories: shape (n_items, n_categories): 1 where the item is in the category; None where none is known.
    """

    index: dict[str, int]
    ranks: NDArray[np.int64]
    categories: sparse.csr_matrix | None = None

    @classmethod
    def of(cls, interactions: Interactions) -> "Catalogue":
        """Rank the items by the orders with them."""
        n_items = len(interactions.items)
        orders = np.bincount(interactions.purchases["item_index"].to_numpy(), minlength=n_items)
        ranks = np.empty(n_items, dtype=np.int64)
        ranks[np.argsort(-orders, kind="stable")] = np.arange(1, n_items + 1)
        index = {item_id: index for index, item_id in enumerate(interactions.items.ids)}
        return cls(index, ranks, _categories(interactions))

    def __len__(self) -> int:
        return len(self.ranks)

    def lists_of(self, lists: Iterable[Sequence[str]], n: int) -> Lists:
        """Return the first ``n`` of each list as indices, int32, shape (n_lists, n).

        An id that the training part does not have takes up its place and is no hit: it counts as ``NO_ITEM``.
        Raises ValueError for a list that shows an item twice.
        """
        return np.asarray([self._list_of(list(item_ids[:n]), n) for item_ids in lists], np.int32).reshape(
            -1, n
        )

    def _list_of(self, item_ids: list[str], n: int) -> list[int]:
        if len(set(item_ids)) < len(item_ids):
            twice = next(item_id for item_id in item_ids if item_ids.count(item_id) > 1)
            raise ValueError(f"a list shows the item {twice!r} twice")
        return [self.index.get(item_id, NO_ITEM) for item_id in item_ids] + [NO_ITEM] * (n - len(item_ids))


def _categories(interactions: Interactions) -> sparse.csr_matrix | None:
    listed = [interactions.catalogue.categories.get(item_id, ()) for item_id in interactions.items.ids]
    number = {name: i for i, name in enumerate(sorted({name for names in listed for name in names}))}
    if not number:
        return None
    rows = np.repeat(np.arange(len(listed)), [len(names) for names in listed])
    columns = [number[name] for names in listed for name in names]
    return sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), (len(listed), len(number)))
