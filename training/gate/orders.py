"""Whether the orders look like those that the live version learned from, only newer."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from statistics import median

from training.gate.live import LiveReference
from training.gate.order_profile import RECENT_DAYS, OrderProfile
from training.gate.verdict import Check
from training.settings import TrainingSettings

USUAL_ORDERS = 20
"""A weekday with fewer orders than this may well have none."""

SAME_WEEKDAYS = 4
LOST_DAY_SHARE = 0.5
PRICED_SHARE = 0.5
UNDATED = "Without dates no day can be looked for."
ANYWAY = "If this is as it should be, run again with --force."


def check_orders_against(
    live: LiveReference, orders: OrderProfile, settings: TrainingSettings
) -> Iterator[Check]:
    """Yield what the orders of this run show beside those of the live version."""
    yield from _kept_ids(live, settings.gate_kept_share)
    yield _purchases(live, orders, settings.gate_kept_share)
    yield _newest_order(live, orders.data_through)
    if live.orders is None:
        yield Check.without(
            "orders: prices and days", "The live version does not say what its orders were like."
        )
        return
    yield _prices(live.orders, orders)
    yield _known_days(live.orders, orders)
    yield _new_days(live.orders, orders)


def _kept_ids(live: LiveReference, kept_share: float) -> Iterator[Check]:
    for name, share in live.kept.items():
        found = (
            f"{share:.1%} of the {live.counts.get(name, 0):,} {name} of the live version are in the orders"
        )
        lost = f". Is a part of the export missing, or are the ids written in another way? {ANYWAY}"
        passed = share >= kept_share
        yield Check.of(f"orders: {name}", passed, f"{found}." if passed else found + lost)


def _purchases(live: LiveReference, orders: OrderProfile, kept_share: float) -> Check:
    before = live.counts.get("purchases", 0)
    passed = orders.purchases >= kept_share * before
    found = f"{orders.purchases:,} purchases; the live version learned from {before:,}"
    return Check.of(
        "orders: purchases",
        passed,
        f"{found}." if passed else f"{found}. Is a part of the export missing? {ANYWAY}",
    )


def _newest_order(live: LiveReference, data_through: str | None) -> Check:
    name = "orders: newest"
    if live.data_through is None:
        return Check.without(name, "The live version's orders had no dates to compare with.")
    if data_through is None:
        sentence = f"No order has a date; the live version's had. Is the date column named? {ANYWAY}"
        return Check.of(name, passed=False, sentence=sentence)
    # Moments in one format and time zone compare as text.
    passed = data_through >= live.data_through
    newest, known = (moment[:19].replace("T", " ") for moment in (data_through, live.data_through))
    found = f"The newest order is of {newest} UTC; the live version knows orders up to {known}"
    return Check.of(name, passed, f"{found}." if passed else f"{found}. Is this an older export? {ANYWAY}")


def _prices(before: OrderProfile, now: OrderProfile) -> Check:
    name = "orders: prices"
    if not before.priced_share:
        return Check.without(name, "The live version's orders had no prices to compare with.")
    passed = now.priced_share >= PRICED_SHARE * before.priced_share
    found = f"{now.priced_share:.0%} of the purchases have a price; of the live version's, {before.priced_share:.0%}"
    hint = f". Is the price column empty or zero? {ANYWAY}"
    return Check.of(name, passed, f"{found}." if passed else found + hint)


def _known_days(before: OrderProfile, now: OrderProfile) -> Check:
    """Look for days whose orders the live version knows and this run does not."""
    name = "orders: days that were there"
    both = sorted(set(before.orders_by_day) & set(now.orders_by_day))
    lost = [
        day
        for day in both
        if before.orders_by_day[day] > 1
        and now.orders_by_day[day] < LOST_DAY_SHARE * before.orders_by_day[day]
    ]
    if not both:
        why = f"No day is among the last {RECENT_DAYS} both of the live version and of these orders."
        return Check.without(name, why if before.orders_by_day and now.orders_by_day else UNDATED)
    if not lost:
        found = f"{len(both)} days have the orders that the live version knows."
        return Check.of(name, passed=True, sentence=found)
    day = lost[0]
    sentence = (
        f"{_days(lost)} short of orders that the live version knows: {day} has {now.orders_by_day[day]:,}, "
        f"it knows {before.orders_by_day[day]:,}. Is a file missing? {ANYWAY}"
    )
    return Check.of(name, passed=False, sentence=sentence)


def _new_days(before: OrderProfile, now: OrderProfile) -> Check:
    """Look for days without orders among those that the live version does not know."""
    known_through = max(before.orders_by_day, default="")
    new = {day: n for day, n in now.orders_by_day.items() if day > known_through}
    busy = [day for day in new if _usual_orders(now, day) >= USUAL_ORDERS]
    missing = [day for day in busy if new[day] == 0]
    name = "orders: new days"
    if not new:
        why = "The orders have no day after the live version's."
        return Check.without(name, why if now.orders_by_day else UNDATED)
    if not busy:
        why = f"No day after the live version's is of a weekday that usually has {USUAL_ORDERS} orders."
        return Check.without(name, why)
    if not missing:
        return Check.of(name, passed=True, sentence="No day since the live version lacks its orders.")
    day = missing[0]
    weekday = f"{datetime.fromisoformat(day):%A}"
    sentence = (
        f"{_days(missing)} without any order: {day}, a {weekday}; the {weekday}s before it had "
        f"{_usual_orders(now, day):,.0f}. Is a day of the export missing? If the shop was closed, run again "
        "with --force."
    )
    return Check.of(name, passed=False, sentence=sentence)


def _usual_orders(orders: OrderProfile, day: str) -> float:
    """Return the median orders of the same weekday in the weeks before ``day``; 0 where they are not known."""
    this = date.fromisoformat(day)
    before = [(this - timedelta(weeks=week)).isoformat() for week in range(1, SAME_WEEKDAYS + 1)]
    known = [orders.orders_by_day[day] for day in before if day in orders.orders_by_day]
    return float(median(known)) if known else 0.0


def _days(days: list[str]) -> str:
    return "1 day is" if len(days) == 1 else f"{len(days)} days are"
