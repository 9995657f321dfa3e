"""A training run on forty shoppers, whose page can be read by eye."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import polars as pl

from recsvc.model.artifact import FORMAT_VERSION, Manifest
from recsvc.model.model import Model
from support.orders import order_lines
from training.evaluation.evaluate import EvaluationOptions, evaluate
from training.evaluation.evaluation import Evaluation
from training.evaluation.steady import with_changes
from training.fit.counts import Counts
from training.fit.model import fit_model
from training.gate import Verdict
from training.history.interactions import Interactions
from training.history.split import Split, split_orders
from training.orders import REASONS, CleaningSummary, ReasonCount
from training.progress import Silent
from training.report import OrderFacts, Run, sample_shoppers
from training.settings import TrainingSettings

CREATED = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
LONG_TITLE = "Teapot " * 14
TITLES = {"i00": "<b>Cups</b> & 'saucers'", "i01": LONG_TITLE}
"""Of these two; the others have none."""


@dataclass(frozen=True)
class History:
    """Order lines, and those of guests."""

    lines: pl.DataFrame
    guest_lines: pl.DataFrame


def forty_shoppers() -> History:
    """The even buy even items of thirty; an order long ago, for some a second, and one in the last four weeks."""
    lines = []
    for user in range(40):
        taste = [item for item in range(30) if item % 2 == user % 2]
        for place, age in enumerate((200, 150, 3) if user % 4 else (200, 3)):
            for step in range(3):
                item = taste[(user + 3 * place + step) % len(taste)]
                lines.append((f"secret-{user:02}", f"i{item:02}", age, f"order-{user}-{place}"))
        lines.append((f"secret-{user:02}", "bread", 200, f"order-{user}-0"))
        lines.append((f"secret-{user:02}", "bread", 3, f"order-{user}-9"))
    titled = order_lines(*lines, ("secret-99", "bread", 0, "order-last")).with_columns(
        pl.col("item_id").replace_strict(TITLES, default=None).alias("title")
    )
    guests = order_lines((None, "i00", 5, "guest-1"), (None, "i02", 5, "guest-1"))
    return History(titled, guests)


def measured(history: History, options: EvaluationOptions) -> tuple[Model, Split, Evaluation]:
    """Return a model of all but the end of ``history``, and what it is worth."""
    split = split_orders(history)
    known = Interactions.of(split.train_lines, split.train_guest_lines)
    settings = TrainingSettings(factors=4, neighbours=10, threads=1)
    model = fit_model(Counts.of(known, settings), settings, Silent())
    evaluation = evaluate(model, known, split, options, Silent())
    return model, split, with_changes(evaluation, model, model, Silent())


def summary_of(history: History, *, damaged: int = 0) -> CleaningSummary:
    """Return what the cleaning would have said: the guests' lines, and ``damaged`` rows without an item."""
    rows = {"guest": history.guest_lines.height, "missing_item": damaged}
    reasons = tuple(ReasonCount(one, rows.get(one.code, 0), rows.get(one.code, 0)) for one in REASONS)
    dates = history.lines["ordered_at"]
    return CleaningSummary(
        files=(),
        n_rows=history.lines.height + sum(rows.values()),
        n_purchases=history.lines.height,
        n_unmatched_returns=0,
        reasons=reasons,
        warnings=(),
        first_ordered_at=dates.min(),  # type: ignore[arg-type]
        last_ordered_at=dates.max(),  # type: ignore[arg-type]
    )


def manifest(age_weeks: int, evaluation: object) -> Manifest:
    """Return what a version that many weeks before ``CREATED`` says of itself."""
    created = CREATED - timedelta(weeks=age_weeks)
    metrics = {} if evaluation is None else {"evaluation": evaluation}
    return Manifest(FORMAT_VERSION, f"v{-age_weeks}", created.isoformat(), None, {}, {}, metrics, {})


def facts_of(lines: pl.DataFrame, guest_lines: pl.DataFrame) -> OrderFacts:
    """Return what these orders look like."""
    return OrderFacts.of(Interactions.of(lines, guest_lines), lines.height + guest_lines.height)


def a_run(history: History, model: Model, split: Split, evaluation: Evaluation | None, **others) -> Run:
    """Return a run with nothing but what is given; ``others`` are fields of ``Run``."""
    fields = {
        "version": "20260304T050607000Z-abcdef",
        "created": CREATED,
        "summary": summary_of(history),
        "facts": facts_of(history.lines, history.guest_lines),
        "evaluation": evaluation,
        "not_measured": None if evaluation else "only 3 known shoppers came back",
        "verdict": Verdict(()),
        "rankers": {},
        "versions": (),
        "shoppers": sample_shoppers(model, split),
    }
    return Run(**(fields | others))
