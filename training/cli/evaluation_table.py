"""An evaluation as a person at a terminal reads it."""

from datetime import UTC, datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from training.evaluation.bootstrap import Estimate
from training.evaluation.evaluation import RECSVC, DataDescription, Evaluation, QuestionResult
from training.evaluation.scores import METRICS, Metric
from training.evaluation.task import Question
from training.evaluation.verdict import decimal, label_of, verdict
from training.history.split import SplitKind

_ABBREVIATED = {Metric.RECALL_AT_20: "R@20", Metric.NDCG_AT_10: "N@10", Metric.HIT_RATE_AT_10: "HR@10"}
_ASKED = {
    Question.ALL: "all: whatever they buy next",
    Question.NEW: "new: only what they never bought before",
}


def evaluation_table(evaluation: Evaluation) -> RenderableType:
    """Return the data, the rankers, the segments and the verdict, one below the other, for 120 columns."""
    churn = [_churn(result) for result in evaluation.questions.values() if result.churn_at_10 is not None]
    return Group(
        _described(evaluation),
        Text(),
        _rankers(evaluation),
        Text(),
        _segments(evaluation),
        Text(),
        *churn,
        Text(verdict(evaluation), style="bold"),
        *(Text(f"note: {note}", style="yellow") for note in evaluation.data.notes),
    )


def _described(evaluation: Evaluation) -> Text:
    data = evaluation.data
    asked = "; ".join(
        f"{_ASKED[question]} ({result.n_users:,} shoppers, {result.targets_per_user:.1f} items each)"
        for question, result in evaluation.questions.items()
    )
    return Text(
        f"Learned from {data.train_lines:,} lines of {data.train_users:,} shoppers, {data.train_items:,} "
        f"items; asked about {_held_back(data)} ({data.repeat_share:.1%} repeats): {asked}."
    )


def _held_back(data: DataDescription) -> str:
    if data.kind is SplitKind.TIME and data.cut is not None:
        return f"the {data.window_days:.3g} days after {datetime.fromtimestamp(data.cut, UTC):%Y-%m-%d %H:%M}"
    return f"a random fifth of each shopper's {data.kind}"


def _rankers(evaluation: Evaluation) -> Table:
    table = Table(box=None, padding=(0, 1), collapse_padding=True, pad_edge=False, header_style="dim")
    table.add_column("\nranker", no_wrap=True)
    counted = ("cats",) if _knows_categories(evaluation) else ()
    for question in evaluation.questions:
        for heading in (*_ABBREVIATED.values(), "shown", "rank", *counted):
            table.add_column(f"{question}\n{heading}", justify="right", no_wrap=True)
        table.add_column("")
    names = next(iter(evaluation.questions.values())).rankers
    for name in names:
        cells = [_cells(result, name) for result in evaluation.questions.values()]
        row = [cell for group in cells for cell in (*group, Text())]
        table.add_row(Text(label_of(name), style="bold cyan" if name == RECSVC else ""), *row)
    table.caption = (
        "±: 95 % interval over shoppers; bold: best. R@20: hits among 20 shown, of the most there could be. "
        "N@10: the same for 10, where early places count more. HR@10: shoppers with a hit among 10. "
        "shown: share of the catalogue in the first 10 of anybody. rank: their mean sales rank, 1 sells best."
        + (" cats: in how many categories, of any level, the first 10 are." if counted else "")
    )
    table.caption_justify = "left"
    table.caption_style = "dim"
    return table


def _cells(result: QuestionResult, name: str) -> list[Text]:
    ranker = result.rankers[name]
    cells = []
    for metric in METRICS:
        best = max(other.means[metric].mean for other in result.rankers.values())
        style = "bold green" if ranker.means[metric].mean == best else ""
        cells.append(Text(_plus_minus(ranker.means[metric]), style=style))
    shown, rank = f"{ranker.coverage_at_10:.1%}", f"{ranker.popularity_rank_at_10.mean:,.0f}"
    categories = () if ranker.categories_at_10 is None else (Text(f"{ranker.categories_at_10.mean:.1f}"),)
    return [*cells, Text(shown), Text(rank), *categories]


def _knows_categories(evaluation: Evaluation) -> bool:
    results = evaluation.questions.values()
    return any(ranker.categories_at_10 for result in results for ranker in result.rankers.values())


def _segments(evaluation: Evaluation) -> Table:
    table = Table(box=None, padding=(0, 1), pad_edge=False, header_style="dim")
    table.add_column("\nR@20 by shoppers", no_wrap=True)
    for question in evaluation.questions:
        for heading in ("users", RECSVC, "baseline", "difference"):
            table.add_column(f"{question}\n{heading}", justify="right", no_wrap=True)
        table.add_column("")
    for rows in zip(*(result.segments for result in evaluation.questions.values()), strict=True):
        cells: list[str | Text] = []
        for row in rows:
            ours, theirs, difference = (
                None if means is None or not row.n_users else means[Metric.RECALL_AT_20]
                for means in (row.recsvc, row.baseline, row.difference)
            )
            cells += [f"{row.n_users:,}", _mean(ours), _mean(theirs), _difference(difference), Text()]
        table.add_row(rows[0].segment, *cells)
    best = {question: result.best_baseline() for question, result in evaluation.questions.items()}
    named = "; ".join(f"{label_of(name)} on {question}" for question, name in best.items() if name)
    table.caption = f"baseline: the best by R@20 over all shoppers: {named}." if named else ""
    table.caption_justify = "left"
    table.caption_style = "dim"
    return table


def _mean(estimate: Estimate | None) -> str:
    return "" if estimate is None else decimal(estimate.mean)


def _difference(estimate: Estimate | None) -> Text:
    if estimate is None:
        return Text()
    style = "green" if estimate.low > 0 else "red" if estimate.high < 0 else ""
    return Text(f"{decimal(estimate.mean, signed=True)} ±{decimal(estimate.half_width)}", style=style)


def _plus_minus(estimate: Estimate) -> str:
    return f"{decimal(estimate.mean)} ±{decimal(estimate.half_width)}"


def _churn(result: QuestionResult) -> Text:
    assert result.churn_at_10 is not None  # noqa: S101  # the caller asked only those that have one
    return Text(
        f"On {result.question}, {result.churn_at_10.mean:.0%} of the first ten differ from the live model's."
    )
