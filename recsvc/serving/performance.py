"""What lists earned, as the store knows it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from recsvc.errors import QueryError
from recsvc.outcomes.performance import Figures, GroupBy, counts_of, figures_of, in_order
from recsvc.outcomes.share import Dimension
from recsvc.store.outcome_records import Outcomes

MAX_DAYS = 400
_EPOCH = date(1970, 1, 1)


def day_of(moment: date) -> int:
    """Return a date as days since 1970."""
    return (moment - _EPOCH).days


@dataclass(frozen=True)
class Performance:
    """What was shown and what came of it, over some days.

    Attributes:
        first, last: the days, in UTC.
        currency: of the money, ISO 4217.
        rows: told apart as asked, in the order in which people read them.
        shop: all orders of these days, wherever they came from: their ``orders``, ``units``, ``revenue`` and
            ``revenue_returned``.
        pending: events that are stored and not in the figures yet, and shoppers who are to be counted anew.
        pending_since_us: when the oldest of these events was received; None where there are none.
    """

    first: date
    last: date
    currency: str
    rows: tuple[Figures, ...]
    shop: dict[str, float]
    pending: int
    pending_since_us: int | None = None


class Performances:
    """Answers what lists earned.

    Args:
        outcomes: of the store.
        currency: of the shop.
    """

    def __init__(self, outcomes: Callable[[], Outcomes], currency: str) -> None:
        self._outcomes = outcomes
        self._currency = currency

    def of(self, first: date, last: date, group_by: GroupBy) -> Performance:
        """Return the figures of the days ``first`` to ``last``, both included.

        Raises:
            QueryError: the days are in the wrong order, or too many.
            StoreError: the database fails.
        """
        if first > last:
            raise QueryError(f"from must not be after to, got {first} and {last}")
        if (last - first).days >= MAX_DAYS:
            raise QueryError(f"from and to may be {MAX_DAYS} days apart, got {first} and {last}")
        outcomes, days = self._outcomes(), (day_of(first), day_of(last))
        lag = outcomes.lag()  # before the figures: whatever is not pending now is in them
        sums = outcomes.sums(group_by.dimension, *days, by_day=group_by is GroupBy.DAY)
        whole = figures_of(outcomes.sums(Dimension.SHOP, *days))
        names = ("orders", "units", "revenue", "revenue_returned")
        return Performance(
            first,
            last,
            self._currency,
            tuple(in_order(figures_of(sums), group_by)),
            {name: whole[0].counts[name] if whole else 0 for name in names},
            lag.n_pending,
            lag.since_us,
        )

    def of_item(self, item_id: str, first: date, last: date) -> dict[str, float]:
        """Return what came of one item being shown, by the names of ``MEASURES``; raises StoreError."""
        found = self._outcomes().sums_of_item(item_id, day_of(first), day_of(last))
        return counts_of(found)
