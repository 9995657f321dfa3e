"""The order history: its weeks, its long tail, and the rows that are no purchase."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from markupsafe import Markup

from training.orders import CleaningSummary
from training.report import charts
from training.report.order_facts import OrderFacts, Weeks
from training.report.run import Run
from training.report.svg import Chart, inline_svg
from training.report.templating import rendered


def orders_section(run: Run) -> Markup:
    """Show what the orders look like."""
    return rendered(
        "orders.html.j2",
        run=run,
        weeks=run.facts.weeks,
        order_charts=_order_charts(run.facts, None if run.evaluation is None else run.evaluation.data.cut),
        refusals=_refusals(run.summary),
    )


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
