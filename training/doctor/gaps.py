"""Gaps: time without sales although the rest of the history makes sales likely."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date

import numpy as np
from numpy.typing import NDArray

from training.doctor.diagnosis import MAX_EXAMPLES, Finding, Severity, counted, minute_text, percentage
from training.doctor.history import ExaminedHistory
from training.history.interactions import DAY_SECONDS

FEWEST_NEIGHBOURS, NEIGHBOURS = 2, 4
"""So many days of the same weekday, before a silence and after it, say how many orders were to be expected."""
SURPRISE = 7.0
"""Minus the logarithm of 0.001: the chance of one such silence in a whole history that is allowed."""
LONG_DAYS, MONTH_DAYS = 4, 28
MANY_SILENT_DAYS = 0.1
STALE_NOTE_DAYS, STALE_WARNING_DAYS = 3, 35
RECENT_DAYS = 56


@dataclass(frozen=True)
class Silence:
    """Days without an order.

    `n_open` are those among them on which the shop usually sells; `expected` orders were to come.
    """

    first: date
    last: date
    n_open: int
    expected: float

    @property
    def n_days(self) -> int:
        """All days, closed weekdays included."""
        return (self.last - self.first).days + 1

    @property
    def is_christmas(self) -> bool:
        """Whether it is the closure that many shops have at the turn of the year."""
        covers_a_holiday = any(
            self.first <= date(year, month, day) <= self.last
            for year in (self.first.year, self.last.year)
            for month, day in ((12, 25), (1, 1))
        )
        return covers_a_holiday and self.n_days <= 16

    def __str__(self) -> str:
        """Write the period, or the one day."""
        return f"{self.first}" if self.first == self.last else f"{self.first} to {self.last}"


def gaps(history: ExaminedHistory) -> Iterator[Finding]:
    """Yield every finding about time."""
    if not history.has_dates:
        return
    days = Days.of(history)
    silences = days.silences()
    lost = [each for each in silences if each.n_open >= LONG_DAYS and not each.is_christmas]
    months = [each for each in lost if each.n_days >= MONTH_DAYS]
    yield from missing_months(months)
    yield from missing_days([each for each in lost if each not in months])
    yield from silent_days(days, [each for each in silences if each not in lost])
    yield from short_last_day(history, days)
    yield from stale_history(history, days)


@dataclass(frozen=True, eq=False)
class Days:
    """Orders by day.

    Attributes:
        first: the first day with an order.
        counts: int64, shape (n_days,): orders of each day up to the last one with any.
        dispersion: variance of the count of a day over its mean, at least 1: how unsteady business is.
    """

    first: date
    counts: NDArray[np.int64]
    dispersion: float

    @classmethod
    def of(cls, history: ExaminedHistory) -> "Days":
        """Count the orders of each day, guests' included."""
        numbers = (history.baskets["ordered_at"].drop_nulls() // DAY_SECONDS).to_numpy()
        first = int(numbers.min())
        counts = np.bincount(numbers - first).astype(np.int64)
        return cls(date.fromordinal(date(1970, 1, 1).toordinal() + first), counts, dispersion_of(counts))

    def day(self, number: int) -> date:
        """Return the date of an index of `counts`."""
        return date.fromordinal(self.first.toordinal() + number)

    def usual(self, number: int, begin: int, end: int) -> float:
        """Return the median of the same weekday's orders before or after begin to end, the lesser one.

        Where too few such days have come after, those before decide alone: a day lost last week matters most.
        """
        before = [at for at in range(number - 7, -1, -7) if at < begin][:NEIGHBOURS]
        after = [at for at in range(number + 7, len(self.counts), 7) if at >= end][:NEIGHBOURS]
        if len(before) < FEWEST_NEIGHBOURS:
            return 0.0
        sides = [before, after] if len(after) >= FEWEST_NEIGHBOURS else [before]
        return min(float(np.median(self.counts[side])) for side in sides)

    def surprise(self, expected: float) -> float:
        """Return minus the logarithm of the chance of no order, of a negative binomial distribution."""
        unsteady = self.dispersion - 1
        return expected * (np.log1p(unsteady) / unsteady if unsteady > 1e-9 else 1.0)

    def silences(self) -> list[Silence]:
        """Return the runs of days without an order that are too improbable to be chance."""
        found = []
        for begin, end in runs_of_zero(self.counts):
            rates = [self.usual(number, begin, end) for number in range(begin, end)]
            open_days = [begin + at for at, rate in enumerate(rates) if rate > 0]
            if open_days and self.surprise(sum(rates)) >= SURPRISE + np.log(len(self.counts)):
                first, last = self.day(open_days[0]), self.day(open_days[-1])
                found.append(Silence(first, last, len(open_days), sum(rates)))
        return found

    @property
    def n_open(self) -> int:
        """Days, less the closed weekdays: those that sell on fewer than one date in five."""
        sold = [(self.counts[weekday::7] > 0) for weekday in range(7)]
        return sum(len(dates) for dates in sold if len(dates) and dates.mean() >= 0.2)


def dispersion_of(counts: NDArray[np.int64]) -> float:
    """Compare each day with the same weekday of the week before; at least 1."""
    if len(counts) <= 7:
        return 1.0
    now, before = counts[7:], counts[:-7]
    both = (now > 0) & (before > 0)
    mean = (now[both] + before[both]) / 2
    return max(1.0, float(((now[both] - before[both]) ** 2 / 2 / mean).mean())) if both.any() else 1.0


def runs_of_zero(counts: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return begin and end (exclusive) of each run of days without an order."""
    is_zero = np.concatenate(([False], counts == 0, [False]))
    edges = np.flatnonzero(is_zero[1:] != is_zero[:-1])
    return [(int(begin), int(end)) for begin, end in edges.reshape(-1, 2)]


def worst_first(silences: list[Silence]) -> tuple[str, ...]:
    """Return the three that lack the most orders, as examples."""
    ranked = sorted(silences, key=lambda each: (-each.expected, each.first))
    return tuple(f"{each}: about {each.expected:,.0f} orders expected" for each in ranked[:MAX_EXAMPLES])


def stretches(silences: list[Silence]) -> str:
    """Say how many there are."""
    return f"{len(silences):,} {'stretch' if len(silences) == 1 else 'stretches'}"


def missing_months(silences: list[Silence]) -> Iterator[Finding]:
    """Report silences of a month and more."""
    if silences:
        n_days = sum(each.n_days for each in silences)
        yield Finding(
            "missing_months",
            Severity.WARNING,
            f"{counted(n_days, 'day')} in {stretches(silences)} of a month or more have no order, with "
            "orders before and after.",
            "Look for the export of that period; name all files of the history.",
            worst_first(silences),
        )


def missing_days(silences: list[Silence]) -> Iterator[Finding]:
    """Report silences of days, too long for a holiday."""
    if silences:
        n_days = sum(each.n_days for each in silences)
        yield Finding(
            "missing_days",
            Severity.WARNING,
            f"{counted(n_days, 'day')} in {stretches(silences)} have no order, too long for a holiday.",
            "If the shop was not closed, export these days again.",
            worst_first(silences),
        )


def silent_days(days: Days, silences: list[Silence]) -> Iterator[Finding]:
    """Report short silences and Christmas: holidays, most likely."""
    if not silences:
        return
    n_days = sum(each.n_open for each in silences)
    share = n_days / max(days.n_open, 1)
    many = share >= MANY_SILENT_DAYS
    yield Finding(
        "silent_days",
        Severity.WARNING if many else Severity.NOTE,
        f"{counted(n_days, 'day')} that should have sold {'has' if n_days == 1 else 'have'} no order "
        f"({percentage(share)} of the days on which the shop is open).",
        "Export them again: that is too often for holidays." if many else "Fine if these were holidays.",
        worst_first(silences),
    )


def short_last_day(history: ExaminedHistory, days: Days) -> Iterator[Finding]:
    """Report a last day that an export cut off."""
    last_at = history.baskets["ordered_at"].max()
    if not isinstance(last_at, int) or len(days.counts) < 7 * NEIGHBOURS + 1:
        return
    missing = usual_after(history, last_at)
    if days.surprise(missing) < SURPRISE:
        return
    how = f"ends at {minute_text(last_at)}" if history.has_times else "is short"
    yield Finding(
        "short_last_day",
        Severity.NOTE,
        f"The last day, {days.day(len(days.counts) - 1)}, {how}, where the same weekday lately brought about "
        f"{missing:,.0f} orders more.",
        "Export whole days: what is cut off looks like a fall in sales.",
    )


def usual_after(history: ExaminedHistory, last_at: int) -> float:
    """Return the median of the orders, after the same time of day, on the last same weekdays.

    Without times of day: how many more orders than on the last day, if that is half or less of the usual.
    """
    moments = history.baskets["ordered_at"].drop_nulls()
    midnights = [last_at // DAY_SECONDS * DAY_SECONDS - week * 7 * DAY_SECONDS for week in range(5)]
    if history.has_times:
        time = last_at % DAY_SECONDS
        ends = ((at + time, at + DAY_SECONDS) for at in midnights[1:])
        return float(np.median([int(moments.is_between(*end, closed="none").sum()) for end in ends]))
    today, *before = (int((moments == at).sum()) for at in midnights)
    usual = float(np.median(before))
    return usual - today if today <= usual / 2 else 0.0


def stale_history(history: ExaminedHistory, days: Days) -> Iterator[Finding]:
    """Report a history that ends long before now."""
    last = days.day(len(days.counts) - 1)
    now = history.now if history.now.tzinfo else history.now.replace(tzinfo=UTC)
    n_days = (now.astimezone(UTC).date() - last).days
    recent = days.counts[-RECENT_DAYS:]
    if n_days < STALE_NOTE_DAYS or days.surprise(float(recent.mean()) * (n_days - 1)) < SURPRISE:
        return
    yield Finding(
        "stale_history",
        Severity.WARNING if n_days >= STALE_WARNING_DAYS else Severity.NOTE,
        f"The last order is of {last}, {counted(n_days, 'day')} before today; the shop sold "
        f"{recent.mean():,.1f} orders a day then.",
        "Export up to yesterday if the shop still sells: what is trending, and due again, is counted from "
        "the last order.",
    )
