"""The plots of the page; each is as wide as a phone, so that its letters stay legible there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from training.evaluation.bootstrap import Estimate
from training.evaluation.evaluation import decimal
from training.report.order_facts import FIFTH, LongTail, Weeks
from training.report.svg import ACCENT, INK, LINE, MUTED, PAPER, POINTS_PER_INCH

WIDTH = 400
HEIGHT = 220
ROW = 26
FONT = 12
SMALL = 11


@dataclass(frozen=True)
class ChartRow:
    """One line of a dot-and-whisker chart."""

    label: str
    estimate: Estimate
    is_ours: bool


@dataclass(frozen=True)
class MeasuredVersion:
    """One version in one metric: recsvc, and the best simple answer of its own test window."""

    version: str
    created: datetime
    recsvc: Estimate
    baseline: float | None


def estimates(rows: Sequence[ChartRow], *, signed: bool = False) -> Figure:
    """Draw a dot with its interval a row, the value beside it; ``signed`` is for differences from 0."""
    height = ROW * len(rows) + 34
    figure, axes = canvas(height, left=142, right=52, top=6, bottom=28)
    for place, row in enumerate(rows):
        colour, estimate = (ACCENT if row.is_ours else MUTED), row.estimate
        axes.plot([estimate.low, estimate.high], [place, place], color=colour, lw=2, alpha=0.55)
        axes.plot([estimate.mean], [place], "o", ms=7, color=colour)
        weight = "bold" if row.is_ours and not signed else "normal"
        _beside(axes, row.label, (0, place), -10, weight)
        _beside(axes, decimal(estimate.mean, signed=signed), (1, place), 46, weight)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(*_limits([row.estimate for row in rows], signed=signed))
    axes.set_yticks([])
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(lambda value, _place: _tick(value, signed=signed))
    axes.grid(axis="x", color=LINE, lw=0.8)
    if signed:
        axes.axvline(0, color=MUTED, lw=1.2)
    return figure


def versions(earlier: Sequence[MeasuredVersion], latest: MeasuredVersion | None) -> Figure:
    """Draw the figure of each version with its interval, the best simple answer of its window hollow."""
    shown = [*earlier, *([latest] if latest else [])]
    figure, axes = canvas(HEIGHT, left=40, right=12, top=10, bottom=42)
    for place, version in enumerate(shown):
        colour = ACCENT if version is latest else INK
        estimate = version.recsvc
        if version.baseline is not None:
            axes.plot([place], [version.baseline], "o", ms=6, mfc=PAPER, mec=MUTED, mew=1.4)
        axes.plot([place, place], [estimate.low, estimate.high], color=colour, lw=2, alpha=0.55)
        axes.plot([place], [estimate.mean], "o", ms=7, color=colour)
    axes.set_xlim(-0.6, max(len(shown), 4) - 0.4)
    axes.set_xticks(range(len(shown)), [_day_and_month(version.created) for version in shown])
    axes.set_ylim(*_range(shown))
    _upright_axis(axes, lambda value: _tick(value, signed=False))
    return figure


def orders_a_week(weeks: Weeks, held_back_from: datetime | None) -> Figure:
    """Draw the number of orders; the part that was held back for the measurement is shaded."""
    figure, axes = canvas(HEIGHT, left=48, right=14, top=10, bottom=30)
    edges = np.append(weeks.starts, weeks.starts[-1] + np.timedelta64(7, "D"))
    axes.stairs(weeks.orders, dates.date2num(edges), fill=True, color=ACCENT, alpha=0.22, lw=0)
    axes.stairs(weeks.orders, dates.date2num(edges), color=ACCENT, lw=1.6)
    axes.set_ylim(0, 1.1 * max(weeks.orders.max(), 1))
    if held_back_from is not None:
        axes.axvspan(dates.date2num(held_back_from), dates.date2num(edges[-1]), color=MUTED, alpha=0.16, lw=0)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    _upright_axis(axes, _thousands)
    _date_axis(axes, edges)
    return figure


def repeat_share(weeks: Weeks) -> Figure:
    """Draw which share of each week's purchases were repeats."""
    figure, axes = canvas(HEIGHT, left=48, right=14, top=10, bottom=30)
    middles = weeks.starts + np.timedelta64(84, "h")
    marker = "o" if len(weeks) < 3 else ""
    axes.plot(dates.date2num(middles), weeks.repeat_share, marker=marker, color=ACCENT, lw=1.8, ms=6)
    axes.set_ylim(0, max(0.1, min(1, 1.15 * np.nanmax(weeks.repeat_share, initial=0))))
    _upright_axis(axes, lambda value: f"{value:.0%}")
    _date_axis(axes, np.append(weeks.starts, weeks.starts[-1] + np.timedelta64(7, "D")))
    return figure


