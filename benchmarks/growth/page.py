"""The page: a drawing for each quantity and each size that grows, and a table of exponents."""

import io
import math
from pathlib import Path

from markupsafe import Markup, escape
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, LogLocator, NullFormatter, NullLocator

import training.report
from benchmarks.growth.curves import QUANTITIES, Curve, Quantity, curve, planned
from benchmarks.growth.point import Point
from benchmarks.growth.sweeps import Sweep
from recsvc.cli.plan import Constants
from training.report.charts import FONT, SMALL
from training.report.svg import ACCENT, INK, LINE, MUTED, PAPER, POINTS_PER_INCH, inline_svg

WIDTH, ROW_HEIGHT = 1000, 190
STYLE = Path(training.report.__file__).parent / "templates" / "style.css"
TITLE = "What grows with what"
LEGEND = (
    "Both axes are logarithms; the number at a segment is its exponent: 0 is flat, 1 doubles where the size doubles. "
    "Dashed is what recsvc plan says of so many shoppers and items; it is not told the order lines. "
    "Dotted is where the program begins to do otherwise."
)


def draw(sweeps: tuple[Sweep, ...], points: list[Point], constants: Constants) -> Figure:
    """Return the figure: a row a quantity, with one scale, and a column a sweep."""
    height = ROW_HEIGHT * len(QUANTITIES) + 20
    figure = Figure(figsize=(WIDTH / POINTS_PER_INCH, height / POINTS_PER_INCH), dpi=POINTS_PER_INCH)
    figure.patch.set_visible(False)
    grid = figure.subplots(len(QUANTITIES), len(sweeps), sharey="row", squeeze=False)
    figure.subplots_adjust(left=0.06, right=0.985, top=0.965, bottom=0.03, hspace=0.62, wspace=0.1)
    for row, quantity in zip(grid, QUANTITIES, strict=True):
        for axes, sweep in zip(row, sweeps, strict=True):
            _panel(axes, sweep, quantity, points, constants)
            for place, words in _bends(sweep) if quantity is QUANTITIES[0] else ():
                axes.set_title(
                    f"dotted: {words}, {short(place)}", loc="right", fontsize=SMALL, color=MUTED, pad=10
                )
        row[0].set_title(quantity.name, loc="left", fontsize=FONT + 1, fontweight="bold", color=INK, pad=10)
        _decades(row[0])
    return figure


def _bends(sweep: Sweep) -> list[tuple[int, str]]:
    """Return where the program begins to do otherwise, if that is among the sizes, and what it is called."""
    is_seen = sweep.bend is not None and sweep.values[0] < sweep.bend[0] < sweep.values[-1]
    return [sweep.bend] if sweep.bend and is_seen else []


def _panel(axes: Axes, sweep: Sweep, quantity: Quantity, points: list[Point], constants: Constants) -> None:
    axes.patch.set_visible(False)
    axes.spines[:].set_visible(False)
    axes.set_axisbelow(True)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.grid(axis="y", color=LINE, lw=0.8)
    axes.tick_params(length=0, labelsize=SMALL, labelcolor=MUTED, pad=5, which="both")
    axes.set_xlim(sweep.values[0] / 1.5, sweep.values[-1] * 1.6)
    axes.xaxis.set_major_locator(FixedLocator(sweep.values))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(lambda value, _place: short(value))
    axes.set_xlabel(sweep.words, fontsize=SMALL, color=MUTED, labelpad=2)
    for place, _words in _bends(sweep):
        axes.axvline(place, color=MUTED, lw=1, ls=(0, (1, 2)))
    if quantity.planned is not None:
        said = planned(sweep, quantity.planned, constants)
        axes.plot(said.xs, said.ys, color=MUTED, lw=1.4, ls=(0, (5, 3)))
    if quantity.beside is not None:
        of, first, second = quantity.beside
        thin = curve(sweep, points, of)
        axes.plot(thin.xs, thin.ys, "o-", color=INK, lw=1.2, ms=4, alpha=0.75)
        for line, words, colour in ((thin, second, INK), (curve(sweep, points, quantity.of), first, ACCENT)):
            if sweep.over == "lines":
                other = thin if line is not thin else curve(sweep, points, quantity.of)
                is_above = line.ys[0] > other.ys[0]
                _say(axes, words, (line.xs[0], line.ys[0]), 7 if is_above else -14, colour)
    shown = curve(sweep, points, quantity.of)
    axes.plot(shown.xs, shown.ys, "o-", color=ACCENT, lw=2, ms=6)
    _exponents(axes, shown)


