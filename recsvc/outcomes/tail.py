"""How much of the revenue of an experiment a few shoppers make, and revenue of which so much of each counts at most."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsvc.outcomes.comparison import MIN_SHOPPERS, Comparison

FEWEST, TOP = 10, 0.01
"""The shoppers who spend most: this share of all, and so many at least."""

HEAVY_SHARE = 0.4
"""Where these make more than that of the revenue, chance decides over it for long."""

CAP_QUANTILE = 0.99


@dataclass(frozen=True)
class Tail:
    """What the shoppers make who spend most.

    Attributes:
        n: how many these are; 0 where nobody spent anything.
        share: of the revenue.
        cap: what counts at most of a shopper in the capped figures; None where too little is known of the time before.
    """

    n: int = 0
    share: float = 0.0
    cap: float | None = None

    @classmethod
    def of(cls, revenue: NDArray[np.float64], cap: float | None) -> "Tail":
        """Return that of shoppers, float64 of shape (n_shoppers,), whichever variants they are in."""
        whole, n = float(revenue.sum()), min(max(FEWEST, int(TOP * len(revenue))), len(revenue))
        if whole <= 0 or len(revenue) < MIN_SHOPPERS:
            return cls(0, 0.0, cap)
        return cls(n, float(np.sort(revenue)[-n:].sum()) / whole, cap)

    @property
    def is_heavy(self) -> bool:
        """Whether a few shoppers make most of it."""
        return self.share > HEAVY_SHARE


def cap_of(before: NDArray[np.float64]) -> float | None:
    """Return what 1 % of the shoppers of the time before spent more than; None where that is nothing, or nobody knows.

    It is fixed before the experiment, so that it knows nothing of the variants (winsorisation).
    """
    if len(before) < MIN_SHOPPERS:
        return None
    cap = round(float(np.quantile(before, CAP_QUANTILE)), 2)
    return cap if cap > 0 else None


def in_words(tail: Tail, capped: Mapping[str, Comparison], control: str) -> str:
    """Return in two sentences what a few shoppers do to the figure, and what is seen without that.

    Args:
        tail: what they make.
        capped: the capped revenue of each variant beside the control, by the name of the variant.
        control: what variants are compared with.
    """
    told = (
        f"{tail.n:,} shoppers make {_percent(tail.share)} of the revenue, so chance decides over it for long"
    )
    spans = [
        f"{name} earns between {_more(one.relative.low)} and {_more(one.relative.high)} than {control}"
        for name, one in capped.items()
        if one.relative.low is not None and one.relative.high is not None
    ]
    if tail.cap is None or not spans:
        return f"{told}: orders per shopper say more."
    return f"{told}. With at most {tail.cap:,.2f} of each counted, {'; '.join(spans)}."


def _more(share: float) -> str:
    return f"{_percent(abs(share))} {'less' if share < 0 else 'more'}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
