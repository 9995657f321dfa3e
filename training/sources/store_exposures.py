"""Impressions and clicks that were posted to the service, counted as a run learns from them."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from recsvc.outcomes.recommendation_id import placement_in
from recsvc.store.event import DAY_US, EventType
from recsvc.store.exposure_reading import PART, Touches
from recsvc.store.store import Store
from recsvc.store.tables import END_US
from training.history.exposures import LIST_SCHEMA, SCHEMA, Exposures

PER_SHOPPER, PER_DAYS = 3, 28
"""Of one item, a shopper's first so many lists in so many days count: nobody lifts or sinks an item alone."""

LAST_POSITION = 20
"""Positions from here on are one: few look so far down."""

COMPACT_ROWS = 2_000_000
"""Counts of parts are put together whenever they have so many rows."""

LISTS_A_SHOPPER = 20
"""The first so many lists of a shopper in which they clicked are kept in the same so many days."""

LIST_ROWS = 2_000_000
"""With more items of lists in which any was clicked, the older half of the days is forgotten."""

NO_IMPRESSION = "clicks on what no impression says was shown"
NO_POSITION = "lists' items without a position"
NO_PLACEMENT = "lists' items whose list does not say its placement"
TOO_OFTEN = f"lists with an item that the shopper had seen {PER_SHOPPER} times in {PER_DAYS} days"
UNREADABLE = "events that another program wrote"
CAPPED = f"shoppers with more than {PART:,} events, of whom later ones were left out"

_EVENT = {
    "shopper": pl.String,
    "item_id": pl.String,
    "at_us": pl.Int64,
    "received_us": pl.Int64,
    "type": pl.String,
    "list": pl.String,
    "position": pl.Int64,
    "seen": pl.Boolean,
}
_PLACE = ["day", "placement", "position", "item"]


def read_exposures(store: Store, part: int = PART) -> Exposures:
    """Return what the lists of the service showed; raises StoreError when the store fails.

    Memory is that of one part, and of one row for each day, placement, position and item.
    """
    counting = _Counting()
    for touches in store.exposures.touches(part=part):
        counting.add(touches)
    return counting.exposures()


