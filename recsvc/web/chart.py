"""Small drawings: where each line of them lies; the templates of ``figures.html`` draw them as SVG."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

WIDTH = 360
"""Of every drawing, in units of its own; it grows and shrinks with the page."""

_BARS_TOP, _BARS_HEIGHT = 18, 84
_ROW_HEIGHT, _AXIS_HEIGHT = 46, 22
_MARGIN = 8
_FARTHEST = 2.0
"""A relative difference of more is drawn at the edge, with an arrow."""

_STEPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
_MOST_TICKS = 6


@dataclass(frozen=True)
class Bar:
    """An amount of one day."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Bars:
    """Amounts of days, side by side.

    Attributes:
        bars: one a day, also of days of nothing.
        most: the largest amount in words; "" where all are nothing.
        first, last: the days at both ends, in words.
        says: the same as a sentence.
        base: where bars stand.
    """

    bars: tuple[Bar, ...]
    most: str
    first: str
    last: str
    says: str
    base: int = _BARS_TOP + _BARS_HEIGHT
    width: int = WIDTH
    height: int = _BARS_TOP + _BARS_HEIGHT + 20


def bars_of(days: Sequence[tuple[str, float]], in_words: Callable[[float], str]) -> Bars:
    """Return the drawing of the amounts of ``days``, one or more, each a day in words and an amount."""
    amounts = [max(0.0, amount) for _, amount in days]
    most, step = max(amounts), WIDTH / len(days)
    tallest = [_BARS_HEIGHT * amount / most if most > 0 else 0.0 for amount in amounts]
    gap = min(2.0, step * 0.2)
    bars = tuple(
        Bar(
            round(place * step, 2),
            round(_BARS_TOP + _BARS_HEIGHT - tall, 2),
            round(step - gap, 2),
            round(tall, 2),
        )
        for place, tall in enumerate(tallest)
    )
    first, last = days[0][0], days[-1][0]
    says = f"Between {first} and {last} nothing was earned."
    if most > 0:
        best = days[amounts.index(most)][0]
        says = f"Between {first} and {last} {in_words(sum(amounts))} were earned."
        says += f" The best day was {best} with {in_words(most)}."
    return Bars(bars, in_words(most) if most > 0 else "", first, last, says)


@dataclass(frozen=True)
class Line:
    """A relative difference with its interval; ``x_low`` or ``x_high`` is None where nothing is known yet.

    Attributes:
        name: whose it is.
        words: the figure and its interval.
        y: where the interval lies; its words are above it.
        x_low, x_mean, x_high: where it begins, is and ends.
        is_cut_low, is_cut_high: whether it goes on beyond the edge.
        colour: "good", "bad" or "" as long as it may be either.
    """

    name: str
    words: str
    y: int
    x_low: float | None
    x_mean: float | None
    x_high: float | None
    is_cut_low: bool
    is_cut_high: bool
    colour: str


@dataclass(frozen=True)
class Intervals:
    """Relative differences from the one that all are compared with.

    Attributes:
        lines: one a variant.
        zero: where there is no difference.
        effect: from where to where a difference is smaller than what is looked for.
        ticks: places of the axis, each with its label.
        says: the same as sentences.
    """

    lines: tuple[Line, ...]
    zero: float
    effect: tuple[float, float]
    ticks: tuple[tuple[float, str], ...]
    says: str
    height: int
    width: int = WIDTH

    @property
    def axis(self) -> int:
        """Where the axis lies."""
        return self.height - _AXIS_HEIGHT


@dataclass(frozen=True)
class Difference:
    """A relative difference to be drawn: .05 is 5 % more; None is what is not known yet."""

    name: str
    mean: float | None
    low: float | None
    high: float | None

    @property
    def words(self) -> str:
        """The figure and its interval."""
        if self.mean is None or self.low is None or self.high is None:
            return "not known yet"
        return f"{signed(self.mean)} ({signed(self.low)} to {signed(self.high)})"


def signed(share: float | None) -> str:
    """Return .05 as ``+5.0 %``; a dash for what is not known."""
    if share is None or not math.isfinite(share):
        return "\N{EN DASH}"
    text = f"{abs(100 * share):.1f}"
    sign = "" if text == "0.0" else "\N{MINUS SIGN}" if share < 0 else "+"
    return f"{sign}{text}\N{NO-BREAK SPACE}%"


def intervals_of(differences: Sequence[Difference], min_effect: float) -> Intervals:
    """Return the drawing of ``differences`` beside the ``min_effect`` that is looked for, which is relative, too."""
    known = [end for one in differences for end in (one.low, one.high) if end is not None]
    low = max(min([*known, -min_effect]), -1.0)
    high = min(max([*known, min_effect]), max(_FARTHEST, min_effect))
    pad = 0.04 * (high - low)
    low, high = low - pad, high + pad

    def x(share: float) -> float:
        inner = (min(max(share, low), high) - low) / (high - low)
        return round(_MARGIN + inner * (WIDTH - 2 * _MARGIN), 2)

    lines = tuple(_line(one, place, x, (low, high)) for place, one in enumerate(differences))
    says = " ".join(f"{one.name}: {one.words}." for one in differences)
    height = len(lines) * _ROW_HEIGHT + _AXIS_HEIGHT + 6
    effect = (x(-min_effect), x(min_effect))
    return Intervals(lines, x(0.0), effect, tuple(_ticks(low, high, x)), says, height)


def _line(one: Difference, place: int, x: Callable[[float], float], ends: tuple[float, float]) -> Line:
    is_known = one.mean is not None and one.low is not None and one.high is not None
    low, mean, high = (one.low, one.mean, one.high) if is_known else (None, None, None)
    return Line(
        one.name,
        one.words,
        place * _ROW_HEIGHT + 34,
        None if low is None else x(low),
        None if mean is None else x(mean),
        None if high is None else x(high),
        low is not None and low < ends[0],
        high is not None and high > ends[1],
        "good" if low is not None and low > 0 else "bad" if high is not None and high < 0 else "",
    )


def _ticks(low: float, high: float, x: Callable[[float], float]) -> list[tuple[float, str]]:
    step = next((one for one in _STEPS if (high - low) / one <= _MOST_TICKS), (high - low) / _MOST_TICKS)
    places = range(math.ceil(low / step), math.floor(high / step) + 1)
    digits = 1 if step < 0.01 else 0
    labels = [f"{100 * step * place:+.{digits}f} %" if place else "0" for place in places]
    return [
        (x(step * place), label.replace("-", "\N{MINUS SIGN}"))
        for place, label in zip(places, labels, strict=True)
    ]