def calibration(points: Sequence[tuple[float, float]]) -> Figure:
    """Draw what was foreseen against what came, both shares of a group of shoppers."""
    figure, axes = canvas(HEIGHT, left=48, right=14, top=10, bottom=44)
    axes.plot([0, 1], [0, 1], color=MUTED, lw=1, ls=(0, (3, 3)))
    axes.plot(*zip(*points, strict=True), "o-", ms=6, lw=1.4, color=ACCENT)
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.04)
    ends = np.linspace(0, 1, 5)
    axes.set_xticks(ends, [f"{end:.0%}" for end in ends])
    axes.set_yticks(ends)
    axes.set_xlabel("foreseen", fontsize=SMALL, color=MUTED)
    _upright_axis(axes, lambda value: f"{value:.0%}")
    return figure


def tail(long_tail: LongTail) -> Figure:
    """Draw the share of sales that the best-selling items make, and how far from even that is."""
    figure, axes = canvas(HEIGHT, left=48, right=14, top=10, bottom=44)
    axes.plot([0, 1], [0, 1], color=MUTED, lw=1, ls=(0, (3, 3)))
    axes.plot(long_tail.item_share, long_tail.sales_share, color=ACCENT, lw=1.8)
    axes.fill_between(long_tail.item_share, long_tail.sales_share, color=ACCENT, alpha=0.14, lw=0)
    fifth = long_tail.share_of_fifth
    axes.plot([FIFTH], [fifth], "o", ms=7, color=ACCENT)
    words = f"the best {FIFTH:.0%} make {fifth:.0%}"
    axes.annotate(words, (0.97, 0.1), ha="right", fontsize=FONT, color=INK)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.04)
    axes.set_xticks(np.linspace(0, 1, 5), ["", "25%", "50%", "75%", "100%"])
    axes.set_yticks(np.linspace(0, 1, 5))
    axes.set_xlabel("share of the items, bestsellers first", fontsize=SMALL, color=MUTED)
    _upright_axis(axes, lambda value: f"{value:.0%}")
    return figure


def canvas(height: int, *, left: int, right: int, top: int, bottom: int) -> tuple[Figure, Axes]:
    """Return a figure of ``WIDTH`` by ``height`` points whose axes keep the given margins."""
    figure = Figure(figsize=(WIDTH / POINTS_PER_INCH, height / POINTS_PER_INCH), dpi=POINTS_PER_INCH)
    figure.patch.set_visible(False)
    box = (left / WIDTH, bottom / height, (WIDTH - left - right) / WIDTH, (height - top - bottom) / height)
    axes = figure.add_axes(box)
    axes.patch.set_visible(False)
    axes.set_axisbelow(True)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, labelsize=SMALL, labelcolor=MUTED, pad=5)
    return figure, axes


def _beside(axes: Axes, words: str, at: tuple[float, float], offset: float, weight: str) -> None:
    """Write ``words`` so that they end ``offset`` points right of ``at``: share of the width, row."""
    axes.annotate(
        words, at, (offset, 0), ("axes fraction", "data"), "offset points",
        ha="right", va="center", fontsize=FONT, color=INK, fontweight=weight,
    )  # fmt: skip


def _upright_axis(axes: Axes, words: Callable[[float], str]) -> None:
    axes.yaxis.set_major_formatter(lambda value, _place: words(value))
    axes.grid(axis="y", color=LINE, lw=0.8)


def _date_axis(axes: Axes, edges: NDArray[np.datetime64]) -> None:
    locator = dates.AutoDateLocator(minticks=3, maxticks=6)
    axes.set_xlim(*dates.date2num(edges[[0, -1]]))
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, show_offset=False))


def _limits(shown: Sequence[Estimate], *, signed: bool) -> tuple[float, float]:
    """Return where the axis ends: always with 0 on it, so that no difference looks larger than it is."""
    low, high = min(0, *(estimate.low for estimate in shown)), max(0, *(estimate.high for estimate in shown))
    margin = max(0.06 * (high - low), 0.005)
    return (low - margin if signed or low < 0 else 0, high + margin)


def _range(shown: Sequence[MeasuredVersion]) -> tuple[float, float]:
    """Return where the axis ends: close enough that a step can be told from its interval."""
    low = min(min(one.recsvc.low, one.recsvc.low if one.baseline is None else one.baseline) for one in shown)
    high = max(max(one.recsvc.high, one.baseline or 0) for one in shown)
    margin = max(0.25 * (high - low), 0.01)
    return max(0, low - margin), high + margin


def _tick(value: float, *, signed: bool) -> str:
    """Return a share without needless zeros: 0, .2, +.05."""
    if abs(value) < 1e-9:
        return "0"
    return f"{value:+.3g}".replace("0.", ".") if signed else f"{value:.3g}".replace("0.", ".")


def _thousands(value: float) -> str:
    return f"{value / 1000:,.3g}k" if value >= 10_000 else f"{value:,.0f}"


def _day_and_month(moment: datetime) -> str:
    return f"{moment:%d}\n{moment:%b}"
