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
    """A figure and its 95 % interval.

    Attributes:
        mean: the figure.
        low, high: None where there are too few shoppers to say.
        is_rough: whether a few shoppers make more than half of it, so that the interval says less than it seems to.
    """

    mean: float
    low: float | None
    high: float | None
    is_rough: bool = False


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
    return _estimate(float(groups.sum()), groups, float(len(groups)), groups)


def ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> Estimate:
    """Return the ratio of two sums over groups of shoppers, with its interval."""
    mean, n = float(part.sum() / whole.sum()), len(part)
    did = np.where(whole != 0, part, 0.0)
    return _estimate(mean, part - mean * whole, n / float(whole.sum()), did)


_FEWEST_GROUPS = 10
"""With shoppers who did it in fewer groups, their spread says too little: of none, it is nothing at all."""

_TOP_GROUPS, _TOP_SHARE = 10, 0.5
"""Where so few groups make more than this share of a figure, a few shoppers do."""


def _estimate(
    mean: float, of_groups: NDArray[np.float64], scale: float, did: NDArray[np.float64]
) -> Estimate:
    """Return a figure that is ``scale`` times the mean of groups, but for a constant, with its interval.

    The mean is studentised and rid of its skewness by the cubic transformation of P. Hall, "On the removal of skewness
    by transformation", Journal of the Royal Statistical Society B 54, 1992: sums of money are skewed to the right, and
    the interval reaches further there. On neither side it is narrower than Student's.

    Args:
        mean: the figure.
        of_groups: what each group adds to it; float64, shape (BUCKETS,).
        scale: of the figure beside the mean of ``of_groups``.
        did: not 0 of the groups in which anybody did anything.
    """
    if np.count_nonzero(did) < _FEWEST_GROUPS:
        return Estimate(mean, None, None)
    top = float(np.sort(np.abs(did))[-_TOP_GROUPS:].sum())
    is_rough = top > _TOP_SHARE * float(np.abs(did).sum())
    n, spread = len(of_groups), float(of_groups.std(ddof=1))
    if spread <= 0:
        return Estimate(mean, mean, mean, is_rough)
    skewness = float(((of_groups - of_groups.mean()) ** 3).mean()) / spread**3
    student = T_975 / math.sqrt(n)
    below, above = max(_unskewed(T_975, skewness, n), student), max(-_unskewed(-T_975, skewness, n), student)
    return Estimate(mean, mean - scale * spread * below, mean + scale * spread * above, is_rough)


def _unskewed(t: float, skewness: float, n: int) -> float:
    """Return where a studentised mean of ``n`` is whose transform is ``t`` standard errors (Hall 1992, inverted)."""
    at = t / math.sqrt(n) - skewness / (6 * n)
    if abs(skewness) < _NO_SKEWNESS:
        return at
    return 3 / skewness * (math.cbrt(1 + skewness * at) - 1)


_NO_SKEWNESS = 1e-6


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
