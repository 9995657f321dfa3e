"""Many integers, in order: numpy sorts them faster than it hashes them, or sorts places by them."""

import numpy as np
from numpy.typing import NDArray

MAX_BITS = 63
"""Bits of a positive integer."""


def stable_order(keys: NDArray[np.int64], limit: int) -> NDArray[np.int64]:
    """Return the order that sorts ``keys``, of which each is at least 0 and below ``limit``; equals stay in theirs."""
    bits = len(keys).bit_length()
    if limit.bit_length() + bits > MAX_BITS:
        return np.argsort(keys, kind="stable")
    numbered = (keys << bits) | np.arange(len(keys))
    numbered.sort()
    return numbered & ((1 << bits) - 1)


def begins_run(*columns: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Return whether each row differs from the one before in any of ``columns``; bool, shape (n,)."""
    begins = np.ones(len(columns[0]), dtype=bool)
    begins[1:] = columns[0][1:] != columns[0][:-1]
    for column in columns[1:]:
        begins[1:] |= column[1:] != column[:-1]
    return begins


def falling(values: NDArray[np.float32]) -> NDArray[np.uint32]:
    """Return integers in the opposite order of ``values``, of which none is NaN; the same shape."""
    bits = (np.float32(0) - np.asarray(values, dtype=np.float32)).view(np.uint32)
    # The bits of positive floats rise with them, those of negative ones fall.
    return np.where(bits >> 31, ~bits, bits | np.uint32(1 << 31))


def joined(high: NDArray[np.integer], low: NDArray[np.integer]) -> NDArray[np.uint64]:
    """Return one integer for each pair of integers of 0 to 2**32 - 1; they sort by ``high``, then by ``low``."""
    return (high.astype(np.uint64) << np.uint64(32)) | low.astype(np.uint64)


def repeated(values: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Return which of ``values`` are there more than once; bool, shape (n,)."""
    ascending = np.sort(values)
    several = ascending[1:][ascending[1:] == ascending[:-1]]
    if not len(several):
        return np.zeros(len(values), dtype=bool)
    place = np.minimum(np.searchsorted(several, values), len(several) - 1)
    return np.asarray(several[place] == values)


def best_of_rows(
    rows: NDArray[np.int32], columns: NDArray[np.int32], values: NDArray[np.float32], n: int
) -> NDArray[np.intp]:
    """Return where the ``n`` largest values of each row are: row after row, best first, of equals the lower column.

    Args:
        rows, columns: int32, shape (n_entries,): of each entry; no two entries have both alike.
        values: float32, shape (n_entries,): positive.
        n: how many of a row, at most.
    """
    # As one integer each, because these sort ten times as fast as a key after the other.
    place = joined(rows, columns)
    is_ascending = bool((place[1:] > place[:-1]).all())
    by_column = np.arange(len(place)) if is_ascending else np.argsort(place)
    order = by_column[np.argsort(joined(rows, falling(values))[by_column], kind="stable")]
    lengths = np.bincount(rows)
    rank = np.arange(len(order)) - (np.cumsum(lengths) - lengths)[rows[order]]
    return order[rank < n]
