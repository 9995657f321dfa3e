"""What the model may learn from, and what it is then asked to foresee."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol

import numpy as np
import polars as pl

from recsvc.errors import TooLittleDataError
from training.history.interactions import DAY_SECONDS

WINDOW_DAYS = 28.0
LARGEST_WINDOW_SHARE = 1 / 5
"""Of the time that the history spans; a longer window would leave too little to learn from."""

HELD_OUT_SHARE = 0.2
MIN_TEST_USERS = 20
"""With fewer shoppers than this every figure is chance."""


class OrderHistory(Protocol):
    """Cleaned order lines, as in ``training.orders.Orders``."""

    @property
    def lines(self) -> pl.DataFrame:
        """Lines of known users."""

    @property
    def guest_lines(self) -> pl.DataFrame:
        """Lines of guests."""


@dataclass(frozen=True)
class OrderLines:
    """An order history without anything else, such as the part of one before a cut."""

    lines: pl.DataFrame
    guest_lines: pl.DataFrame


class SplitKind(StrEnum):
    """What was held back: the end of the history, or some of each user's orders or items."""

    TIME = "time"
    ORDERS = "orders"
    ITEMS = "items"


@dataclass(frozen=True, eq=False)
class Split:
    """An order history in two parts.

    Attributes:
        kind: what was held back.
        train_lines, train_guest_lines: what the model may see; columns as in ``training.orders``.
        targets: what the test users bought in the part held back: user_id, item_id, is_new (the user has no
            line of the item in ``train_lines``); distinct, sorted by user_id, item_id. Every user and item
            also occurs in the training part.
        cut: unix seconds of the last moment that the model may see; None unless the split is in time.
        window_days: length of the part held back; None unless the split is in time.
        notes: what a reader of the figures has to know of the split, in sentences.
        drawn_from: number of users of whom those here were drawn at random; None where they are all.
        held_back: the lines of the part held back, guests' included; None where that is not known.
    """

    kind: SplitKind
    train_lines: pl.DataFrame
    train_guest_lines: pl.DataFrame
    targets: pl.DataFrame
    cut: int | None = None
    window_days: float | None = None
    notes: tuple[str, ...] = ()
    drawn_from: int | None = None
    held_back: pl.DataFrame | None = None

    @property
    def n_test_users(self) -> int:
        """Number of users with at least one target."""
        return self.targets["user_id"].n_unique()

    @property
    def repeat_share(self) -> float:
        """Share of the targets that the user had bought before."""
        return 1 - float(self.targets["is_new"].sum()) / max(self.targets.height, 1)

    @property
    def training_part(self) -> OrderLines:
        """The part that the model may see, to be split again."""
        return OrderLines(self.train_lines, self.train_guest_lines)


def split_orders(orders: OrderHistory, window_days: float = WINDOW_DAYS, seed: int = 0) -> Split:
    """Split in time where that leaves enough test users, else hold back some orders or items of each user.

    Raises:
        TooLittleDataError: neither way leaves enough test users.
    """
    dated = orders.lines["ordered_at"].drop_nulls()
    if dated.n_unique() < 2:
        return undated_split(orders, seed=seed)
    try:
        return time_split(orders, window_days)
    except TooLittleDataError as error:
        note = f"not split in time, so that the figures flatter: {error}"
        return undated_split(orders, seed=seed, notes=(note,))


def time_split(orders: OrderHistory, window_days: float = WINDOW_DAYS) -> Split:
    """Hold back the last ``window_days`` of all users and guests: what lies before or at the cut trains.

    The window is at most a fifth of the history. Where it has fewer than 20 test users it is doubled, as
    often as that fifth allows. Lines without a date train.

    Raises:
        TooLittleDataError: the orders have no dates, or the longest window has fewer than 20 test users.
    """
    first, last = _period(orders)
    longest_days = (last - first) / DAY_SECONDS * LARGEST_WINDOW_SHARE
    tried_days = min(window_days, longest_days)
    split = _split_at(orders, last, tried_days)
    while split.n_test_users < MIN_TEST_USERS and tried_days < longest_days:
        tried_days = min(2 * tried_days, longest_days)
        split = _split_at(orders, last, tried_days)
    _check_users(split, f"bought before {_day(split.cut)} and again in the {_days(tried_days)} after it")
    notes = (_window_note(window_days, tried_days),) if tried_days != window_days else ()
    return replace(split, notes=notes)


