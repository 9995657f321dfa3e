"""One self-contained HTML page a run: what went in, what it is worth, and whether it goes live."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from recsvc.errors import ModelError
from training.evaluation.verdict import decimal, label_of, verdict
from training.orders import CleaningSummary
from training.report import charts
from training.report.headline import headline_of
from training.report.measured import EN_DASH, Chart, measured_question, version_charts
from training.report.order_facts import OrderFacts, Weeks
from training.report.reliance import LISTS, reliance_of
from training.report.run import Run
from training.report.svg import inline_svg

PAGE = "report.html"


def write_page(run: Run, directory: Path) -> Path:
    """Write the page of ``run`` to ``directory`` and return its path; raises ModelError when it cannot be written."""
    path = directory / PAGE
    try:
        directory.mkdir(parents=True, exist_ok=True)
        path.write_text(render(run), encoding="utf-8")
    except OSError as error:
        raise ModelError(f"cannot write {path}: {error.strerror}") from error
    return path


def render(run: Run) -> str:
    """Return the page; it needs no other file, no network and no script, and names no shopper."""
    evaluation, facts = run.evaluation, run.facts
    return _environment().get_template("report.html.j2").render(
        run=run,
        headline=headline_of(run.verdict, run.not_measured),
        period=_period(run.summary),
        totals=facts.totals,
        evaluation=evaluation,
        outcome="" if evaluation is None else verdict(evaluation),
        questions=[] if evaluation is None else [measured_question(one) for one in evaluation.questions.values()],
        version_charts=version_charts(run),
        reliances=[reliance_of(name, run.rankers.get(name)) for name in LISTS],
        weeks=facts.weeks,
        order_charts=_order_charts(facts, None if evaluation is None else evaluation.data.cut),
        refusals=_refusals(run.summary),
    )  # fmt: skip


@dataclass(frozen=True)
class Refusal:
    """A reason why rows are no purchase, and how many; ``share`` is against the most frequent reason."""

    sentence: str
    n_rows: int
    share: float
    is_damage: bool


def _refusals(summary: CleaningSummary) -> list[Refusal]:
    """Return the reasons that were met, the most frequent first."""
    met = sorted((count for count in summary.reasons if count.n_rows), key=lambda count: -count.n_rows)
    return [
        Refusal(count.reason.sentence, count.n_rows, count.n_rows / met[0].n_rows, count.reason.is_damage)
        for count in met
    ]


def _order_charts(facts: OrderFacts, cut: int | None) -> Sequence[Chart]:
    held_back_from = None if cut is None else datetime.fromtimestamp(cut, UTC)
    sales = facts.tail
    dated = [] if facts.weeks is None else _charts_of_time(facts.weeks, held_back_from)
    heading = "The long tail"
    items = "item makes" if sales.n_items_of_half == 1 else "items make"
    caption = (
        f"{sales.n_items_of_half:,} of {sales.n_items:,} {items} half of the sales. "
        "Dashed: if all items sold alike."
    )
    return [*dated, Chart(heading, inline_svg(charts.tail(sales), "tail", f"{heading}: {caption}"), caption)]


def _charts_of_time(weeks: Weeks, held_back_from: datetime | None) -> list[Chart]:
    caption = "Weeks are counted back from the newest order; the first may be incomplete."
    shaded = " Shaded: held back to measure." if held_back_from else ""
    orders = inline_svg(charts.orders_a_week(weeks, held_back_from), "orders", "Orders in each week")
    repeats = inline_svg(charts.repeat_share(weeks), "repeats", "Share of repeats in each week")
    return [
        Chart("Orders a week", orders, caption + shaded),
        Chart("Repeat share", repeats, "Of each week's purchases, those that the shopper had made before."),
    ]


def _period(summary: CleaningSummary) -> str:
    if summary.first_ordered_at is None or summary.last_ordered_at is None:
        return "orders without dates"
    first, last = (
        datetime.fromtimestamp(seconds, UTC)
        for seconds in (summary.first_ordered_at, summary.last_ordered_at)
    )
    return f"{_day(first)} {EN_DASH} {_day(last)}"


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%b %Y}"


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("training.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Any] = {
        "rank": lambda mean: EN_DASH if math.isnan(mean) else f"{mean:,.0f}",
        "count": lambda number: f"{number:,}",
        "percent": lambda share: f"{share:.0%}" if share >= 0.1 or share == 0 else f"{share:.1%}",
        "decimal": decimal,
        "signed": lambda value: decimal(value, signed=True),
        "label": label_of,
        "day": _day,
    }
    environment.filters.update(filters)
    return environment
