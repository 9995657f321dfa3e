"""Buyers: accounts that are no shoppers, shoppers who came once, and guests."""

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from training.doctor.diagnosis import MAX_EXAMPLES, Finding, Severity, counted, day_text, masked, percentage
from training.doctor.history import ExaminedHistory
from training.history.interactions import DAY_SECONDS

FEWEST_LINES = 100
FEWEST_USERS = 20
"""With fewer users there is no usual user to compare with."""
TIMES_A_HEAVY_USER = 10
"""A wholesale account has this many times the lines of the user whom nine in ten do not exceed."""
WHOLESALE_LINES = 0.01
WHOLESALE_ITEMS = 0.25
ORDERS_A_DAY = 20
LINES_IN_TEN_MINUTES = 1000
ROUND_THE_CLOCK_ORDERS = 200
UNIFORM_CHI_SQUARE = 50.0
"""Upper 0.1 % of chi-square with the 23 degrees of freedom of 24 hours."""
UNEVENNESS = 0.02
SESSION_SHARE = 0.95
SESSION_ORDERS = 100
FEW_ONE_ORDER, MOST_ONE_ORDER = 0.25, 0.8
FEW_GUESTS, MOST_GUESTS = 0.1, 0.5


def buyers(history: ExaminedHistory) -> Iterator[Finding]:
    """Yield every finding about users and guests."""
    yield from single_user(history)
    yield from wholesale_accounts(history)
    yield from automated_accounts(history)
    yield from passing_users(history)
    yield from guests(history)


def single_user(history: ExaminedHistory) -> Iterator[Finding]:
    """Report one id for all lines: its column is not the customer."""
    if history.users.height == 1 and history.lines.height >= 50:
        user_id = history.users["user_id"][0]
        yield Finding(
            "single_user",
            Severity.ERROR,
            f"All {counted(history.lines.height, 'purchase')} are of one user: nothing can be personal.",
            "Check which column holds the customer, and name it with --column user_id=….",
            (f"user {masked(user_id)}",),
        )


def wholesale_accounts(history: ExaminedHistory) -> Iterator[Finding]:
    """Report few accounts with a large share of the lines, or of the catalogue."""
    users = history.users
    if users.height < FEWEST_USERS:
        return
    heavy = users["n_lines"].quantile(0.9, "lower") or 0.0
    outliers = users.filter(pl.col("n_lines") >= max(FEWEST_LINES, TIMES_A_HEAVY_USER * heavy))
    much = pl.col("n_lines") >= WHOLESALE_LINES * history.lines.height
    broad = pl.col("n_items") >= WHOLESALE_ITEMS * history.items.height
    found = outliers.filter(much | broad).sort("n_lines", "user_id", descending=[True, False])
    if found.is_empty():
        return
    share = int(found["n_lines"].sum()) / history.lines.height
    yield Finding(
        "wholesale_accounts",
        Severity.WARNING,
        f"{counted(found.height, 'account')} of {users.height:,} {'buys' if found.height == 1 else 'buy'} "
        f"{percentage(share)} of all lines, each at least {TIMES_A_HEAVY_USER} times the {heavy:,.0f} lines "
        "that nine in ten users stay within.",
        "Leave resellers and test accounts out of the export, or train a model of their own for them: "
        "they tie together what no shopper buys together.",
        tuple(described_user(history, row) for row in found.head(MAX_EXAMPLES).iter_rows(named=True)),
    )


def described_user(history: ExaminedHistory, user: dict[str, object]) -> str:
    """Return an account in numbers, and where it first stands."""
    place = first_place(history, str(user["user_id"]))
    return (
        f"user {masked(str(user['user_id']))}: {user['n_lines']:,} lines, {user['n_items']:,} items ({place})"
    )


def first_place(history: ExaminedHistory, user_id: str) -> str:
    """Say where a user first stands."""
    return "first in " + "".join(history.places(pl.col("user_id") == user_id, 1))


def automated_accounts(history: ExaminedHistory) -> Iterator[Finding]:
    """Report accounts that order as no person does: each with the worst that was seen of it."""
    if not history.has_dates:
        return
    deeds = pl.concat([orders_in_a_day(history), lines_in_minutes(history), round_the_clock(history)])
    found = deeds.unique("user_id", keep="first", maintain_order=True)
    if found.is_empty():
        return
    examples = (
        f"user {masked(user_id)}: {deed} ({first_place(history, user_id)})"
        for user_id, deed in found.head(MAX_EXAMPLES).rows()
    )
    yield Finding(
        "automated_accounts",
        Severity.WARNING,
        f"{counted(found.height, 'account')} of {history.users.height:,} "
        f"{'orders' if found.height == 1 else 'order'} at a pace that no shopper has: {found['deed'][0]}.",
        "Look at who they are; leave out bots, tills, test accounts and staff who order for others.",
        tuple(examples),
    )


DEEDS = {"user_id": pl.String, "deed": pl.String}