def _exponents(axes: Axes, shown: Curve) -> None:
    """Write the exponent of each segment above its middle."""
    for place, exponent in enumerate(shown.exponents):
        if math.isfinite(exponent):
            (x1, x2), (y1, y2) = shown.xs[place : place + 2], shown.ys[place : place + 2]
            _say(axes, _two(exponent), (math.sqrt(x1 * x2), math.sqrt(y1 * y2)), 7, ACCENT)


def _say(axes: Axes, words: str, at: tuple[float, float], above: float, colour: str) -> None:
    """Write ``words`` so many points above ``at``, in data: from there on, where they are no number."""
    side = "left" if words[-1].isalpha() else "center"
    axes.annotate(
        words, at, (0, above), textcoords="offset points", ha=side, fontsize=SMALL, color=colour,
        bbox={"boxstyle": "square,pad=0.1", "fc": PAPER, "ec": "none", "alpha": 0.8},
    )  # fmt: skip


def _decades(axes: Axes) -> None:
    """Give the axis of a row, which lies within few decades, labels that a person reads, and space for words."""
    low, high = axes.get_ylim()
    axes.set_ylim(low / 1.25, high * 1.6)
    is_narrow = high / low < 30
    axes.yaxis.set_major_locator(LogLocator(10, subs=(1, 2, 5) if is_narrow else (1,)))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_formatter(lambda value, _place: short(value))


def short(value: float) -> str:
    """Return a number in few letters: 4M, 25k, 0.5."""
    if value >= 1e6:
        return f"{value / 1e6:g}M"
    return f"{value / 1000:g}k" if value >= 1000 else f"{value:g}"


def _two(exponent: float) -> str:
    return "0" if abs(exponent) < 0.005 else f"{exponent:+.2f}".replace("+", "").replace("-", "−")  # noqa: RUF001 - a minus


def rows(sweeps: tuple[Sweep, ...], points: list[Point]) -> list[list[str]]:
    """Return a line for each quantity: the exponents of each sweep, and where it bends."""
    table = [["", *(f"with {sweep.words}" for sweep in sweeps)]]
    for quantity in QUANTITIES:
        cells = []
        for sweep in sweeps:
            shown = curve(sweep, points, quantity.of)
            said = ", ".join(_two(one) if math.isfinite(one) else "–" for one in shown.exponents)  # noqa: RUF001
            bend = "" if shown.bend is None else f"; bends at {short(shown.bend)}"
            cells.append(f"{said}{bend}")
        table.append([quantity.name, *cells])
    return table


def page(sweeps: tuple[Sweep, ...], points: list[Point], constants: Constants, machine: str) -> str:
    """Return the page, which needs no other file."""
    figure = inline_svg(draw(sweeps, points, constants), "growth", TITLE)
    head, *lines = rows(sweeps, points)
    cells = Markup("").join(
        Markup("<tr>")
        + Markup("").join(Markup("<td>{}</td>").format(cell) for cell in line)
        + Markup("</tr>")
        for line in lines
    )
    heads = Markup("").join(Markup("<th>{}</th>").format(cell) for cell in head)
    style = (
        STYLE.read_text(encoding="utf-8")
        + "main{max-width:64rem} td,th{text-align:left;padding:.2em 1em .2em 0}"
    )
    body = Markup(
        "<main><h1>{}</h1><p>{}</p>{}<h2>Exponents of the segments</h2><table><tr>{}</tr>{}</table><p>{}</p></main>"
    ).format(TITLE, LEGEND, figure, heads, cells, machine)
    meta = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    return f"<!doctype html><html lang=en>{meta}<title>{escape(TITLE)}</title><style>{style}</style>{body}</html>\n"


def picture(sweeps: tuple[Sweep, ...], points: list[Point], constants: Constants) -> str:
    """Return the figure as a file of its own, for the documentation."""
    figure = draw(sweeps, points, constants)
    figure.patch.set(visible=True, facecolor=PAPER)
    file = io.StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "growth", "font.family": "sans-serif"}):
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    return file.getvalue()