class _Counting:
    """Counts shopper after shopper."""

    def __init__(self) -> None:
        self._items: dict[str, int] = {}
        self._placements: dict[str, int] = {}
        self._parts = [pl.DataFrame(schema=SCHEMA)]
        self._first_clicks: list[pl.Series] = []
        self._lists = [pl.DataFrame(schema=LIST_SCHEMA)]
        self._shoppers: dict[str, int] = {}
        self._n_lists = 0
        self._unused: Counter[str] = Counter()

    def add(self, touches: Touches) -> None:
        """Count the events of some shoppers."""
        self._unused[CAPPED] += touches.n_capped
        if not touches.rows:
            return
        placed = self._usable(_exposures_of(self._events(touches.rows)))
        if touches.are_users:
            self._keep_lists(placed)
        shown = placed.filter(_times_before() < PER_SHOPPER)
        self._unused[TOO_OFTEN] += placed.height - shown.height
        clicked = shown.filter("clicked").group_by("shopper").agg(pl.col("day").min())
        self._first_clicks.append(clicked["day"])
        self._parts.append(self._counted(shown))
        if sum(part.height for part in self._parts) > COMPACT_ROWS:
            self._parts = [_together(self._parts)]

    def exposures(self) -> Exposures:
        """Return what was counted."""
        first = pl.concat(self._first_clicks) if self._first_clicks else pl.Series(dtype=pl.Int32)
        return Exposures(
            _together(self._parts).sort(_PLACE),
            tuple(self._placements),
            tuple(self._items),
            np.sort(first.to_numpy()).astype(np.int32),
            {reason: n for reason, n in self._unused.items() if n},
            pl.concat(self._lists),
            tuple(self._shoppers),
        )

    def _events(self, rows: Sequence[Sequence[Any]]) -> pl.DataFrame:
        columns = zip(*rows, strict=True)
        read = pl.DataFrame(
            {
                name: pl.Series(values, dtype=dtype, strict=False)
                for (name, dtype), values in zip(_EVENT.items(), columns, strict=True)
            }
        )
        # What comes from a clock that is ahead happened before it arrived.
        read = read.with_columns(pl.min_horizontal("at_us", "received_us").alias("at_us"))
        legible = read.filter(
            pl.all_horizontal(pl.col("shopper", "item_id", "type", "list").is_not_null()),
            pl.col("at_us").is_between(0, END_US, closed="left"),
        )
        self._unused[UNREADABLE] += read.height - legible.height
        return legible

    def _usable(self, exposures: pl.DataFrame) -> pl.DataFrame:
        """Return what one can learn from; what one cannot is counted."""
        lists = exposures["list"].unique()
        names = {one: placement_in(one) for one in lists}
        exposures = exposures.with_columns(pl.col("list").replace_strict(names, default="").alias("name"))
        for reason, is_usable in (
            (NO_IMPRESSION, pl.col("shown")),
            (NO_PLACEMENT, pl.col("name") != ""),
            (NO_POSITION, (pl.col("position") >= 1).fill_null(value=False)),
        ):
            kept = exposures.filter(is_usable)
            self._unused[reason] += exposures.height - kept.height
            exposures = kept
        return exposures.with_columns(
            _number("item_id", exposures, self._items).alias("item"),
            _number("name", exposures, self._placements).alias("placement"),
            pl.col("position").clip(1, LAST_POSITION).cast(pl.Int32),
        )

    def _keep_lists(self, placed: pl.DataFrame) -> None:
        """Keep the lists in which any item was clicked."""
        lists = (
            placed.filter("clicked")
            .group_by("shopper", "list")
            .agg(pl.col("day").max().alias("on"))
            .sort("shopper", "on", "list")
            .filter(pl.int_range(pl.len()).over("shopper", pl.col("on") // PER_DAYS) < LISTS_A_SHOPPER)
            .with_row_index("number", self._n_lists)
        )
        self._n_lists += lists.height
        kept = placed.join(lists, on=["shopper", "list"])
        self._lists.append(
            kept.with_columns(
                pl.col("on").alias("day"),
                pl.col("number").cast(pl.Int64).alias("list"),
                _number("shopper", kept, self._shoppers).alias("shopper"),
            )
            .select(*LIST_SCHEMA)
            .sort("list", "position", "item")
        )
        if sum(part.height for part in self._lists) > LIST_ROWS:
            together = pl.concat(self._lists)
            self._lists = [together.filter(pl.col("day") > pl.col("day").median())]

    def _counted(self, shown: pl.DataFrame) -> pl.DataFrame:
        return (
            shown.group_by(_PLACE)
            .agg(
                pl.len().cast(pl.Float32).alias("shown"),
                (pl.col("seen") | pl.col("clicked")).sum().cast(pl.Float32).alias("seen"),
                pl.col("clicked").sum().cast(pl.Float32).alias("clicks"),
            )
            .select(*SCHEMA)
        )


def _exposures_of(events: pl.DataFrame) -> pl.DataFrame:
    """Return one row for each shopper, list and item; all of it is known on the last of its days."""
    is_shown = pl.col("type") == EventType.IMPRESSION.value
    return (
        events.group_by("shopper", "list", "item_id")
        .agg(
            (pl.col("at_us").max() // DAY_US).cast(pl.Int32).alias("day"),
            pl.col("at_us").min(),
            is_shown.any().alias("shown"),
            (pl.col("type") == EventType.CLICK.value).any().alias("clicked"),
            (is_shown & pl.col("seen").fill_null(value=False)).any().alias("seen"),
            pl.col("position").filter(is_shown).min(),
        )
        .sort("shopper", "item_id", "day", "at_us", "list")
    )


def _times_before() -> pl.Expr:
    """Return how often the shopper was shown the item before, in the same so many days."""
    return pl.int_range(pl.len()).over("shopper", "item_id", pl.col("day") // PER_DAYS)


def _number(column: str, frame: pl.DataFrame, numbers: dict[str, int]) -> pl.Expr:
    values = frame[column].unique(maintain_order=True)
    for value in values:
        numbers.setdefault(value, len(numbers))
    known = {value: numbers[value] for value in values}
    # Of nothing, Polars would make texts.
    return pl.col(column).replace_strict(known, return_dtype=pl.Int32) if known else pl.lit(None, pl.Int32)


def _together(parts: list[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(parts).group_by(_PLACE).agg(pl.col("shown", "seen", "clicks").sum()).select(*SCHEMA)
