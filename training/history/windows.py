"""Moments in the past from which to look ahead: what was known then, and what was bought next."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from training.history.interactions import DAY_SECONDS
from training.history.split import Split
from training.settings import TrainingSettings

SHORTEST_KNOWN_WINDOWS = 2
"""A window knows a time at least so many times as long as itself."""

RANDOM_WINDOWS = 4
"""Number of windows of a history without dates, each of which holds back other purchases."""

HELD_BACK_SHARE = 0.2
"""Of a history without dates a window holds back about this share of each user's purchases, as bought next."""


@dataclass(frozen=True, eq=False)
class Window:
    """What was known at a moment, and what was bought in the days after it.

    Attributes:
        known, known_guests: order lines up to the moment.
        next: what known users bought in the days after it; has at least user_id and item_id.
        moment: in unix seconds; None of a history without dates.
        days: how long it is; None of a history without dates.
    """

    known: pl.DataFrame
    known_guests: pl.DataFrame
    next: pl.DataFrame
    moment: int | None = None
    days: float | None = None

    @classmethod
    def of(cls, split: Split) -> "Window":
        """Return what was held back as a window."""
        return cls(split.train_lines, split.train_guest_lines, split.targets, split.cut, split.window_days)


def past_windows(
    lines: pl.DataFrame, guest_lines: pl.DataFrame, settings: TrainingSettings
) -> Iterator[Window]:
    """Yield windows, the newest first, each a step before the last; without dates a few random ones."""
    first, last = lines["ordered_at"].min(), lines["ordered_at"].max()
    if not isinstance(first, int) or not isinstance(last, int):
        for i in range(min(RANDOM_WINDOWS, settings.windows)):
            yield _random_window(lines, guest_lines, settings.seed + i)
        return
    span = last - first
    length = min(settings.window_days * DAY_SECONDS, span // (SHORTEST_KNOWN_WINDOWS + 1))
    at = pl.col("ordered_at")
    step = length * settings.window_step_days // settings.window_days
    for i in range(settings.windows):
        end = last - length - i * step
        if length and end - first >= SHORTEST_KNOWN_WINDOWS * length:
            bought_next = lines.filter((at > end) & (at <= end + length))
            known, guests = lines.filter(at <= end), guest_lines.filter(at <= end)
            yield Window(known, guests, bought_next, end, length / DAY_SECONDS)


def _random_window(lines: pl.DataFrame, guest_lines: pl.DataFrame, seed: int) -> Window:
    """Hold back whole orders of each user, or single lines where orders are unknown."""
    purchase = pl.coalesce("order_id", pl.concat_str(pl.lit("line "), pl.int_range(pl.len()).cast(pl.String)))
    keyed = lines.with_columns(purchase.alias("_purchase"))
    purchases = keyed.select("user_id", "_purchase").unique(maintain_order=True)
    held_back = np.random.default_rng(seed).random(purchases.height) < HELD_BACK_SHARE
    marked = keyed.join(
        purchases.with_columns(pl.Series("_held_back", held_back)),
        on=["user_id", "_purchase"],
        maintain_order="left",
    )
    parts = (
        marked.filter(mask).drop("_purchase", "_held_back")
        for mask in (~pl.col("_held_back"), pl.col("_held_back"))
    )
    known, bought_next = parts
    return Window(known, guest_lines, bought_next)
