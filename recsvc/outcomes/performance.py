"""Figures of what lists led to, with how sure they are."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from recsvc.outcomes.share import UNIT, Dimension
from recsvc.store.outcome import BUCKETS, MEASURES, SumRow

T_975 = 1.9983
"""Student's t with BUCKETS - 1 = 63 degrees of freedom, at 97.5 %."""

_AMOUNTS = {"units", "revenue", "revenue_returned", "seen_units", "seen_revenue", "seen_revenue_returned"}


class GroupBy(StrEnum):
    """What rows of figures are told apart by."""

    TOTAL = "total"
    PLACEMENT = "placement"
    POSITION = "position"
    SOURCE = "source"
    REASON = "reason"
    VARIANT = "variant"
    MODEL_VERSION = "model_version"
    DAY = "day"

    @property
    def dimension(self) -> Dimension:
        """The dimension whose sums are read."""
        return Dimension.TOTAL if self is GroupBy.DAY else Dimension(self)


@dataclass(frozen=True)
class Estimate:
    """A figure and its 95 % interval; low and high are None where there are too few shoppers to say."""

    mean: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Figures:
    """One row.

    Attributes:
        key: which placement, position …; for days since 1970 the day.
        counts: by the names of ``MEASURES``; units and money are not whole numbers.
        rates: click_rate, cart_rate and order_rate, each of an impression; revenue_per_impression.
        revenue: what orders after a click brought, net of what came back, with its interval.
    """

    key: str
    counts: dict[str, float]
    rates: dict[str, Estimate]
    revenue: Estimate


_RATES: dict[str, tuple[str, str]] = {
    "seen_rate": ("seen", "impressions"),
    "click_rate": ("clicks", "impressions"),
    "cart_rate": ("carts", "impressions"),
    "order_rate": ("orders", "impressions"),
    "revenue_per_impression": ("revenue", "impressions"),
}


def figures_of(sums: Iterable[SumRow]) -> list[Figures]:
    """Return a row of figures for each key of ``sums``, in no order.

    Shoppers are in ``BUCKETS`` groups at random. The groups are independent of each other, however often one shopper
    clicks, so their spread gives the interval of a sum and, by the delta method, that of a ratio of two sums (random
    groups: Wolter, Introduction to Variance Estimation, chapter 2).
    """
    by_key: defaultdict[str, NDArray[np.float64]] = defaultdict(lambda: np.zeros((BUCKETS, len(MEASURES))))
    for row in sums:
        by_key[row.key][row.bucket] += np.asarray(row.figures)
    return [_figures(key, groups) for key, groups in by_key.items()]


def counts_of(sums: Sequence[float]) -> dict[str, float]:
    """Return sums, in the order of ``MEASURES``, by name, and amounts in pieces and money."""
    return {
        name: round(total / UNIT, 4) if name in _AMOUNTS else int(total)
        for name, total in zip(MEASURES, sums, strict=True)
    }


def _figures(key: str, groups: NDArray[np.float64]) -> Figures:
    column = {
        name: groups[:, place] / UNIT if name in _AMOUNTS else groups[:, place]
        for place, name in enumerate(MEASURES)
    }
    rates = {
        name: ratio(column[part], column[whole])
        for name, (part, whole) in _RATES.items()
        if column[whole].sum() > 0
    }
    return Figures(key, counts_of(groups.sum(axis=0)), rates, total_of(column["revenue"]))


def total_of(groups: NDArray[np.float64]) -> Estimate:
    """Return the sum over groups of shoppers, float64 of shape (BUCKETS,), with its interval."""
    return _estimate(float(groups.sum()), math.sqrt(len(groups)) * float(groups.std(ddof=1)), groups)


def ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> Estimate:
    """Return the ratio of two sums over groups of shoppers, with its interval."""
    mean = float(part.sum() / whole.sum())
    left = part - mean * whole
    error = math.sqrt(len(part)) * float(left.std(ddof=1)) / float(whole.sum())
    return _estimate(mean, error, whole * part)


_FEWEST_GROUPS = 10
"""With shoppers who did it in fewer groups, their spread says too little: of none, it is nothing at all."""


def _estimate(mean: float, error: float, groups: NDArray[np.float64]) -> Estimate:
    if np.count_nonzero(groups) < _FEWEST_GROUPS:
        return Estimate(mean, None, None)
    return Estimate(mean, mean - T_975 * error, mean + T_975 * error)


def in_order(rows: Sequence[Figures], group_by: GroupBy) -> list[Figures]:
    """Return ``rows`` as people read them: positions and days rising, the others by impressions, most first."""
    if group_by in (GroupBy.POSITION, GroupBy.DAY):
        return sorted(rows, key=lambda row: (not row.key.isdigit(), int(row.key) if row.key.isdigit() else 0))
    by: Callable[[Figures], tuple[float, float, str]] = lambda row: (  # noqa: E731 - a key of two lines
        -row.counts["impressions"],
        -row.counts["revenue"],
        row.key,
    )
    return sorted(rows, key=by)