def orders_in_a_day(history: ExaminedHistory) -> pl.DataFrame:
    """Return accounts with more orders on one day than a person places; columns of DEEDS, the worst first."""
    day = (pl.col("ordered_at") // DAY_SECONDS * DAY_SECONDS).alias("day")
    # Where there are times, what the shop calls an order id may be the id of a line.
    orders = pl.col("ordered_at").n_unique() if history.has_times else pl.len()
    worst = (
        history.baskets.filter(pl.col("user_id").is_not_null(), pl.col("ordered_at").is_not_null())
        .group_by("user_id", day)
        .agg(orders.alias("n"))
        .filter(pl.col("n") >= ORDERS_A_DAY)
        .sort(["n", "user_id", "day"], descending=[True, False, False])
    )
    deeds = [(user_id, f"{n:,} orders on {day_text(at)}") for user_id, at, n in worst.rows()]
    return pl.DataFrame(deeds, schema=DEEDS, orient="row")


def lines_in_minutes(history: ExaminedHistory) -> pl.DataFrame:
    """Return accounts with thousands of lines within ten minutes; columns of DEEDS, the worst first."""
    if not history.has_times:
        return pl.DataFrame(schema=DEEDS)
    window = (pl.col("ordered_at") // 600 * 600).alias("at")
    worst = (
        history.lines.filter(pl.col("ordered_at").is_not_null())
        .group_by("user_id", window)
        .agg(pl.len().alias("n"))
        .filter(pl.col("n") >= LINES_IN_TEN_MINUTES)
        .sort(["n", "user_id", "at"], descending=[True, False, False])
    )
    deeds = [
        (user_id, f"{n:,} lines within ten minutes on {day_text(at)}") for user_id, at, n in worst.rows()
    ]
    return pl.DataFrame(deeds, schema=DEEDS, orient="row")


def round_the_clock(history: ExaminedHistory) -> pl.DataFrame:
    """Return accounts that never sleep in a shop that does; columns of DEEDS."""
    hourly = (
        history.baskets.filter(pl.col("user_id").is_not_null(), pl.col("ordered_at").is_not_null())
        .group_by("user_id", (pl.col("ordered_at") // 3600 % 24).alias("hour"))
        .agg(pl.len().alias("n"))
    )
    busy = hourly.filter(pl.col("n").sum().over("user_id") >= ROUND_THE_CLOCK_ORDERS)
    all_hours = hours_of(hourly)
    deeds = []
    for (user_id,), some in sorted(busy.group_by("user_id"), key=lambda group: str(group[0][0])):
        hours = hours_of(some)
        if is_uniform(hours) and not is_uniform(all_hours - hours):
            deeds.append((user_id, f"{hours.sum():,.0f} orders spread evenly over all 24 hours"))
    return pl.DataFrame(deeds, schema=DEEDS, orient="row")


def hours_of(hourly: pl.DataFrame) -> NDArray[np.float64]:
    """Return orders by hour of the day; float64, shape (24,)."""
    hour, n = hourly["hour"].to_numpy(), hourly["n"].to_numpy()
    hours = np.zeros(24)
    np.add.at(hours, hour, n)
    return hours


def is_uniform(hours: NDArray[np.float64]) -> bool:
    """Return whether counts by hour are the same in every hour but for chance and a little (chi-square test)."""
    total = float(hours.sum())
    expected = total / 24
    allowed = UNIFORM_CHI_SQUARE + UNEVENNESS * total
    return expected > 0 and bool(((hours - expected) ** 2 / expected).sum() < allowed)


def passing_users(history: ExaminedHistory) -> Iterator[Finding]:
    """Report users who never come back: because their ids are those of sessions, or because they did not."""
    known = history.users.filter(pl.col("n_orders") > 0)
    n_orders = int(known["n_orders"].sum())
    if not n_orders:
        return
    if n_orders >= SESSION_ORDERS and known.height >= SESSION_SHARE * n_orders:
        yield Finding(
            "session_ids",
            Severity.WARNING,
            f"{counted(known.height, 'user')} placed only {counted(n_orders, 'order')}: either "
            "nobody comes back, or the ids are those of sessions, not of customers.",
            "Export the customer number or the e-mail address, so that a second visit is recognised.",
            tuple(f"user {masked(user_id)}" for user_id in known["user_id"].head(MAX_EXAMPLES)),
        )
        return
    yield from one_order_users(known)


def one_order_users(known: pl.DataFrame) -> Iterator[Finding]:
    """Report share of users with a single order."""
    n_once = int((known["n_orders"] == 1).sum())
    share = n_once / known.height
    if share < FEW_ONE_ORDER or known.height < FEWEST_USERS:
        return
    yield Finding(
        "one_order_users",
        Severity.WARNING if share >= MOST_ONE_ORDER else Severity.NOTE,
        f"{n_once:,} of {counted(known.height, 'user')} ({percentage(share)}) ordered once: what they are "
        "shown rests on that one order, and none of them can be used to measure.",
        "Nothing is wrong where customers are new; a longer history, or one id for a customer's several "
        "accounts, lowers the share.",
    )


def guests(history: ExaminedHistory) -> Iterator[Finding]:
    """Report the share of purchases by guests."""
    n_guests, n_known = history.orders.guest_lines.height, history.lines.height
    share = n_guests / max(n_guests + n_known, 1)
    if share < FEW_GUESTS or not n_known:
        return
    yield Finding(
        "guests",
        Severity.WARNING if share >= MOST_GUESTS else Severity.NOTE,
        f"{n_guests:,} of {counted(n_guests + n_known, 'purchase')} ({percentage(share)}) are guests': they "
        "teach what sells and what goes together, and nothing about a shopper.",
        "Export the e-mail address where there is no account, so that a guest who returns is recognised.",
        history.refused_places(("guest",)),
    )
