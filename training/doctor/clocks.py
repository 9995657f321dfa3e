"""Clocks that disagree: files in different time zones, dates with and without one, days without times."""

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from training.doctor.diagnosis import MAX_EXAMPLES, Finding, Severity, counted, percentage
from training.doctor.history import ExaminedHistory
from training.history.interactions import DAY_SECONDS

FEWEST_ORDERS = 100
"""Fewer orders in a file say too little about its hours."""
GAIN = 0.1
"""How much better (nats an order) the hours of a file have to fit when they are moved."""
REMAINDER = 0.25
"""At most this share of the misfit may be left after moving; otherwise the file is of another kind of business."""
SUMMER = range(4, 11)
WITH_ZONE = r"\d{1,2}:\d{2}.*?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})\s*$"
MOVED_MIDNIGHTS = 0.99


def clocks(history: ExaminedHistory) -> Iterator[Finding]:
    """Yield every finding about times of day."""
    if not history.has_dates:
        return
    yield from moved_files(history)
    yield from mixed_offsets(history)
    yield from only_midnights(history)


def moved_files(history: ExaminedHistory) -> Iterator[Finding]:
    """Report files whose hours of business are those of another file, some hours later or earlier."""
    hours = hours_by_file(history)
    if len(hours) < 2:
        return
    reference = max(hours, key=lambda file: (hours[file].sum(), -file))
    seasons = season_of_files(history)
    found = []
    for file in sorted(set(hours) - {reference}):
        shift = shift_between(hours[reference], hours[file])
        # An hour between a winter and a summer file is daylight saving seen from UTC, not a mistake.
        if abs(shift) > 1 or (shift and seasons[file] == seasons[reference]):
            found.append((file, shift))
    if found:
        yield Finding(
            "mixed_time_zones",
            Severity.WARNING,
            f"The orders of {counted(len(found), 'file')} keep the hours of {history.file_name(reference)}, "
            "moved by whole hours: the files are in different time zones.",
            "Export all files in one time zone, best with the offset in each date.",
            tuple(f"{history.file_name(file)}: {shift:+d} hours" for file, shift in found[:MAX_EXAMPLES]),
        )


def hours_by_file(history: ExaminedHistory) -> dict[int, NDArray[np.float64]]:
    """Return for each file with enough timed orders their number by hour of the day, float64, shape (24,)."""
    timed = history.rows.lazy().filter(pl.col("ordered_at") % DAY_SECONDS != 0)
    moments = timed.select("file", "user_id", "order_id", "ordered_at").unique()
    hour = (pl.col("ordered_at") // 3600 % 24).alias("hour")
    counts = moments.group_by("file", hour).agg(pl.len().alias("n")).sort("file").collect()
    hours: dict[int, NDArray[np.float64]] = {}
    for file, at, n in counts.rows():
        hours.setdefault(file, np.zeros(24))[at] = n
    return {file: of_file for file, of_file in hours.items() if of_file.sum() >= FEWEST_ORDERS}


def shift_between(reference: NDArray[np.float64], hours: NDArray[np.float64]) -> int:
    """Return by how many hours, -11 to 12, `hours` come after `reference`; 0 unless that explains them."""
    share = (reference + 0.5) / (reference + 0.5).sum()
    own = (hours + 0.5) / (hours + 0.5).sum()
    # Kullback-Leibler divergence of the file from the reference moved by each number of hours
    misfit = np.array([(own * np.log(own / np.roll(share, shift))).sum() for shift in range(24)])
    best = int(misfit.argmin())
    explains = misfit[0] - misfit[best] >= GAIN and misfit[best] <= REMAINDER * misfit[0]
    return (best if best <= 12 else best - 24) if explains else 0


def season_of_files(history: ExaminedHistory) -> dict[int, bool]:
    """Return whether the middle of each file is in the months of daylight saving."""
    middle = history.rows.group_by("file").agg(pl.from_epoch(pl.col("ordered_at").median()).dt.month())
    return {file: month in SUMMER for file, month in middle.rows()}


def mixed_offsets(history: ExaminedHistory) -> Iterator[Finding]:
    """Report dates that name their time zone beside dates with a time that do not."""
    if not history.has_column("ordered_at"):
        return
    texts = history.raw.lines["ordered_at"].cast(pl.String).str.strip_chars()
    timed = texts.str.contains(r"\d:\d{2}").fill_null(value=False)
    zoned = texts.str.contains(WITH_ZONE).fill_null(value=False) & timed
    bare = timed & ~zoned
    n_zoned, n_bare = int(zoned.sum()), int(bare.sum())
    if not n_zoned or not n_bare:
        return
    odd = zoned if n_zoned < n_bare else bare
    yield Finding(
        "mixed_offsets",
        Severity.WARNING,
        f"{counted(n_zoned, 'date')} ({percentage(n_zoned / (n_zoned + n_bare))}) name a time zone and "
        f"{n_bare:,} do not: these were taken as UTC.",
        "Write the offset into every date, or into none.",
        history.places(odd),
    )


def only_midnights(history: ExaminedHistory) -> Iterator[Finding]:
    """Report dates without times, or midnights that a time zone has moved."""
    times = history.lines["ordered_at"].drop_nulls() % DAY_SECONDS
    counts = times.value_counts(name="n").sort("n", "ordered_at", descending=True)
    usual = counts.head(2)
    if counts["ordered_at"][0] == 0 and counts.height == 1:
        yield Finding(
            "days_without_times",
            Severity.NOTE,
            "No date has a time of day"
            + (
                "."
                if history.has_column("order_id")
                else ": with no order ids either, all that a user bought on a day counts as one order."
            ),
            "Nothing has to be done; times would let orders of one day be told apart.",
        )
    elif usual["n"].sum() >= MOVED_MIDNIGHTS * len(times) and is_moved_midnight(usual):
        hours = " and ".join(f"{at // 3600:02d}:00" for at in sorted(usual["ordered_at"].to_list()))
        yield Finding(
            "moved_midnights",
            Severity.WARNING,
            f"{percentage(int(usual['n'].sum()) / len(times))} of the dates are at {hours} exactly: days "
            "turned into UTC, so that they stand one day too early or too late.",
            "Export the day as it was in the shop, without converting it.",
            history.places(pl.col("ordered_at") % DAY_SECONDS == usual["ordered_at"][0]),
        )


def is_moved_midnight(usual: pl.DataFrame) -> bool:
    """Return whether the one or two times of day are full hours, at most one (daylight saving) apart."""
    times = sorted(usual["ordered_at"].to_list())
    full_hours = all(time % 3600 == 0 for time in times)
    return full_hours and 0 not in times[:1] and times[-1] - times[0] <= 3600
