"""The shop's categories as arrays, and how the sales of each are shared out among its items."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsvc.model.categories import JOINT
from recsvc.model.model import ALL_TIME
from recsvc.model.sparse import SparseRows
from recsvc.model.vocabulary import TextColumn
from training.fit.counted import Arrays, CountedHistory
from training.fit.popularity import RECENT_DAYS, Popularity
from training.history.interactions import Interactions
from training.settings import TrainingSettings


def categories(history: CountedHistory, _settings: TrainingSettings) -> Arrays:
    """Return ``categories``, their levels, and how items belong to them."""
    return ItemCategories.of(history.interactions, history.popularity).arrays()


@dataclass(frozen=True, eq=False)
class ItemCategories:
    """What ``Model`` holds of categories; see there."""

    names: TextColumn
    levels: NDArray[np.int32]
    by_item: SparseRows
    by_category: SparseRows

    def arrays(self) -> Arrays:
        """Return them under their names in the model."""
        return {
            "categories": self.names,
            "category_levels": self.levels,
            "item_categories": self.by_item,
            "category_items": self.by_category,
        }

    @classmethod
    def of(cls, interactions: Interactions, popularity: Popularity) -> "ItemCategories":
        """Look up the categories of each item that was ever sold; the others are left out."""
        listed = [interactions.catalogue.categories.get(item_id, ()) for item_id in interactions.items.ids]
        names = sorted({name for categories in listed for name in categories}, key=str.encode)
        number = {name: i for i, name in enumerate(names)}
        rows = np.repeat(np.arange(len(listed)), [len(categories) for categories in listed])
        columns = np.asarray([number[name] for categories in listed for name in categories], dtype=np.int32)
        shape = (len(listed), len(names))
        sales = _recent_sales(popularity)
        in_category = np.bincount(columns, sales[rows], shape[1])
        shares = sales[rows] / in_category[columns]
        return cls(
            TextColumn.of(names),
            np.asarray([1 + name.count(JOINT) for name in names], dtype=np.int32),
            _rows(sparse.csr_matrix((shares, (rows, columns)), shape=shape)),
            _rows(sparse.csr_matrix((shares, (columns, rows)), shape=shape[::-1])),
        )


def _recent_sales(popularity: Popularity) -> NDArray[np.float64]:
    """Return orders with each item lately; those of all time decide between equals, and every item has some."""
    windows = popularity.windows_days.tolist()
    recent = popularity.orders[windows.index(RECENT_DAYS) if RECENT_DAYS in windows else 0]
    ever = popularity.orders[windows.index(ALL_TIME)].astype(np.float64)
    return np.asarray(recent + ever / (1 + ever.max(initial=0)), dtype=np.float64)


def _rows(matrix: sparse.csr_matrix) -> SparseRows:
    """Return the matrix with the largest values of each row first."""
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    order = np.lexsort((matrix.indices, -matrix.data, rows))
    return SparseRows(
        matrix.indptr.astype(np.int64),
        matrix.indices[order].astype(np.int32),
        matrix.data[order].astype(np.float32),
        matrix.shape[1],
    )
