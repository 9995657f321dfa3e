"""What recsvc can do with these orders: each capability, and how many more orders it needs."""

from collections.abc import Iterator

import polars as pl

from training.doctor.diagnosis import Finding, Severity, counted
from training.doctor.history import ExaminedHistory
from training.history.interactions import DAY_SECONDS

TRENDING_DAYS = 56
"""Trending compares the last four weeks with the four before them."""
REPEATS = 100
PERSONAL_USERS, PERSONAL_ITEMS = 100, 20
TOGETHER_ORDERS = 200
HOLDOUT_DAYS = 28
MEASURED_USERS = 200
"""With so many users, a hit rate is known to about ±.07 (95 %)."""


def capabilities(history: ExaminedHistory) -> Iterator[Finding]:
    """Yield a finding for every capability for which there is too little."""
    yield from personal_lists(history)
    yield from buying_again(history)
    yield from bought_together(history)
    if not history.has_dates:
        yield undated()
        return
    yield from trending(history)
    yield from measuring(history)


def undated() -> Finding:
    """Report no dates at all."""
    return Finding(
        "no_dates",
        Severity.WARNING,
        "No purchase has a date: nothing can be trending or due again, and quality cannot be measured on "
        "later orders.",
        "Export the date of each order, or name its column with --column ordered_at=….",
    )


def personal_lists(history: ExaminedHistory) -> Iterator[Finding]:
    """Report users and items from which ALS can learn: both need to be linked more than once."""
    n_users = int((history.users["n_items"] >= 2).sum())
    n_items = int((history.items["n_users"] >= 2).sum())
    wanting = []
    if n_users < PERSONAL_USERS:
        wanting.append(
            f"{PERSONAL_USERS - n_users:,} more users with two or more items (there are {n_users:,})"
        )
    if n_items < PERSONAL_ITEMS:
        wanting.append(
            f"{PERSONAL_ITEMS - n_items:,} more items with two or more buyers (there are {n_items:,})"
        )
    if wanting:
        yield Finding(
            "too_few_for_discover",
            Severity.WARNING,
            f"Too little to learn tastes from (discover, similar): {' and '.join(wanting)} are needed.",
            "Train from a longer history; until then lists are those of what sells.",
        )


def buying_again(history: ExaminedHistory) -> Iterator[Finding]:
    """Report items that one user bought in several orders."""
    # A line without an order counts as an order of its own, as it does in training.
    n_orders = pl.col("basket").drop_nulls().n_unique() + pl.col("basket").null_count()
    pairs = history.lines.group_by("user_id", "item_id").agg(n_orders.alias("n"))
    repeats = int((pairs["n"] >= 2).sum())
    if repeats < REPEATS:
        yield Finding(
            "too_few_for_buy_again",
            Severity.NOTE,
            f"Only {counted(repeats, 'time')} did a user buy an item in a second order; buy_again needs "
            f"{REPEATS - repeats:,} more.",
            "Leave the placement out where nothing is bought twice, or train from a longer history.",
        )


def bought_together(history: ExaminedHistory) -> Iterator[Finding]:
    """Report orders of several items, guests' included."""
    # Guests without an order id who bought at one moment need not be one guest.
    named = pl.col("user_id").is_not_null() | pl.col("basket").str.starts_with("#")
    n_orders = history.baskets.filter(named, pl.col("n_items") >= 2).height
    if n_orders < TOGETHER_ORDERS:
        yield Finding(
            "too_few_for_bought_together",
            Severity.NOTE,
            f"{counted(n_orders, 'order')} {'has' if n_orders == 1 else 'have'} two or more different items; "
            f"bought_together needs {TOGETHER_ORDERS - n_orders:,} more.",
            "Export the order id if there is one; otherwise train from a longer history.",
        )


def span_days(history: ExaminedHistory) -> int:
    """Return days from the first to the last purchase, both included."""
    first, last = history.orders.summary.first_ordered_at, history.orders.summary.last_ordered_at
    return 0 if first is None or last is None else last // DAY_SECONDS - first // DAY_SECONDS + 1


def trending(history: ExaminedHistory) -> Iterator[Finding]:
    """Report weeks to compare the last ones with."""
    n_days = span_days(history)
    if n_days < TRENDING_DAYS:
        yield Finding(
            "too_few_for_trending",
            Severity.NOTE,
            f"The history is {counted(n_days, 'day')} long; trending needs {TRENDING_DAYS - n_days:,} more "
            "to tell what rises from what is large.",
            "Train from a longer history; until then trending shows what sells.",
        )


def measuring(history: ExaminedHistory) -> Iterator[Finding]:
    """Report users on whom a holdout of the last weeks can be measured."""
    n_users = measured_users(history)
    if n_users < MEASURED_USERS:
        yield Finding(
            "too_few_for_measuring",
            Severity.WARNING,
            f"{counted(n_users, 'user')} ordered both in the last {HOLDOUT_DAYS} days and before; to measure "
            f"quality within ±.07, {MEASURED_USERS - n_users:,} more are needed.",
            "Take a longer history with more returning users, and distrust small differences until then.",
        )


def measured_users(history: ExaminedHistory) -> int:
    """Return how many users have an order before the cut, and after it one of an item sold before the cut."""
    last = history.orders.summary.last_ordered_at
    if last is None:
        return 0
    is_before = pl.col("ordered_at") <= last - HOLDOUT_DAYS * DAY_SECONDS
    before = history.lines.lazy().filter(is_before)
    after = history.lines.lazy().filter(pl.col("ordered_at") > last - HOLDOUT_DAYS * DAY_SECONDS)
    known = after.join(before, on="item_id", how="semi").join(before, on="user_id", how="semi")
    return known.select(pl.col("user_id").n_unique()).collect().item()  # type: ignore[no-any-return]  # a count