def undated_split(
    orders: OrderHistory, share: float = HELD_OUT_SHARE, seed: int = 0, notes: tuple[str, ...] = ()
) -> Split:
    """Hold back a random ``share`` of the orders of each user with at least two, at least one order each.

    Where no line says to which order it belongs, distinct items take the place of orders; then no target is
    a repeat. Guests' lines all train.

    Raises:
        TooLittleDataError: fewer than 20 users have an order held back with a target in it.
    """
    lines = orders.lines.with_columns(order_key().alias("held"))
    kind = SplitKind.ORDERS if lines["held"].null_count() < lines.height else SplitKind.ITEMS
    if kind is SplitKind.ITEMS:
        lines = lines.with_columns(pl.col("item_id").alias("held"))
    chosen = _random_groups(lines, share, seed)
    train = lines.join(chosen, on=["user_id", "held"], how="anti", maintain_order="left").drop("held")
    test = lines.join(chosen, on=["user_id", "held"], how="semi", maintain_order="left").drop("held")
    targets = _targets(train, orders.guest_lines, test)
    if kind is SplitKind.ITEMS:
        notes = (
            *notes,
            "neither dates nor order ids tell orders apart: whether repeats are foreseen is not measured",
        )
    split = Split(kind, train, orders.guest_lines, targets, notes=notes, held_back=test)
    _check_users(split, f"have at least two {kind} of which one can be held back")
    return split


def order_key() -> pl.Expr:
    """Return what tells the orders of one user apart: the id, without one the moment; null without both."""
    return pl.coalesce("order_id", pl.concat_str(pl.lit("@"), "ordered_at"))


def _period(orders: OrderHistory) -> tuple[int, int]:
    dates = pl.concat([orders.lines["ordered_at"], orders.guest_lines["ordered_at"]]).drop_nulls()
    if dates.is_empty():
        raise TooLittleDataError("the orders carry no dates, so that they cannot be split in time")
    return int(dates.min()), int(dates.max())  # type: ignore[arg-type]  # an Int64 column has int bounds


def _split_at(orders: OrderHistory, last: int, window_days: float) -> Split:
    cut = int(last - window_days * DAY_SECONDS)
    after = (pl.col("ordered_at") > cut).fill_null(value=False)
    train, guests = orders.lines.filter(~after), orders.guest_lines.filter(~after)
    test, of_guests = orders.lines.filter(after), orders.guest_lines.filter(after)
    targets, held_back = _targets(train, guests, test), pl.concat([test, of_guests])
    return Split(SplitKind.TIME, train, guests, targets, cut, window_days, held_back=held_back)


def _targets(train: pl.DataFrame, guests: pl.DataFrame, test: pl.DataFrame) -> pl.DataFrame:
    """Return what users of the training part bought in the test part, as far as the model knows the item."""
    items = pl.concat([train["item_id"].unique(), guests["item_id"].unique()]).unique()
    pair = ["user_id", "item_id"]
    asked = test.select(pair).unique()
    earlier = train.select(pair).join(asked.select("user_id").unique(), on="user_id", how="semi").unique()
    bought = earlier.with_columns(pl.lit(value=False).alias("is_new"))
    return (
        asked.join(earlier.select("user_id").unique(), on="user_id", how="semi")
        .filter(pl.col("item_id").is_in(items.implode()))
        .join(bought, on=pair, how="left")
        .with_columns(pl.col("is_new").fill_null(value=True))
        .sort(pair)
    )


def _random_groups(lines: pl.DataFrame, share: float, seed: int) -> pl.DataFrame:
    """Draw groups of each user with at least two: user_id, held."""
    groups = lines.select("user_id", "held").drop_nulls().unique().sort("user_id", "held")
    draw = pl.Series("draw", np.random.default_rng(seed).random(groups.height))
    size = pl.len().over("user_id")
    place = pl.col("draw").rank("ordinal").over("user_id")
    n_held = pl.max_horizontal((size * share).floor(), pl.lit(1))
    return groups.with_columns(draw).filter((size >= 2) & (place <= n_held)).select("user_id", "held")


def _check_users(split: Split, what_they_do: str) -> None:
    if split.n_test_users < MIN_TEST_USERS:
        raise TooLittleDataError(
            f"only {split.n_test_users} known shoppers {what_they_do}; "
            f"at least {MIN_TEST_USERS} are needed to measure anything"
        )


def _window_note(wanted_days: float, days: float) -> str:
    if days < wanted_days:
        return f"the test window is {_days(days)}, a fifth of the history: too short for {_days(wanted_days)}"
    return f"the test window is {_days(days)}: in {_days(wanted_days)} too few known shoppers bought again"


def _days(days: float) -> str:
    return f"{days:.3g} days" if days >= 1 else f"{days * 24:.2g} hours"


def _day(seconds: int | None) -> str:
    return "" if seconds is None else datetime.fromtimestamp(seconds, UTC).date().isoformat()
