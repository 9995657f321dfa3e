"""What lists earned, in a sentence and by placement."""

from dataclasses import dataclass
from datetime import date, timedelta

from recsvc.outcomes.performance import Estimate, Figures, GroupBy
from recsvc.serving.performance import Performances
from recsvc.web.words import count, money, percent

DAYS = 30


@dataclass(frozen=True)
class Earnings:
    """What came of lists in the last ``DAYS`` days.

    Attributes:
        sentence: that, in one or two sentences.
        is_known: whether anything is known of it.
        placements: one row a placement.
        pending: events that are stored and not in the figures yet.
        currency: of the money.
    """

    sentence: str
    is_known: bool
    placements: tuple[Figures, ...]
    pending: int
    currency: str


def earnings_of(performance: Performances, today: date) -> Earnings:
    """Return what lists earned until ``today``; raises StoreError."""
    first = today - timedelta(days=DAYS - 1)
    whole = performance.of(first, today, GroupBy.TOTAL)
    total = whole.rows[0] if whole.rows else None
    placements = performance.of(first, today, GroupBy.PLACEMENT).rows if total else ()
    if total is None or not total.counts["impressions"]:
        sentence = (
            "What lists earn is not known yet: the shop has to send what was shown and clicked. "
            "The widget does that by itself."
        )
        return Earnings(sentence, False, placements, whole.pending, whole.currency)
    return Earnings(
        _sentence(total, whole.shop, whole.currency), True, placements, whole.pending, whole.currency
    )


def _sentence(total: Figures, shop: dict[str, float], currency: str) -> str:
    counts, revenue = total.counts, total.revenue
    if not counts["orders"]:
        return (
            f"In the last {DAYS} days, {count(int(counts['impressions']), 'suggestion was', 'suggestions were')} "
            f"shown and {count(int(counts['clicks']), 'click')} came of that, but no order yet."
        )
    earned = (
        f"In the last {DAYS} days, shoppers spent {money(revenue.mean, currency)}{_between(revenue, currency)} "
        f"on what they had clicked in a list"
    )
    if shop.get("revenue", 0) <= 0:
        return f"{earned}."
    whole = shop["revenue"]
    share = percent(revenue.mean / whole)
    return f"{earned}. That is {share} of the {money(whole, currency)} that the shop took in."


def _between(found: Estimate, currency: str) -> str:
    """Return an interval in words; "" where too few shoppers are behind it."""
    if found.low is None or found.high is None:
        return ""
    return f" (between {money(max(found.low, 0.0), currency)} and {money(found.high, currency)}, 95 % sure)"
