"""What lists earned, in a sentence and by placement."""

from dataclasses import dataclass
from datetime import date, timedelta

from recsvc.clock import now_us
from recsvc.outcomes.performance import Estimate, Figures, GroupBy
from recsvc.serving.performance import Performance, Performances
from recsvc.web.words import count, moment, money, percent

DAYS = 30
OLD_US = 120_000_000
"""Events that wait for so long are worth saying: counting takes seconds."""


@dataclass(frozen=True)
class Earnings:
    """What came of lists in the last ``DAYS`` days.

    Attributes:
        sentence: that, in one or two sentences.
        is_known: whether anything is known of it.
        placements: one row a placement.
        lag: how far behind the figures are, in a sentence; empty where they are not.
        currency: of the money.
    """

    sentence: str
    is_known: bool
    placements: tuple[Figures, ...]
    lag: str
    currency: str


def earnings_of(performance: Performances, today: date) -> Earnings:
    """Return what lists earned until ``today``; raises StoreError."""
    first = today - timedelta(days=DAYS - 1)
    whole = performance.of(first, today, GroupBy.TOTAL)
    lag = lag_of(whole, now_us())
    total = whole.rows[0] if whole.rows else None
    placements = performance.of(first, today, GroupBy.PLACEMENT).rows if total else ()
    if total is None or not total.counts["impressions"]:
        sentence = (
            "What lists earn is not known yet: the shop has to send what was shown and clicked. "
            "The widget does that by itself."
        )
        return Earnings(sentence, False, placements, lag, whole.currency)
    return Earnings(_sentence(total, whole.shop, whole.currency), True, placements, lag, whole.currency)


def lag_of(found: Performance, now_us: int) -> str:
    """Return how far behind the figures are, in a sentence; "" where they are not."""
    if not found.pending:
        return ""
    if found.pending_since_us is not None and now_us - found.pending_since_us > OLD_US:
        return (
            f"These figures are old: they hold nothing that came since {moment(found.pending_since_us)} (UTC). "
            "They catch up by themselves once the store takes writes and what waits is counted."
        )
    waiting = count(found.pending, "event is", "events are")
    return (
        f"{waiting} stored and not in these figures yet; that takes up to a minute, after an import longer."
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
    rough = (
        " A few shoppers make more than half of it, so that is rough."
        if revenue.is_rough and revenue.low is not None
        else ""
    )
    if shop.get("revenue", 0) <= 0:
        return f"{earned}.{rough}"
    whole = shop["revenue"]
    share = percent(revenue.mean / whole)
    return f"{earned}. That is {share} of the {money(whole, currency)} that the shop took in.{rough}"


def _between(found: Estimate, currency: str) -> str:
    """Return an interval in words; "" where too few shoppers are behind it."""
    if found.low is None or found.high is None:
        return ""
    return f" (between {money(max(found.low, 0.0), currency)} and {money(found.high, currency)}, 95 % sure)"
