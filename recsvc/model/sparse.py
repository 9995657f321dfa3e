"""Rows of (index, value) pairs: a compressed sparse row matrix of which only rows are read."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsvc.errors import DamagedModelError


def is_finite(values: NDArray[np.float32]) -> bool:
    """Return whether no value is infinite or not a number; needs no memory, however large the array."""
    # Both carry on a NaN. A mask of a large array, once freed, would stay in the heap of each worker.
    return bool(np.isfinite(values.min(initial=0)) and np.isfinite(values.max(initial=0)))


@dataclass(frozen=True, eq=False)
class SparseRows:
    """A compressed sparse row matrix.

    Attributes:
        indptr: int64, shape (n_rows + 1,): row ``i`` is the slice ``indptr[i]:indptr[i + 1]`` of the others.
        indices: int32, shape (nnz,): column indices.
        values: float32, shape (nnz,).
        n_columns: number of columns.
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    values: NDArray[np.float32]
    n_columns: int

    def __post_init__(self) -> None:
        """Refuse arrays that do not describe one matrix."""
        if {self.indptr.ndim, self.indices.ndim, self.values.ndim} != {1}:
            raise DamagedModelError("an array of a sparse matrix has other than one dimension")
        nnz = len(self.indices)
        if len(self.indptr) == 0 or self.indptr[0] != 0 or self.indptr[-1] != nnz:
            raise DamagedModelError("the row pointers of a sparse matrix do not fit its indices")
        if bool(np.any(self.indptr[1:] < self.indptr[:-1])):
            raise DamagedModelError("the row pointers of a sparse matrix are not ascending")
        if len(self.values) != nnz:
            raise DamagedModelError(f"a sparse matrix has {nnz} indices but {len(self.values)} values")
        if nnz and (self.indices.min() < 0 or self.indices.max() >= self.n_columns):
            raise DamagedModelError(f"a sparse matrix points outside its {self.n_columns} columns")
        if not is_finite(self.values):
            raise DamagedModelError("a sparse matrix has values that are not finite")

    def __len__(self) -> int:
        return len(self.indptr) - 1

    def span(self, row: int) -> slice:
        """Return where row ``row`` lies in ``indices``, ``values`` and arrays kept alongside."""
        return slice(int(self.indptr[row]), int(self.indptr[row + 1]))

    def row(self, row: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Return the column indices and values of row ``row`` (views, not copies)."""
        span = self.span(row)
        return self.indices[span], self.values[span]

    def weighted_sums(
        self, rows: NDArray[np.int32], weights: NDArray[np.float32]
    ) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Add up ``rows``, each times its weight, as often as there are rows of weights.

        Args:
            rows: int32, shape (n,).
            weights: float32, shape (n_sums, n).

        Returns:
            The columns that any of the rows has, int32, shape (n_found,), ascending; and the sums there,
            float32, shape (n_sums, n_found).
        """
        found, sums = self.sums(rows, weights)
        if found is None:
            _, columns, _ = self.entries(rows)
            found = np.bincount(columns, minlength=self.n_columns).nonzero()[0].astype(np.int32)
            sums = sums[:, found]
        return found, sums

    def sums(
        self, rows: NDArray[np.int32], weights: NDArray[np.float32]
    ) -> tuple[NDArray[np.int32] | None, NDArray[np.float32]]:
        """Return the same; instead of the columns None, and the sums of all columns, where that is quicker."""
        row, columns, values = self.entries(rows)
        found, place, n = None, columns.astype(np.intp), self.n_columns
        if self._is_wide(len(columns)):
            found, place = np.unique(columns, return_inverse=True)
            n = len(found)
        sums = np.empty((len(weights), n), dtype=np.float32)
        for of_weight, weight in zip(sums, weights, strict=True):
            of_weight[:] = np.bincount(place, values * weight[row], n)
        return found, sums

    def _is_wide(self, n_entries: int) -> bool:
        """Return whether there are so many columns that an array of all costs more than to sort ``n_entries``."""
        return self.n_columns > 8 * n_entries

    def block(self, rows: NDArray[np.int32], columns: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return the values where ``rows`` and distinct ``columns`` meet; float32, shape (n_rows, n_columns)."""
        block = np.zeros((len(rows), len(columns)), dtype=np.float32)
        if not len(columns):
            return block
        row, column, values = self.entries(rows)
        if self._is_wide(len(column)):
            order = np.argsort(columns)
            at: NDArray[np.intp] = order[np.searchsorted(columns, column, sorter=order) % len(columns)]
            wanted = (columns[at] == column).nonzero()[0]
        else:
            # A column that the matrix does not have meets no row.
            place_of = np.full(max(self.n_columns, int(columns.max()) + 1), -1, dtype=np.intp)
            place_of[columns] = np.arange(len(columns))
            at = place_of[column]
            wanted = (at >= 0).nonzero()[0]
        block[row[wanted], at[wanted]] = values[wanted]
        return block

    def entries(
        self, rows: NDArray[np.int32]
    ) -> tuple[NDArray[np.intp], NDArray[np.int32], NDArray[np.float32]]:
        """Return the entries of ``rows``, one row after the other: place in ``rows``, column and value of each."""
        starts = self.indptr[rows]
        lengths = self.indptr[rows + 1] - starts
        row = np.repeat(np.arange(len(rows)), lengths)
        # Where each entry of each row lies: the start of its row plus its position in the row.
        before = np.cumsum(lengths) - lengths
        position = np.repeat(starts - before, lengths)
        position += np.arange(len(row))
        return row, self.indices[position], self.values[position]
